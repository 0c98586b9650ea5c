"""feed suggest as a command: its proposal, pasted into a configuration, reads every row."""

import gzip
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.feeds.opening_rig import Book, workbook
from worker.cli.endings import ExitCode

from .cli_rig import Answer, Rig


ROWS = (("A-1", 1234), ("A-2", 5), ("B-3", 0), ("B-4", 17))
MOMENT = "2023-11-14T22:00:00Z"


def marked(units: int) -> str:
    """Write units with a point for thousands and a decimal comma."""
    return f"{units:,}".replace(",", ".") + ",0"


def text(
    sign: str,
    header: tuple[str, ...] = ("sku", "quantity", "as_of"),
    write: Callable[[int], str] = str,
) -> str:
    """Write the rows as text."""
    lines = [header, *((sku, write(units), MOMENT) for sku, units in ROWS)]
    return "".join(sign.join(line) + "\r\n" for line in lines)


def german(name: str) -> str:
    """Write the rows as a German system does, with a name that has an umlaut."""
    return "Artikelnummer;Bezeichnung;Bestand\n" + "".join(
        f"{sku};{name};{marked(units)}\n" for sku, units in ROWS
    )


OBJECTS = [{"sku": sku, "qty": units, "updated_at": MOMENT} for sku, units in ROWS]
SHEET_ROWS: tuple[tuple[object, ...], ...] = (("Item No.", "On Hand"), *ROWS)


def with_levels(book: Book) -> None:
    """Add the sheet that has the stock."""
    sheet = book.create_sheet("Levels")
    for row in SHEET_ROWS:
        sheet.append(row)


@dataclass(frozen=True, kw_only=True)
class Seed:
    """A file, and settings that must be proposed for it."""

    name: str
    content: bytes
    settings: dict[str, Any] = field(default_factory=dict)


SEEDS = (
    Seed(
        name="stock.csv",
        content=text(",").encode(),
        settings={"delimiter": ",", "sku_column": "sku", "as_of_column": "as_of"},
    ),
    Seed(name="stock.tsv", content=text("\t").encode(), settings={"delimiter": "\t"}),
    Seed(name="stock.psv", content=text("|").encode(), settings={"delimiter": "|"}),
    Seed(
        name="bom.csv",
        content=text(";").encode("utf-8-sig"),
        settings={"delimiter": ";", "encoding": "utf-8-sig"},
    ),
    Seed(
        name="semicolon.csv",
        content=text(";", ("Réf.", "Quantité", "Horodatage"), marked).encode(),
        settings={"thousands_mark": ".", "decimal_mark": ","},
    ),
    Seed(
        name="utf16.csv",
        content=text("\t").encode("utf-16"),
        settings={"encoding": "utf-16", "delimiter": "\t"},
    ),
    Seed(
        name="bestand-20231114-2130.csv",
        content=german("Lämpchen").encode("cp1252"),
        settings={
            "encoding": "cp1252",
            "sku_column": "Artikelnummer",
            "quantity_column": "Bestand",
            "as_of_time_format": "%Y%m%d-%H%M",
        },
    ),
    Seed(
        name="preamble.csv",
        content=b"Stock report\n\nshop: lumen\n" + text(",").encode(),
        settings={"skip_lines": 3},
    ),
    Seed(
        name="headless.csv",
        content="".join(f"{sku},{units}\n" for sku, units in ROWS).encode(),
        settings={"header_lines": 0, "sku_column": 1, "quantity_column": 2},
    ),
    Seed(
        name="words.csv",
        content=b"sku,availability,stock\nA-1,x,10+\nA-2,x,sold out\nB-3,x,3\nB-4,x,In Stock\n",
        settings={"quantity_words": {"10+": 10, "sold out": 0, "In Stock": 1}},
    ),
    Seed(
        name="stock.xlsx",
        content=workbook(SHEET_ROWS),
        settings={"format": "xlsx", "sku_column": "Item No.", "kind": "on_hand"},
    ),
    Seed(
        name="sheets.xlsx",
        content=workbook([["read me"]], with_levels),
        settings={"format": "xlsx", "sheet": "Levels"},
    ),
    Seed(
        name="stock.ndjson",
        content="".join(json.dumps(each) + "\n" for each in OBJECTS).encode(),
        settings={"format": "ndjson", "quantity_column": "qty", "as_of_column": "updated_at"},
    ),
    Seed(
        name="path.json",
        content=json.dumps({"data": {"page": 1, "items": OBJECTS}}).encode(),
        settings={"format": "json", "rows_at": "data.items"},
    ),
    Seed(
        name="array.json",
        content=json.dumps(OBJECTS).encode(),
        settings={"format": "json", "sku_column": "sku"},
    ),
    Seed(
        name="stock.csv.gz",
        content=gzip.compress(text(";").encode()),
        settings={"compression": "gzip", "delimiter": ";"},
    ),
)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """A configuration into which a proposal can be pasted."""
    return Rig(tmp_path)


def suggest(rig: Rig, name: str, content: bytes, *words: str) -> Answer:
    """Have a file's form proposed, for a feed of the warehouse EAST."""
    path = rig.folder / name
    path.write_bytes(content)
    named = ("--feed", "new", "--warehouse", "WEST")
    return rig.run("feed", "suggest", str(path), *named, *words)


def choice(rig: Rig, content: bytes, setting: str) -> dict[str, Any]:
    """Return one choice of a proposal."""
    choices = suggest(rig, "stock.csv", content, "--json").document["choices"]
    found: dict[str, Any] = next(each for each in choices if each["setting"] == setting)
    return found


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_a_proposal_pasted_into_the_configuration_reads_every_row(rig: Rig, seed: Seed) -> None:
    """As it was printed, beside the feeds that are there."""
    toml = suggest(rig, seed.name, seed.content).out
    rig.configure('\n[warehouses.WEST]\npartner = "lumen"\n\n' + toml)
    checked = rig.run("feed", "check", str(rig.folder / seed.name), "--feed", "new", "--json")

    assert checked.code == ExitCode.OK, toml
    rows = checked.document["rows"]
    assert (rows["good"], rows["refused"]) == (len(ROWS), 0)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_a_proposal_tells_the_form(rig: Rig, seed: Seed) -> None:
    """Each setting that the file makes plain."""
    table = tomllib.loads(suggest(rig, seed.name, seed.content).out)["feeds"]["new"]

    assert {name: table.get(name) for name in seed.settings} == seed.settings


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_a_proposal_is_tried_before_it_is_shown(rig: Rig, seed: Seed) -> None:
    """The strict reader accepts at least what the proposal claims."""
    answer = suggest(rig, seed.name, seed.content, "--json")

    tried = answer.document["tried"]
    assert answer.code == ExitCode.OK
    assert tried["good"] >= tried["claimed_rows"] == len(ROWS)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_every_choice_says_how_sure_it_is_and_why(rig: Rig, seed: Seed) -> None:
    """None is made silently."""
    lines = suggest(rig, seed.name, seed.content).out.splitlines()

    above = [lines[at - 1] for at, line in enumerate(lines) if " = " in line and line[0] != "#"]
    told = ("# sure: ", "# likely: ", "# doubtful: ", "# to fill in: ")
    assert above
    assert all(line.startswith(told) for line in above), lines


def test_of_two_readings_the_lower_quantity_is_proposed(rig: Rig) -> None:
    """1.000 is a thousand or one: one cannot oversell, and the other stands beside it."""
    content = b"sku;quantity\nA-1;1.000\nA-2;2.000\n"
    thousands = choice(rig, content, "thousands_mark")
    decimal = choice(rig, content, "decimal_mark")

    assert (thousands["value"], decimal["value"]) == ('""', '"."')
    assert thousands["sureness"] == decimal["sureness"] == "doubtful"
    assert thousands["alternatives"] == ['"."']


def test_a_second_column_of_units_is_an_alternative(rig: Rig) -> None:
    """Which one counts, only the partner knows."""
    found = choice(rig, b"sku,on hand,available\nA-1,5,3\n", "quantity_column")

    assert (found["value"], found["sureness"]) == ('"available"', "doubtful")
    assert found["alternatives"] == ['"on hand"']


@pytest.mark.parametrize(
    ("header", "kind", "sureness"),
    [
        ("available", "available", "likely"),
        ("On Hand", "on_hand", "likely"),
        ("quantity", "on_hand", "doubtful"),
    ],
)
def test_what_a_number_means_follows_from_its_name_alone(
    rig: Rig, header: str, kind: str, sureness: str
) -> None:
    """And is doubtful where the name does not tell."""
    found = choice(rig, f"sku,{header}\nA-1,5\n".encode(), "kind")

    assert (found["value"], found["sureness"]) == (f'"{kind}"', sureness)


def test_an_encoding_that_is_not_plain_is_doubtful_with_all_that_read_it(rig: Rig) -> None:
    """A byte beyond ASCII is a letter in many of them."""
    found = choice(rig, german("Lämpchen").encode("cp1252"), "encoding")

    assert (found["value"], found["sureness"]) == ('"cp1252"', "doubtful")
    assert '"iso-8859-15"' in found["alternatives"]


def test_a_file_that_does_not_tell_its_moment_is_doubtful(rig: Rig) -> None:
    """A lag is proposed, for somebody to ask about."""
    found = choice(rig, b"sku,quantity\nA-1,5\n", "as_of_lag_s")

    assert found["sureness"] == "doubtful"


def test_moments_without_a_zone_are_doubtful(rig: Rig) -> None:
    """The zone that is proposed is not the file's."""
    found = choice(rig, b"sku,quantity,stand\nA-1,5,2023-11-14 20:00\n", "as_of_zone")

    assert found["sureness"] == "doubtful"


def test_a_file_of_several_warehouses_has_its_codes_proposed(rig: Rig) -> None:
    """One as this feed's, the rest as known ones of others."""
    content = b"sku,quantity,warehouse\nA-1,5,N\nA-1,7,S\nA-2,1,N\n"
    table = tomllib.loads(suggest(rig, "stock.csv", content).out)["feeds"]["new"]

    assert (table["warehouse_codes"], table["other_warehouse_codes"]) == (["N"], ["S"])


def test_a_proposal_that_leaves_rows_unread_ends_as_found_wrong(rig: Rig) -> None:
    """And names them."""
    answer = suggest(rig, "stock.csv", b"sku,quantity\nA-1,5\nA-2,many\nA-3,2\nA-4,1\n")

    assert answer.code == ExitCode.FOUND_WRONG
    assert "line 3: quantity_unreadable 'many'" in answer.err


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\x00\x01",
        b"PK\x03\x04 no workbook",
        b"\x1f\x8b no gzip",
        b"<html><body>Not found</body></html>\n",
        b"{}\n",
        b"[1, 2]",
        b"name,colour\nlamp,red\n",
    ],
)
def test_what_is_no_stock_file_gets_a_cause_and_a_remedy(rig: Rig, content: bytes) -> None:
    """And no proposal."""
    answer = suggest(rig, "stock.csv", content)

    assert (answer.code, answer.out) == (ExitCode.FOUND_WRONG, "")
    assert "remedy: " in answer.err


def test_a_partners_words_stay_within_comments_and_strings(rig: Rig) -> None:
    """A column's name may hold signs that TOML reads."""
    header = 'sku,"quantity","a""b]\\ [x] = #"'
    toml = suggest(rig, "stock.csv", f"{header}\nA-1,5,z\n".encode()).out

    assert list(tomllib.loads(toml)["feeds"]) == ["new"]


def test_a_name_with_control_characters_is_escaped(rig: Rig) -> None:
    """What is printed moves no cursor, and still is that name."""
    content = json.dumps([{"sku": "A-1", "st\x9bock": 5}]).encode()
    toml = suggest(rig, "stock.json", content).out

    assert "\x9b" not in toml
    assert tomllib.loads(toml)["feeds"]["new"]["quantity_column"] == "st\x9bock"


def test_half_a_letter_in_a_name_costs_no_proposal(rig: Rig) -> None:
    """JSON can spell what no text may hold: nothing can be proposed by such a name."""
    content = b'[{"sku": "A-1", "stock": "\\ud800", "qty": 5, "\\ud800": 1}]'
    toml = suggest(rig, "stock.json", content).out

    assert tomllib.loads(toml)["feeds"]["new"]["quantity_column"] == "qty"


def test_suggest_needs_no_configuration(rig: Rig) -> None:
    """A partner may be new, and so the program."""
    path = rig.feed_file(LAMP=20)
    answer = rig.run("feed", "suggest", str(path), config=rig.folder / "none.toml")

    assert answer.code == ExitCode.OK
    assert "[feeds.NAME]" in answer.out
