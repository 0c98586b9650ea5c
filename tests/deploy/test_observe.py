"""`make observe` sees what is there and what is missing, by a real Prometheus."""

import subprocess
import sys

import pytest

from .exporter import exporting
from .promtool import program_of_prometheus
from .written import DEPLOY


# Prometheus runs in a process of its own and asks an exporter of ours here.
pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(180)]


def observe(exporter: str, *, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run the program on an exporter, for so long at most."""
    program_of_prometheus("prometheus")
    command = [sys.executable, "-B", str(DEPLOY / "observe.py"), "--exporter", exporter]
    return subprocess.run(
        [*command, "--seconds", str(seconds)],
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )


def test_all_is_well_where_every_query_has_its_data() -> None:
    """With every metric of the catalogue there, every query of ours yields series."""
    with exporting() as exporter:
        ended = observe(exporter, seconds=60)

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_what_did_not_happen_is_no_fault() -> None:
    """Items appear when they are at risk, calls to us when one comes: without any all is well."""
    absent = [
        "oversell_guard_api_requests_total",
        "oversell_guard_item_expected_cancelled_orders",
        "oversell_guard_item_shortage_units",
    ]
    with exporting(without=absent) as exporter:
        ended = observe(exporter, seconds=60)

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_metric_that_is_missing_is_told() -> None:
    """A metric that the dashboards ask for and nobody shows ends it badly, and is named."""
    with exporting(without=["oversell_guard_safety_stock_units"]) as exporter:
        ended = observe(exporter, seconds=6)

    told = [line.split() for line in ended.stdout.splitlines() if line.endswith("NOTHING CAME")]
    assert ["oversell_guard_safety_stock_units"] in [words[2:-3] for words in told], ended.stderr
