"""What a file says does not hang on its form: text of any signs, a sheet, JSON, packed or not."""

import contextlib
import json
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation.feed import (
    Compression,
    Dialect,
    Encoding,
    FileFault,
    JsonForm,
    JsonLayout,
    ParsedFeed,
    SheetForm,
    TextForm,
    WarehouseColumn,
)

from .opening_rig import ARRAY, LINES, PACKED, PLAIN, SHEET, dialect_of, packed, read, workbook


# Letters that every encoding of the list can write.
SKUS = st.text("ABCXYZ0189-_./ ", max_size=6)
QUANTITIES = st.sampled_from(["0", "7", "007", "12", "-3", "12.0", "x", "", "1_0", "9" * 9])
ROWS = st.lists(st.tuples(SKUS, QUANTITIES), min_size=1, max_size=12)
Rows = list[tuple[str, str]]


def said(parsed: ParsedFeed) -> list[object]:
    """What a file says, less where its rows stand."""
    return [
        [(row.sku, row.units) for row in parsed.rows],
        [(fault.column, fault.cause, fault.text, fault.sku) for fault in parsed.faults],
        [each.sku for each in parsed.merged],
    ]


def text_of(rows: Rows, delimiter: str = ",", ending: str = "\n") -> str:
    """Rows as text, each cell quoted, so that none is a blank line."""
    lines = [("sku", "qty"), *rows]
    return "".join(delimiter.join(f'"{cell}"' for cell in line) + ending for line in lines)


def objects_of(rows: Rows) -> list[dict[str, str]]:
    """Rows as objects."""
    return [{"sku": sku, "qty": quantity} for sku, quantity in rows]


def in_text(**form: object) -> tuple[Dialect, Callable[[Rows], bytes]]:
    """A form of text, and its writer."""
    made = TextForm(**form)  # type: ignore[arg-type]  # a test's own fields
    return dialect_of(made), lambda rows: text_of(rows, made.delimiter).encode(made.encoding)


FORMS: dict[str, tuple[Dialect, Callable[[Rows], bytes]]] = {
    **{encoding.name: in_text(encoding=encoding) for encoding in Encoding},
    "tabs": in_text(delimiter="\t"),
    "semicolons": in_text(delimiter=";"),
    "line ends": (PLAIN, lambda rows: text_of(rows, ending="\r\n").encode()),
    "gzip": (PACKED, lambda rows: packed(text_of(rows).encode())),
    "lines of JSON": (
        LINES,
        lambda rows: "\n".join(json.dumps(each) for each in objects_of(rows)).encode(),
    ),
    "an array": (ARRAY, lambda rows: json.dumps(objects_of(rows)).encode()),
}


@pytest.mark.parametrize("name", FORMS)
@given(rows=ROWS)
def test_the_form_of_a_file_does_not_change_what_it_says(name: str, rows: Rows) -> None:
    """The same rows, the same faults, the same repeats."""
    dialect, written = FORMS[name]

    assert said(read(written(rows), dialect)) == said(read(text_of(rows), PLAIN))


@settings(max_examples=30)
@given(rows=ROWS.filter(lambda rows: all(sku.strip() for sku, _ in rows)))
def test_a_sheet_of_text_says_what_the_text_says(rows: Rows) -> None:
    """Cells that hold text are read as text, whatever they look like."""
    sheet = workbook([["sku", "qty"], *rows])

    assert said(read(sheet, SHEET)) == said(read(text_of(rows), PLAIN))


@given(units=st.lists(st.integers(-5, 20_000_000), min_size=1, max_size=5))
def test_a_number_is_the_same_number_in_every_form(units: list[int]) -> None:
    """As text, and as the numbers of a sheet and of JSON."""
    rows = [(f"SKU-{at}", number) for at, number in enumerate(units)]
    texts = [(sku, str(number)) for sku, number in rows]
    lines = "\n".join(json.dumps({"sku": sku, "qty": number}) for sku, number in rows)
    sheet = workbook([["sku", "qty"], *rows])

    assert [said(read(lines, LINES)), said(read(sheet, SHEET))] == [
        said(read(text_of(texts), PLAIN))
    ] * 2


SITES = WarehouseColumn(column="site", codes=("E1",), others=("W1",))


@given(
    rows=st.lists(
        st.tuples(SKUS, QUANTITIES, st.sampled_from(["E1", "W1", "X", "", "E\ufffd"])),
        min_size=1,
        max_size=12,
    )
)
def test_every_row_ends_in_exactly_one_place(rows: list[tuple[str, str, str]]) -> None:
    """Accepted, refused, merged, or another warehouse's."""
    objects = [{"sku": sku, "qty": units, "site": site} for sku, units, site in rows]
    content = "\n".join(["", *(json.dumps(each) for each in objects)])

    parsed = read(content, dialect_of(JsonForm(), warehouse=SITES))

    ours = [row.row for row in parsed.rows] + [each.row for each in parsed.merged]
    ours += sorted({fault.row for fault in parsed.faults})
    theirs = [at for at, (_, _, site) in enumerate(rows, start=2) if site in {"W1", "X"}]
    assert sorted(ours + theirs) == list(range(2, len(rows) + 2))
    assert sum(each.rows for each in parsed.elsewhere) == len(theirs)


# --- damage ----------------------------------------------------------------------------------


WHOLE = {
    "gzip": (PACKED, packed(text_of([("TEE", "5"), ("MUG", "6")]).encode())),
    "sheet": (SHEET, workbook([["sku", "qty"], ["TEE", 5], ["MUG", 6]])),
    "packed sheet": (
        dialect_of(SheetForm(), compression=Compression.GZIP),
        packed(workbook([["sku", "qty"], ["TEE", 5], ["MUG", 6]])),
    ),
    "lines of JSON": (LINES, b'{"sku": "TEE", "qty": 5}\n{"sku": "MUG", "qty": 6}\n'),
    "an array": (ARRAY, b'[{"sku": "TEE", "qty": 5}, {"sku": "MUG", "qty": 6}]'),
    "an array further in": (
        dialect_of(JsonForm(layout=JsonLayout.ARRAY, rows_at="data.items")),
        b'{"data": {"items": [{"sku": "TEE", "qty": 5}]}, "more": [true, null, 1e9]}',
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_no_damage_raises_anything_but_a_file_fault(name: str) -> None:
    """Bytes bent, cut out, doubled and cut off: the file is read, or refused by its exception."""
    dialect, whole = WHOLE[name]
    rng = random.Random(name)
    reread = 0
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(damaged))
            piece = rng.choice([b"", bytes([rng.randrange(256)]), bytes(damaged[at : at + 9])])
            damaged[at : at + rng.randint(0, 4)] = piece
        with contextlib.suppress(FileFault):
            read(
                bytes(damaged[: rng.choice([len(damaged), rng.randrange(len(damaged) + 1)])]),
                dialect,
            )
            reread += 1

    assert reread < 400
