"""The command `backtest`: its answers, and what it says of bad requests."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.support.histories import made_up_history, orders_file
from worker.cli.endings import ExitCode
from worker.cli.program import app


KEYS = [
    "policy",
    "intensity",
    "feed_delay_s",
    "feed_error",
    "orders",
    "oversold_orders_per_10k",
    "oversold_interval",
    "oversold_units",
    "lost_sales_pct",
    "writes",
    "reads",
]


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A file of made-up orders."""
    return orders_file(tmp_path, made_up_history())


def run(orders: Path, *words: str) -> Result:
    """Replay a file once, in this process."""
    fixed = ["backtest", "--orders", str(orders), "--seeds", "1", "--processes", "1"]
    return CliRunner().invoke(app, [*fixed, *words])


def documents(result: Result) -> list[dict[str, Any]]:
    """The objects of an answer, one per line."""
    return [json.loads(text) for text in result.stdout.splitlines()]


def test_json_is_one_object_per_line_with_the_promised_keys(orders: Path) -> None:
    """Whoever reads the lines finds each figure under its name, in order."""
    found = documents(run(orders, "--policy", "mirror_event", "--json"))

    assert [list(each) for each in found] == [KEYS] * 3
    assert [each["intensity"] for each in found] == [1.0, 30.0, 1_000.0]


def test_several_policies_may_stand_behind_one_option(orders: Path) -> None:
    """As well as each behind its own, and likewise the intensities."""
    words = ("--policy", "mirror_event", "atomic", "--policy", "percent_split", "--json")

    found = documents(run(orders, "--intensity", "1", "30", *words))

    assert [(each["intensity"], each["policy"]) for each in found] == [
        (intensity, policy)
        for intensity in (1.0, 30.0)
        for policy in ("mirror_event", "atomic", "percent_split")
    ]


def test_exact_feeds_have_no_delay_and_no_error(orders: Path) -> None:
    """So that races are told from stale feeds."""
    (found,) = documents(run(orders, "--policy", "strict", "--intensity", "30", "--json"))

    assert (found["feed_delay_s"], found["feed_error"]) == (0.0, "none")


def test_stale_adds_every_delay_with_every_error(orders: Path) -> None:
    """Three delays, six kinds of error or none, beside the exact feeds."""
    words = ("--policy", "mirror_event", "--intensity", "1", "--stale", "--json")

    found = {(each["feed_delay_s"], each["feed_error"]) for each in documents(run(orders, *words))}

    assert len(found) == 1 + 3 * 6
    assert {(900.0, "miscount"), (14_400.0, "shrinkage"), (86_400.0, "late_files")} < found


def test_people_get_tables(orders: Path) -> None:
    """One for each set-up, with a line for each policy."""
    told = run(orders, "--policy", "mirror_event", "--policy", "strict").stdout

    assert told.count("mirror_event") == told.count("strict") == 3
    assert "x 1000, feeds exact and instant" in told


def test_what_is_replayed_is_said(orders: Path) -> None:
    """A sample is no secret: it is told with its share of the quota."""
    said = run(orders, "--policy", "atomic", "--skus", "2").stderr

    assert "2 of them, others for each seed, with 66.7% of TikTok's quota" in said


def test_stale_feeds_are_replayed_on_fewer_skus(tmp_path: Path) -> None:
    """They have six times as many set-ups; both samples are told."""
    orders = orders_file(tmp_path, made_up_history(orders=600, skus=50))

    said = run(orders, "--policy", "atomic", "--stale").stderr

    assert "15 of them, others for each seed, with 30.0% of TikTok's quota" in said
    assert "10 of them, others for each seed, with 20.0% of TikTok's quota" in said


def test_an_unknown_policy_is_bad_usage(orders: Path) -> None:
    """Nothing is replayed, and the known ones are named."""
    result = run(orders, "--policy", "guards")

    assert result.exit_code == ExitCode.BAD_USAGE
    assert "mirror_event" in result.stderr


def test_a_bad_file_is_bad_usage(tmp_path: Path) -> None:
    """It is told as any failure: its cause and its remedy, without a traceback."""
    result = run(tmp_path / "nowhere.csv")

    assert result.exit_code == ExitCode.BAD_USAGE
    assert "there is no file" in result.stderr
    assert "remedy:" in result.stderr
