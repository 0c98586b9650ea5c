"""The demo, run as a newcomer runs it, with a fixed seed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


ROOT = Path(__file__).parents[2]
SECONDS = 45
KEYS = {
    "orders",
    "oversold_units",
    "withheld_units",
    "writes",
    "mirror_writes",
    "pauses",
    "resumes",
    "rows_accepted",
    "rows_refused",
    "confirm_p50_s",
    "confirm_p99_s",
    "bound_breaches",
}

# The demo runs in a process of its own and talks to the sandbox over a real socket there.
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def summary() -> dict[str, Any]:
    """What `python -m worker demo --json` printed; it must have ended well."""
    command = [sys.executable, "-m", "worker", "demo", "--json"]
    ended = subprocess.run(
        [*command, "--seconds", str(SECONDS), "--seed", "11"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    assert ended.returncode == 0, ended.stderr
    printed: dict[str, Any] = json.loads(ended.stdout)
    return printed


def test_nothing_is_oversold(summary: dict[str, Any]) -> None:
    """By the shelf's own count no unit was sold that was not there."""
    assert summary["oversold_units"] == 0


def test_the_bound_is_never_broken(summary: dict[str, Any]) -> None:
    """No planned write would have promised more than the goods."""
    assert summary["bound_breaches"] == 0


def test_a_shop_is_a_shop(summary: dict[str, Any]) -> None:
    """There are orders enough, a pause, a resume, and a refused row."""
    least = {"orders": 20, "pauses": 1, "resumes": 1, "rows_refused": 1, "rows_accepted": 1}

    assert {name: summary[name] for name in least if summary[name] < least[name]} == {}


def test_the_guard_writes_less_than_a_mirror(summary: dict[str, Any]) -> None:
    """Pushing every order to the other shops would have taken more calls."""
    assert 0 < summary["writes"] < summary["mirror_writes"]


def test_the_summary_has_every_figure(summary: dict[str, Any]) -> None:
    """Whoever reads the JSON finds each promised key, with a number."""
    assert summary.keys() >= KEYS
    assert all(isinstance(summary[name], int | float) for name in KEYS)
