"""feed check as a command: what it says of a file, how it ends, and that it stores nothing."""

import os
from pathlib import Path

import pytest

from reconciliation.quantities import Sku
from tests.support.shopfront import ITEM, iso, shopfront
from worker.cli.endings import ExitCode
from worker.feed_check import Unsold, check_file
from worker.scheduler import ask_for_rounds

from .cli_rig import Answer, Rig


ITEMS = {f"ITEM-{number}": 5 for number in range(12)}


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """A feed without any record so far."""
    return Rig(tmp_path)


def check(rig: Rig, path: Path, *words: str) -> Answer:
    """Try a file."""
    return rig.run("feed", "check", str(path), "--feed", "east", *words)


def with_rows(rig: Rig, *rows: str, header: str = "sku,quantity,as_of") -> Path:
    """Write a file with these rows."""
    path = rig.folder / "stock.csv"
    path.write_text("\n".join([header, *rows, ""]))
    return path


def test_a_good_file_would_be_taken(rig: Rig) -> None:
    """And the command ends well, before there is any record."""
    answer = check(rig, rig.feed_file(LAMP=20, MUG=3), "--json")

    assert (answer.code, answer.document["would_be"]) == (ExitCode.OK, "taken")
    assert [(each["sku"], each["units"]) for each in answer.document["first_rows"]] == [
        ("LAMP", 20),
        ("MUG", 3),
    ]
    assert answer.document["difference"] is None


def test_a_check_makes_nothing_where_there_is_nothing(rig: Rig) -> None:
    """No store, no folder of inboxes."""
    check(rig, rig.feed_file(LAMP=20))

    assert not (rig.folder / "var").exists()


def test_a_check_stores_nothing(rig: Rig) -> None:
    """What is in force and listed as delivered is what it was, however often it is looked at."""
    rig.take_in(LAMP=20, **ITEMS)
    before = rig.run("feed", "list", "--json").document
    kept = sorted((rig.folder / "var").rglob("*.csv"))
    rig.clock.sleep(60)
    check(rig, rig.feed_file(LAMP=1, **ITEMS))

    assert rig.run("feed", "list", "--json").document == before
    assert sorted((rig.folder / "var").rglob("*.csv")) == kept


def test_a_check_says_what_taking_the_file_says(rig: Rig) -> None:
    """The gate's reasons are those with which the same file is then held."""
    rig.take_in(LAMP=20, **ITEMS)
    rig.clock.sleep(60)
    odd = rig.feed_file("odd.csv", LAMP=30, NEW=4)
    tried = check(rig, odd, "--json")
    taken = rig.run("ingest", str(odd), "--feed", "east", "--json").document

    reasons = [f"{each['cause']}; {each['remedy']}" for each in tried.document["reasons"]]
    assert (tried.code, tried.document["would_be"]) == (ExitCode.FOUND_WRONG, "quarantined")
    assert reasons == taken["reasons"] != []


def test_a_check_names_the_difference_from_the_last_accepted_file(rig: Rig) -> None:
    """SKUs gone, at 0, new, and the largest moves with both numbers."""
    rig.take_in(LAMP=20, MUG=3, **ITEMS)
    rig.clock.sleep(60)
    difference = check(
        rig, rig.feed_file("next.csv", LAMP=30, NEW=4, **ITEMS | {"ITEM-1": 0}), "--json"
    ).document["difference"]

    assert (difference["lost"], difference["zeroed"]) == (["MUG"], ["ITEM-1"])
    assert difference["new"] == ["NEW"]
    assert difference["largest"][0] == {"sku": "LAMP", "before_units": 20, "units": 30}


def test_a_check_names_each_fault_with_its_place_and_remedy(rig: Rig) -> None:
    """Line, column, cause, text, and what to do."""
    path = with_rows(rig, "LAMP,20,2023-11-14T22:00:00Z", "MUG,1_000,2023-11-14T22:00:00Z")
    document = check(rig, path, "--json").document

    (fault,) = document["first_faults"]
    assert (fault["row"], fault["column"], fault["cause"]) == (
        3,
        "quantity",
        "quantity_unreadable",
    )
    assert (fault["text"], fault["remedy"]) == (
        "1_000",
        "write the digits 0 to 9 and nothing else",
    )
    assert (document["rows"]["good"], document["rows"]["refused"]) == (1, 1)


@pytest.mark.parametrize(
    ("content", "objection"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x01", "undecodable"),
        (b"<html><body>Not found</body></html>\n", "header_missing"),
    ],
)
def test_what_is_no_feed_gets_its_cause_and_remedy(
    rig: Rig, content: bytes, objection: str
) -> None:
    """As a verdict, not as a failure of the command."""
    path = rig.folder / "stock.csv"
    path.write_bytes(content)
    answer = check(rig, path, "--json")

    (reason,) = answer.document["reasons"]
    assert (answer.code, reason["objection"]) == (ExitCode.FOUND_WRONG, objection)
    assert reason["remedy"]


def test_the_file_that_is_in_force_would_only_repeat_itself(rig: Rig) -> None:
    """It is not refused, and says nothing new."""
    path = rig.feed_file(LAMP=20)
    rig.run("ingest", str(path), "--feed", "east")
    answer = check(rig, path, "--json")

    (reason,) = answer.document["reasons"]
    assert (answer.code, answer.document["would_be"]) == (ExitCode.FOUND_WRONG, "taken")
    assert reason["objection"] == "already_taken"


def test_a_person_reads_verdict_rows_and_faults(rig: Rig) -> None:
    """In that order, with what was understood between them."""
    path = with_rows(rig, "LAMP,20,2023-11-14T22:00:00Z", "MUG,many,2023-11-14T22:00:00Z")
    said = check(rig, path).out

    places = [said.index(word) for word in ("would be taken", "Understood", "LAMP", "many")]
    assert places == sorted(places)
    assert "no last accepted file" in said


@pytest.mark.parametrize(("declared", "warns"), [("", True), ("sku_digits = 4\n", False)])
def test_skus_that_are_numbers_are_warned_of(rig: Rig, declared: str, *, warns: bool) -> None:
    """Unless it is declared how many digits they have."""
    form = f'[feeds.east]\nformat = "ndjson"\n{declared}'
    rig.config.write_text(rig.config.read_text().replace("[feeds.east]\n", form))
    path = rig.folder / "stock.ndjson"
    path.write_text('{"sku": 42, "quantity": 3, "as_of": "2023-11-14T22:00:00Z"}\n')
    notes = check(rig, path, "--json").document["notes"]

    assert any("1 row of 1 have a number as SKU" in note for note in notes) is warns


def test_a_file_that_cannot_be_read_is_compared_with_nothing(rig: Rig) -> None:
    """There is a last file, and nobody is told otherwise."""
    rig.take_in(LAMP=20, **ITEMS)
    path = rig.folder / "stock.csv"
    path.write_bytes(b"")
    said = check(rig, path).out

    assert "no last accepted file" not in said
    assert "Nothing of it could be read" in said


def test_skus_that_no_listing_sells_are_counted_before_the_first_file(tmp_path: Path) -> None:
    """As many as there would be once it was taken: a listing is joined by its seller SKU."""
    with shopfront(tmp_path) as front:
        ask_for_rounds(front.services)
        front.work(2.0)
        path = tmp_path / "first.csv"
        moment = iso(front.now)
        path.write_text(f"sku,quantity,as_of\n{ITEM},5,{moment}\nNOBODYS,5,{moment}\n")
        os.utime(path, (front.now, front.now))
        checked = check_file(front.services, path, "east")

        assert checked.unsold == Unsold(rows=1, first=(Sku("NOBODYS"),))


def test_before_any_listing_is_known_nothing_is_said_of_unsold_skus(rig: Rig) -> None:
    """All of them would be, and none of them means it."""
    assert check(rig, rig.feed_file(LAMP=20), "--json").document["unsold"] is None


@pytest.mark.parametrize(
    ("file", "feed", "cause"),
    [("stock.csv", "west", "no feed 'west'"), ("gone.csv", "east", "gone.csv is not there")],
)
def test_a_wrong_name_is_bad_usage(rig: Rig, file: str, feed: str, cause: str) -> None:
    """Of a feed or of a file."""
    rig.feed_file(LAMP=20)
    answer = rig.run("feed", "check", str(rig.folder / file), "--feed", feed)

    assert (answer.code, cause in answer.err) == (ExitCode.BAD_USAGE, True)
