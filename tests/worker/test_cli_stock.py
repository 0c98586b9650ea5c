"""ingest and reconcile as commands: what they answer, and how they end."""

from pathlib import Path

import pytest

from connectors.sandbox.faults import FaultKind
from worker.cli.endings import ExitCode

from .cli_rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """A shop to command."""
    return Rig(tmp_path)


# --- ingest ----------------------------------------------------------------------------------


def test_a_file_is_taken_at_once(rig: Rig) -> None:
    """Without the wait of the inbox, and counted as in force."""
    answer = rig.run("ingest", str(rig.feed_file(LAMP=20, VASE=3)), "--feed", "east", "--json")

    assert answer.code == ExitCode.OK
    assert (answer.document["ruling"], answer.document["rows_accepted"]) == ("accept", 2)
    assert answer.document["decisions_due"] == 2


def test_the_file_that_was_handed_in_stays(rig: Rig) -> None:
    """It is copied, and its copy does not stay in the inbox."""
    path = rig.feed_file(LAMP=20)

    rig.run("ingest", str(path), "--feed", "east")

    assert path.is_file()
    assert not list((rig.folder / "var" / "feeds" / "east" / "inbox").iterdir())


def test_a_file_as_old_as_it_is(rig: Rig) -> None:
    """It arrived when it was last changed, not when somebody handed it in."""
    path = rig.feed_file(LAMP=20)
    seen = path.stat()
    rig.clock.now = seen.st_mtime + 3_600

    rig.run("ingest", str(path), "--feed", "east")

    assert rig.run("status", "--json").document["feeds"][0]["arrived_age_s"] == pytest.approx(
        3_600
    )


def test_refused_rows_are_named(rig: Rig) -> None:
    """The good rows count; each bad one is told with its row, cause and remedy."""
    path = rig.feed_file(LAMP=20)
    path.write_bytes(path.read_bytes() + b"VASE,-3,2023-11-14T22:00:00Z\r\n")

    answer = rig.run("ingest", str(path), "--feed", "east", "--json")

    fault = answer.document["faults"][0]
    assert (answer.code, answer.document["rows_refused"]) == (ExitCode.OK, 1)
    assert (fault["row"], fault["column"]) == ("3", "quantity")
    assert "quantity_negative" in fault["cause"]


def test_a_refused_file_ends_with_one(rig: Rig) -> None:
    """A file of which nothing can be trusted changes nothing."""
    path = rig.folder / "stock.csv"
    path.write_text("what,is,this\n1,2,3\n")

    answer = rig.run("ingest", str(path), "--feed", "east")

    assert answer.code == ExitCode.FOUND_WRONG
    assert "refused" in answer.out
    assert "the header lacks" in answer.out


def test_a_quarantined_file_ends_with_one(rig: Rig) -> None:
    """A file that lost most of its rows waits for a person."""
    rig.take_in(**{f"ITEM-{number}": 5 for number in range(10)})
    rig.clock.sleep(60)

    answer = rig.run(
        "ingest", str(rig.feed_file("stock.csv", **{"ITEM-1": 5})), "--feed", "east", "--json"
    )

    assert (answer.code, answer.document["ruling"]) == (ExitCode.FOUND_WRONG, "quarantine")


@pytest.mark.parametrize(
    ("name", "feed", "cause"),
    [
        ("nowhere.csv", "east", "is not there"),
        (".", "east", "is not a file"),
        ("stock.csv", "eats", "no feed 'eats'"),
        ("stock.csv.part", "east", "still being written"),
    ],
)
def test_what_cannot_be_ingested_is_refused(rig: Rig, name: str, feed: str, cause: str) -> None:
    """With its cause and a remedy; nothing lands in the inbox."""
    rig.feed_file("stock.csv", LAMP=1)
    rig.feed_file("stock.csv.part", LAMP=1)

    answer = rig.run("ingest", str(rig.folder / name), "--feed", feed)

    assert answer.code == ExitCode.BAD_USAGE
    assert cause in answer.err
    assert "remedy:" in answer.err
    assert rig.run("status", "--json").document["feeds"][0]["last_file"] == ""


def test_a_waiting_file_of_that_name_is_not_overwritten(rig: Rig) -> None:
    """The partner's own drop is his."""
    path = rig.feed_file(LAMP=20)
    rig.run("status")
    waiting = rig.folder / "var" / "feeds" / "east" / "inbox" / path.name
    waiting.write_text("the partner's")

    answer = rig.run("ingest", str(path), "--feed", "east")

    assert (answer.code, waiting.read_text()) == (ExitCode.BAD_USAGE, "the partner's")


# --- reconcile -------------------------------------------------------------------------------


def test_reconcile_answers_with_before_and_after(rig: Rig) -> None:
    """One document, one row per listing."""
    sku = rig.list_sku()
    rig.take_in(LAMP=20)

    answer = rig.run("reconcile", "--json")

    row = answer.document["rows"][0]
    assert answer.code == ExitCode.OK
    assert (row["before_units"], row["after_units"]) == (0, rig.shown(sku))
    assert row["reason"]


def test_reconcile_shows_a_table(rig: Rig) -> None:
    """A person sees the listing and the reason."""
    rig.list_sku()
    rig.take_in(LAMP=20)

    answer = rig.run("reconcile", "--dry-run")

    assert "EAST/LAMP" in answer.out
    assert "1 listings, 1 would change" in answer.out


def test_reconcile_of_a_short_pool_ends_with_one(rig: Rig) -> None:
    """The shortage is named."""
    sku = rig.list_sku(units=5)
    rig.world.pay(rig.world.checkout("alpha", sku.sku_id, 3).order_id)
    rig.take_in(LAMP=1)

    answer = rig.run("reconcile", "--json")

    assert answer.code == ExitCode.FOUND_WRONG
    assert answer.document["shortages"] == [{"pool": "EAST/LAMP", "units": 2}]


@pytest.mark.parametrize("words", [("--shop", "alpa"), ("--sku", "LMAP"), ("--timeout", "0")])
def test_reconcile_of_nothing_is_refused(rig: Rig, words: tuple[str, ...]) -> None:
    """A name that stands for nothing writes nothing."""
    rig.list_sku(units=1)
    rig.take_in(LAMP=20)
    before = rig.look()

    answer = rig.run("reconcile", *words)

    assert (answer.code, rig.look()) == (ExitCode.BAD_USAGE, before)
    assert "Traceback" not in answer.err


def test_reconcile_without_tiktok_ends_with_four(rig: Rig) -> None:
    """TikTok does not answer: that is told, with what to do."""
    rig.list_sku()
    for _ in range(10):
        rig.faults.force(FaultKind.OVERLOADED)

    answer = rig.run("reconcile")

    assert answer.code == ExitCode.OUTSIDE_FAILED
    assert "try again" in answer.err
    assert "Traceback" not in answer.err


def test_reconcile_without_access_ends_with_four(rig: Rig) -> None:
    """A revoked shop is told with what mends it."""
    rig.list_sku()
    rig.world.revoke("alpha")

    answer = rig.run("reconcile", "--shop", "alpha", "--json")

    assert answer.code == ExitCode.OUTSIDE_FAILED
    assert answer.document["error"]["causes"][0]["remedy"]
