"""feed list, show, approve, refuse and rollback as commands: what they answer, how they end."""

import os
from pathlib import Path
from typing import Any

import pytest

from worker.cli.endings import ExitCode

from .cli_rig import Rig


WHY = ("--why", "the partner was asked")
ITEMS = {f"ITEM-{number}": 5 for number in range(12)}

BY_ARRIVAL = """
[warehouses.WEST]
partner = "lumen"

[feeds.west]
warehouse = "WEST"
kind = "on_hand"
sku_column = "sku"
quantity_column = "quantity"
as_of_lag_s = 0.0
"""


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """A feed whose first file is in force, as delivery 1."""
    rig = Rig(tmp_path)
    rig.take_in(LAMP=20, **ITEMS)
    rig.clock.sleep(60)
    return rig


def hold(rig: Rig, name: str = "odd.csv") -> int:
    """Have a file held that states less than half of the items, and return its number."""
    rig.run("ingest", str(rig.feed_file(name, LAMP=30, **{"ITEM-1": 4})), "--feed", "east")
    return int(deliveries(rig)[0]["delivery"])


def deliveries(rig: Rig, *words: str) -> list[dict[str, Any]]:
    """Return what `feed list` lists, the newest first."""
    found: list[dict[str, Any]] = rig.run("feed", "list", "--json", *words).document["deliveries"]
    return found


def test_deliveries_are_listed_with_their_state(rig: Rig) -> None:
    """The newest first, each with its number, file, verdict and reasons."""
    hold(rig)

    newest, first = deliveries(rig)
    assert (newest["delivery"], newest["state"], newest["file"]) == (2, "quarantined", "odd.csv")
    assert "SKUs are not in it" in str(newest["reasons"])
    assert (first["delivery"], first["state"], first["rows_accepted"]) == (1, "taken", 13)


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        (("--state", "quarantined"), [2]),
        (("--state", "taken"), [1]),
        (("--state", "refused"), []),
        (("--feed", "east"), [2, 1]),
    ],
)
def test_a_list_is_narrowed(rig: Rig, words: tuple[str, ...], listed: list[int]) -> None:
    """To a feed or a state."""
    hold(rig)

    assert [each["delivery"] for each in deliveries(rig, *words)] == listed


def test_a_held_file_is_shown_with_what_parts_it_from_the_last(rig: Rig) -> None:
    """Reasons, figures, what is gone, and the largest moves with both numbers."""
    shown = rig.run("feed", "show", str(hold(rig)), "--json").document

    assert (shown["figures"]["lost_rows"], shown["figures"]["moved_rows"]) == (11, 2)
    assert len(shown["lost"]) == 11
    assert shown["largest"][0] == {"sku": "LAMP", "before_units": 20, "units": 30}


def test_a_person_reads_what_can_be_done(rig: Rig) -> None:
    """The commands stand beside the verdict."""
    number = hold(rig)

    answer = rig.run("feed", "show", str(number))
    assert f"feed approve {number}" in answer.out
    assert "ITEM-0" in answer.out
    assert "odd.csv" in rig.run("feed", "list").out


def test_an_approval_answers_with_what_came_of_it(rig: Rig) -> None:
    """Its delivery, and how many pools have new figures."""
    number = hold(rig)
    answer = rig.run("feed", "approve", str(number), *WHY, "--who", "ann", "--json")

    settled = answer.document["settled"]
    assert (answer.code, settled["made_id"], settled["pools_changed"]) == (ExitCode.OK, 3, 2)
    made, original, _ = deliveries(rig)
    assert (made["state"], original["state"]) == ("taken", "approved")
    assert made["decided"] == original["decided"]
    assert rig.run("feed", "show", "3", "--json").document["delivery"]["decided"]["who"] == "ann"


def test_a_refusal_answers_with_what_came_of_it(rig: Rig) -> None:
    """The file is refused, and whoever is logged in stands for it."""
    number = hold(rig)
    answer = rig.run("feed", "refuse", str(number), *WHY)

    assert answer.code == ExitCode.OK
    assert "odd.csv: refused" in answer.out
    assert [each["state"] for each in deliveries(rig)] == ["refused", "refused", "taken"]
    assert deliveries(rig)[0]["decided"] is not None


def test_a_rollback_answers_with_what_is_in_force_again(rig: Rig) -> None:
    """The delivery before it, and that of the rollback itself."""
    rig.take_in(LAMP=3, **ITEMS)
    answer = rig.run("feed", "rollback", "east", *WHY, "--json")

    settled = answer.document["settled"]
    assert (settled["delivery_id"], settled["made_id"], settled["restored_id"]) == (2, 3, 1)
    states = [each["state"] for each in deliveries(rig)]
    assert (answer.code, states) == (ExitCode.OK, ["rollback", "rolled_back", "taken"])
    assert "rollback of delivery 2" in rig.run("feed", "show", "2").out


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("show", "99"), "no delivery 99"),
        (("approve", "99", *WHY), "no delivery 99"),
        (("approve", "1", *WHY), "it is taken"),
        (("refuse", "1", *WHY), "it is taken"),
        (("rollback", "west", *WHY), "no feed 'west'"),
        (("rollback", "east", *WHY), "only file of feed 'east'"),
        (("approve", "1", "--why", " "), "must not be blank"),
        (("list", "--state", "odd"), "no state 'odd'"),
        (("list", "--feed", "west"), "no feed 'west'"),
        (("approve", "1"), "--why"),
        (("refuse", "1"), "--why"),
        (("rollback", "east"), "--why"),
    ],
)
def test_what_cannot_be_decided_is_refused(rig: Rig, words: tuple[str, ...], cause: str) -> None:
    """With its cause; nothing is changed."""
    answer = rig.run("feed", *words)

    assert (answer.code, len(deliveries(rig))) == (ExitCode.BAD_USAGE, 1)
    assert cause in answer.err
    assert "Traceback" not in answer.err


def test_an_approval_that_comes_too_late_ends_with_one(rig: Rig) -> None:
    """Newer figures are in force: what was found is no longer true."""
    number = hold(rig)
    rig.clock.sleep(60)
    rig.take_in(LAMP=18, **ITEMS)

    answer = rig.run("feed", "approve", str(number), *WHY)
    assert answer.code == ExitCode.FOUND_WRONG
    assert f"feed refuse {number}" in answer.err
    assert deliveries(rig, "--state", "quarantined")


# --- identical content keeps its first as-of, however it comes --------------------------------


def arrive(rig: Rig, units: int, *, at: float, name: str) -> dict[str, Any]:
    """Have a file that tells no moment of its own arrive in a feed; return its delivery."""
    path = rig.folder / name
    path.write_text(f"sku,quantity\nLAMP,{units}\n")
    rig.clock.now = at
    os.utime(path, (at, at))
    rig.run("ingest", str(path), "--feed", "west")
    return deliveries(rig, "--feed", "west")[0]


def test_an_old_content_that_arrives_again_is_not_dated_anew(rig: Rig) -> None:
    """Twenty-five, then five, then the first file again: twenty have left, and stay away."""
    rig.configure(BY_ARRIVAL)
    start = rig.clock.now
    arrive(rig, 25, at=start + 60, name="a.csv")
    arrive(rig, 5, at=start + 120, name="b.csv")
    again = arrive(rig, 25, at=start + 180, name="c.csv")

    assert again["state"] == "refused"
    assert "keeps its first as-of" in str(again["reasons"])
    status = rig.run("status", "--json").document["feeds"]
    assert next(feed["as_of_age_s"] for feed in status if feed["feed"] == "west") == 60.0


def test_a_content_that_was_taken_back_keeps_its_first_as_of(rig: Rig) -> None:
    """Approved when it comes again, it is as old as when it first came."""
    rig.configure(BY_ARRIVAL)
    start = rig.clock.now
    arrive(rig, 25, at=start + 60, name="a.csv")
    first = arrive(rig, 5, at=start + 120, name="b.csv")
    rig.run("feed", "rollback", "west", *WHY)
    again = arrive(rig, 5, at=start + 180, name="c.csv")
    rig.run("feed", "approve", str(again["delivery"]), *WHY)

    approved = deliveries(rig, "--feed", "west")[0]
    assert (again["state"], approved["state"]) == ("quarantined", "taken")
    assert approved["as_of"] == first["as_of"]


def test_a_repeat_is_shown_with_what_it_repeats(rig: Rig) -> None:
    """It stands there as refused, since nothing of it counts, and its partner is told `taken`."""
    path = str(rig.feed_file("same.csv", LAMP=25, **ITEMS))
    for _ in range(2):
        rig.run("ingest", path, "--feed", "east")
    shown = rig.run("feed", "show", "3")

    assert rig.run("feed", "show", "3", "--json").document["repeats"] == 2
    assert "repeats delivery" in shown.out


def test_a_delivery_is_shown_with_how_many_of_its_skus_nobody_sells(rig: Rig) -> None:
    """As its receipt tells the partner: all thirteen, in a shop without listings."""
    rig.run("ingest", str(rig.feed_file("more.csv", LAMP=25, **ITEMS)), "--feed", "east")

    assert rig.run("feed", "show", "2", "--json").document["unsold_rows"] == 13
