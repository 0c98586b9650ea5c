"""A partner's file through the whole step: what is in force, where it lies, what is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.store.filed import State
from tests.support.shopfront import Shopfront, iso
from worker.dispatch import work_off
from worker.feed_desk import refuse
from worker.queues import FEED_FILES

from .feed_rig import ANN, in_force, kept, last, opened, pool, receipt, send


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """A file in force that states twenty of an item, and twelve others that nobody sells."""
    with opened(tmp_path) as front:
        yield front


def drop(front: Shopfront, text: str, name: str = "stock.csv") -> None:
    """Have a file taken a minute later."""
    front.pass_time(60.0)
    front.drop_file(text, name)
    front.work(3.0)


def test_a_taken_file_is_told_with_its_counts(front: Shopfront) -> None:
    """Good, refused and merged rows, and those of goods that no listing sells."""
    front.pass_time(60.0)
    moment = iso(front.now)
    more = f"BAD,-1,{moment}\nSPARE-00,5,{moment}\n"
    send(front, 19, name="good.csv", more=more)
    front.work(3.0)

    told = receipt(front, "good.csv")
    assert told["rows"] == {
        "read": 15,
        "good": 13,
        "refused": 1,
        "merged": 1,
        "gone": 0,
        "unmapped": 12,
    }
    assert (told["outcome"], told["as_of"], told["feed"]) == ("taken", f"{moment[:23]}Z", "east")
    assert told["sha256"] == last(front).delivery.sha256
    assert told["first_faults"][0]["cause"] == "quantity_negative"
    assert told["refused_rows_file"] == "good.csv.rejects.csv"
    assert (front.services.inboxes["east"].outbox / "good.csv.rejects.csv").is_file()


def test_a_first_file_says_nothing_of_listings(front: Shopfront) -> None:
    """Its items have had no chance to be joined to any."""
    told = receipt(front, "feed-1.csv")

    assert (told["rows"]["good"], told["rows"]["unmapped"]) == (13, 0)


def test_a_held_file_is_told_with_its_reasons(front: Shopfront) -> None:
    """And it does not count."""
    front.pass_time(60.0)
    send(front, 8, fillers=0, name="odd.csv")
    front.work(3.0)

    told = receipt(front, "odd.csv")
    assert (told["outcome"], in_force(front)) == ("quarantined", 20)
    assert "SKUs that had units are at 0 now" in told["reasons"][0]["cause"]
    assert kept(front, "quarantine") == ["odd.csv"]


def test_a_file_of_another_form_is_told_what_it_lacks(front: Shopfront) -> None:
    """Refused whole, with one reason and no rows."""
    drop(front, "item;count\nTEE;4\n", "strange.csv")

    told = receipt(front, "strange.csv")
    assert (told["outcome"], told["rows"]) == ("refused", None)
    assert "the header lacks" in told["reasons"][0]["cause"]
    assert told["reasons"][0]["remedy"]


def test_a_receipt_names_no_place_of_this_machine(front: Shopfront, tmp_path: Path) -> None:
    """Whatever became of a file."""
    front.pass_time(60.0)
    send(front, 8, fillers=0, name="odd.csv")
    drop(front, "item;count\n", "strange.csv")

    outbox = front.services.inboxes["east"].outbox
    told = "".join(path.read_text() for path in outbox.iterdir())
    assert "odd.csv" in told
    assert str(tmp_path) not in told


def test_a_repeat_is_told_as_one(front: Shopfront) -> None:
    """It names the delivery that it repeats, and shares its outcome."""
    (first,) = (front.services.inboxes["east"].home / "archive").rglob("*.csv")
    drop(front, first.read_text(), "again.csv")

    told = receipt(front, "again.csv")
    assert (told["outcome"], told["repeats"]) == ("taken", 1)
    assert kept(front, "archive") == ["again.csv", "feed-1.csv"]


@pytest.mark.parametrize(("ahead_s", "accepted"), [(0.0, True), (3_600.0, False)])
def test_a_file_of_the_future_is_refused_with_its_cause(
    front: Shopfront, ahead_s: float, *, accepted: bool
) -> None:
    """The exporting clock is ahead: nothing that it dates is believed."""
    front.pass_time(60.0)
    send(front, 19, name="clock.csv", as_of=front.now + ahead_s)
    front.work(3.0)

    told = receipt(front, "clock.csv")
    assert (in_force(front), told["outcome"]) == ((19, "taken") if accepted else (20, "refused"))
    assert accepted or "has not come yet" in told["reasons"][0]["cause"]


@pytest.mark.parametrize(("behind_s", "units"), [(1.0, 20), (0.0, 19), (-1.0, 19)])
def test_a_file_from_before_the_last_is_refused_with_its_cause(
    front: Shopfront, behind_s: float, units: int
) -> None:
    """One of the same moment mends it, one of an older moment arrived out of order."""
    before = pool(front)
    front.pass_time(60.0)
    send(front, 19, name="late.csv", as_of=(before.as_of if before else 0.0) - behind_s)
    front.work(3.0)

    assert in_force(front) == units
    assert last(front).state is (State.REFUSED if behind_s > 0 else State.TAKEN)
    reasons = receipt(front, "late.csv")["reasons"]
    assert [("before the last accepted file" in each["cause"]) for each in reasons] == [True] * (
        behind_s > 0
    )


# --- files are forgotten in time -------------------------------------------------------------


def test_old_files_and_receipts_are_forgotten(front: Shopfront) -> None:
    """After ninety days; what is in force or waits for a person stays."""
    drop(front, "item;count\n", "strange.csv")
    front.pass_time(60.0)
    send(front, 8, fillers=0, name="odd.csv")
    front.work(3.0)
    front.now += 91 * 86_400.0
    work_off(front.services, FEED_FILES, "east")

    assert (kept(front, "archive"), kept(front, "quarantine")) == (["feed-1.csv"], ["odd.csv"])
    assert (kept(front, "rejected"), kept(front, "outbox")) == ([], [])


def test_a_file_that_is_decided_is_no_longer_kept_for_it(front: Shopfront) -> None:
    """Nor one whose figures a newer file has replaced."""
    front.pass_time(60.0)
    send(front, 8, fillers=0, name="odd.csv")
    front.work(3.0)
    refuse(front.services, last(front).delivery_id, ANN)
    front.pass_time(60.0)
    send(front, 19, name="newer.csv")
    front.work(3.0)
    front.now += 91 * 86_400.0
    work_off(front.services, FEED_FILES, "east")

    assert (kept(front, "archive"), kept(front, "rejected")) == (["newer.csv"], [])


def test_young_files_stay_and_it_is_asked_for_again(front: Shopfront) -> None:
    """Every day."""
    drop(front, "item;count\n", "strange.csv")
    work_off(front.services, FEED_FILES, "east")
    front.now += 86_400.0

    assert kept(front, "rejected") == ["strange.csv"]
    assert work_off(front.services, FEED_FILES, "east")
