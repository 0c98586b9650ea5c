"""The fast way of reading a feed says of every file what the careful way says."""

from dataclasses import replace
from gzip import compress
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.feeds.fast_way import understands
from connectors.feeds.opening import open_feed
from connectors.feeds.reading import read_feed
from connectors.feeds.stated_columns import StatedColumns
from reconciliation.feed import (
    AsOfArrival,
    AsOfColumn,
    AsOfFileName,
    Compression,
    Dialect,
    Encoding,
    JsonForm,
    Negative,
    QuantityRule,
    SheetForm,
    TextForm,
    WarehouseColumn,
)
from reconciliation.quantities import SkuCase

from .fast_way_rig import BY_NAME, NAME, NOON, PLAIN, careful, fast


DATED = st.sampled_from(
    [
        AsOfArrival(lag_s=60.0),
        AsOfColumn(name="at"),
        AsOfColumn(name="at", zone=ZoneInfo("Europe/Berlin")),
        BY_NAME,
    ]
)
FORMS = st.builds(
    TextForm,
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quote=st.sampled_from(['"', "'"]),
    encoding=st.sampled_from([Encoding.UTF_8, Encoding.UTF_16, Encoding.WINDOWS_1252]),
    line_letters_max=st.sampled_from([40, 10_000, 10_000, 10_000]),
)
MARKED = QuantityRule(
    thousands_mark=",",
    decimal_mark=".",
    words=(("x", 5), ("", 0)),
    negative=Negative.ZERO,
)
SITES = WarehouseColumn(column="bin", codes=("A 1",), others=("A1",))


# How columns may be told, other than each by its name.
TOLD: list[dict[str, Any]] = [
    {"sku_column": ("sku", "item")},
    {"sku_column": ("code", "sku"), "quantity_column": ("qty", "stock", "bin")},
    {"quantity_column": ("units", "qty")},
    {"quantity_column": 2},
    {"sku_column": 1, "quantity_column": 2},
]

# What the fast way does not know, each for itself.
FEATURES: list[dict[str, Any]] = [
    {"skip_lines": 1},
    {"header_lines": 2},
    {"header_lines": 0, "sku_column": 1, "quantity_column": 2, "as_of": AsOfColumn(name=3)},
    {"quantity": MARKED},
    {"warehouse": SITES},
]


def dialects(form: TextForm) -> st.SearchStrategy[Dialect]:
    """Return dialects of a form, most of them without what the fast way does not know."""
    plain = st.builds(
        Dialect,
        sku_column=st.just("sku"),
        quantity_column=st.just("qty"),
        as_of=DATED,
        form=st.just(form),
        sku_case=st.sampled_from(list(SkuCase)),
        rows_max=st.sampled_from([6, 1_000, 1_000, 1_000]),
    )
    features = st.sampled_from([{}, {}, {}, {}, {}, {}, {}, *TOLD, *FEATURES])
    return st.builds(lambda dialect, more: replace(dialect, **more), plain, features)


def codecs_of(form: TextForm) -> st.SearchStrategy[str]:
    """Return how letters become bytes: in UTF-16 sometimes without its mark."""
    bare = ["utf-16-le"] if form.encoding is Encoding.UTF_16 else []
    return st.sampled_from([form.encoding.value, form.encoding.value, *bare])


SKUS = st.sampled_from(
    [
        *(
            "TEE",
            "tee",
            "MUG",
            "MUG 2",
            " CAP ",
            "\u00e9tui",
            "e\u0301tui",
            "stra\u00dfe",
            "STRASSE",
        ),
        *("\u4e2d\u6587", "\uac00\u11a8", "\uac01", "\u304b\u3099", "\u304c", "\u212b", "\u00c5"),
        *(
            "",
            " ",
            "T\u200bEE",
            "\ufffd",
            "\ufeffTEE",
            "T\x85",
            "T\x00",
            "\u2028",
            "=1+1",
            "\U0001f600",
        ),
        *(
            "X" * 255,
            "X" * 256,
            '"',
            "a'b",
            'a"b',
            "A,B",
            "A;B",
            "A\tB",
            "\u00a0TEE",
            "\u00b5",
            "\u03bc",
        ),
    ]
)
UNITS = st.sampled_from(
    [
        *("0", "7", "007", "10", " 5 ", "5\t", "9999999", "99999999", "9" * 40),
        *(
            "-1",
            "+5",
            "1_000",
            "1e3",
            "NaN",
            "12.0",
            "1,000",
            "\uff11",
            "\u0665",
            "",
            " ",
            "x",
            "\u00a05",
        ),
    ]
)
MOMENTS = st.sampled_from(
    [
        *("2026-11-24T10:00:00Z", "2026-11-24 10:00:00Z", "2026-11-24T10:00:00+01:00"),
        *("2026-11-24T10:00:00", "2026-11-24T10:00Z", "2026-11-24T10:00:00.25Z", ""),
        *("2026-10-25T02:30:00", "2027-01-01T00:00:00Z", "2026-02-30T10:00:00Z"),
        *("2026-11-24T24:00:00Z", "0000-11-24T10:00:00Z", "2026-11-24T10:00:60Z", "today"),
    ]
)
JOINTS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r\n", "\r", "\r\r\n", "\n\n", "\n \t\n"])


@st.composite
def dirty_files(draw: st.DrawFn, form: TextForm) -> str:
    """Return a file that is mostly right, with any of the things that are wrong with files."""
    columns = draw(st.permutations(["sku", "qty", "at", "bin"]))
    parts = [draw(st.sampled_from(["", "", "", "\n", "\ufeff", "\ufeff\ufeff"]))]
    parts += [form.delimiter.join(columns), draw(JOINTS)]
    quoting = draw(st.sampled_from(["never", "always", "any"]))
    for _ in range(draw(st.integers(0, 10))):
        parts += [_line(draw, form, columns, quoting), draw(JOINTS)]
    return "".join(parts[: draw(st.sampled_from([len(parts), len(parts) - 1]))])


def _line(draw: st.DrawFn, form: TextForm, columns: list[str], quoting: str) -> str:
    plain = draw(st.sampled_from([True, True, False]))
    said = {
        "sku": draw(st.sampled_from(["TEE", "MUG", "CAP", "HAT"]) if plain else SKUS),
        "qty": draw(st.sampled_from(["0", "7", "8"]) if plain else UNITS),
        "at": "2026-11-24T10:00:00Z" if plain else draw(MOMENTS),
        "bin": "A 1" if plain else draw(st.sampled_from(["A1", "", "\x07", "\u00e9"])),
    }
    cells = [said[name] for name in columns]
    quote = form.quote
    if quoting == "always" or (quoting == "any" and not plain):
        cells = [_quoted(draw, cell, quote) for cell in cells]
    ragged = ["", "", ""] if plain else ["", "", form.delimiter, quote, f"{form.delimiter}x"]
    return form.delimiter.join(cells) + draw(st.sampled_from(ragged))


def _quoted(draw: st.DrawFn, cell: str, quote: str) -> str:
    told = cell.replace(quote, quote * 2)
    return quote + (cell if draw(st.integers(0, 9)) == 0 else told) + quote


@settings(max_examples=1_500, deadline=None)
@given(data=st.data(), form=FORMS)
def test_both_ways_say_the_same_of_every_file(data: st.DataObject, form: TextForm) -> None:
    """Rows, faults, merged rows and moments, whatever is wrong with a file."""
    dialect = data.draw(dialects(form))
    content = data.draw(dirty_files(form)).encode(data.draw(codecs_of(form)), "replace")

    said = fast(content, dialect)

    assert said is None or said == careful(content, dialect)


PIECES = st.sampled_from(
    [
        *("sku,qty\n", "sku,qty", "TEE,5\n", "TEE,5\r\n", "MUG,x\n", '"CAP","6"\n', "\r", "\n"),
        *("TEE", ",", '"', "7", " ", "\t", "\ufeff", "\0", "\x1c", "\u2028", '"a,b","1"\n'),
    ]
)


@settings(max_examples=500, deadline=None)
@given(pieces=st.lists(PIECES, max_size=20))
@example(pieces=["sku,qty\n", 'A",","B\n', '",","1"\n'])
@example(pieces=["sku,qty\n", '"","",""\n', '"","1"\n'])
def test_both_ways_say_the_same_of_any_pieces(pieces: list[str]) -> None:
    """The same of texts that are hardly files."""
    content = "".join(pieces).encode()

    said = fast(content, PLAIN)

    assert said is None or said == careful(content, PLAIN)


# One line for each of ten causes, among enough that are plain.
TEN_KINDS = (
    "A",
    "A,5,6",
    ",5",
    "\ufffd,5",
    "B,",
    "C,-3",
    "D,2.5",
    "E,123456789",
    "F,\uff15",
    '"G"x,5',
    "H\x07,5",
)


@pytest.mark.parametrize("line", ["{sku},{units}", '"{sku}","{units}"'])
def test_a_large_file_is_not_left_to_the_careful_way(line: str) -> None:
    """The fast way names all kinds of bad rows itself, and rows that repeat and contradict."""
    good = [line.format(sku=f"SKU-{n}", units=n) for n in range(50)]
    lines = [
        "sku,qty",
        *good[:25],
        *TEN_KINDS,
        *good[25:],
        good[3],
        line.format(sku="SKU-4", units=9),
    ]
    content = "\r\n".join(lines).encode()

    said = fast(content, PLAIN)

    assert said is not None
    assert said == careful(content, PLAIN)
    assert isinstance(said.rows, StatedColumns)


@pytest.mark.parametrize("source", [AsOfArrival(), AsOfColumn(name="at"), BY_NAME])
def test_a_plain_file_is_read_fast_however_it_is_dated(
    source: AsOfArrival | AsOfColumn | AsOfFileName,
) -> None:
    """By its arrival, a column or its name."""
    dialect = Dialect(sku_column="sku", quantity_column="qty", as_of=source)
    content = b"sku,qty,at\nTEE,5,2026-11-24T10:00:00Z\nMUG,6,2026-11-24T10:00:00.5+01:00\n"

    assert fast(content, dialect) == careful(content, dialect)


@pytest.mark.parametrize("told", TOLD)
def test_a_plain_file_is_read_fast_however_its_columns_are_told(told: dict[str, Any]) -> None:
    """By one of several names or by position: the header has told which they are."""
    content = b"sku,qty\nTEE,5\nMUG,x\n"
    dialect = replace(PLAIN, **told)

    assert fast(content, dialect) == careful(content, dialect)


@pytest.mark.parametrize("header", ["sku,item,qty", "code,qty,at", "1,2,3"])
def test_a_header_that_leaves_columns_open_is_left_to_the_careful_way(header: str) -> None:
    """It names the fault, and what is to be done about it."""
    dialect = replace(PLAIN, sku_column=("sku", "item"))

    assert fast(f"{header}\nTEE,5,6\n".encode(), dialect) is None


@pytest.mark.parametrize(("rows", "kept_as"), [(10, tuple), (30_000, StatedColumns)])
def test_only_a_large_file_takes_the_fast_way(rows: int, kept_as: type) -> None:
    """Whoever reads feeds goes by one door, which chooses."""
    content = "\n".join(["sku,qty", *(f"SKU-{n},{n}" for n in range(rows))]).encode()

    read = read_feed(content, PLAIN, file_name=NAME, arrived_at=NOON)

    assert type(read.rows) is kept_as


def test_a_file_of_which_most_needs_care_is_left_to_the_careful_way() -> None:
    """To read few lines fast gains nothing."""
    content = "\n".join(["sku,qty", *(f'"SKU-{n}",1' for n in range(2_000))]).encode()

    assert (understands(PLAIN), fast(content, PLAIN)) == (True, None)


@pytest.mark.parametrize(
    "feature",
    [
        *FEATURES,
        {"form": SheetForm()},
        {"form": JsonForm()},
        {"compression": Compression.GZIP},
    ],
)
def test_a_dialect_of_more_than_plain_lines_is_left_to_the_careful_way(
    feature: dict[str, Any],
) -> None:
    """What the fast way does not know, it does not read."""
    assert not understands(replace(PLAIN, **feature))


def test_a_packed_file_is_read_fast_once_it_is_unpacked() -> None:
    """It says what it says unpacked, under the hash of the file as it came."""
    inside = "\n".join(["sku,qty", *(f"SKU-{n},{n}" for n in range(30_000))]).encode()
    packed = replace(PLAIN, compression=Compression.GZIP)

    read = open_feed(compress(inside), packed, file_name=NAME, arrived_at=NOON)
    plain = open_feed(inside, PLAIN, file_name=NAME, arrived_at=NOON)

    assert (type(read.rows), read.rows, read.content_sha256) == (
        StatedColumns,
        plain.rows,
        plain.sha256,
    )
