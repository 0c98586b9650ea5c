"""Where a file's columns are and where its rows begin; no row is lost to a heading."""

import pytest

from reconciliation.feed import (
    AsOfColumn,
    Dialect,
    FileCause,
    FileFault,
    ParsedFeed,
    RowCause,
    TextForm,
    parse,
)
from reconciliation.quantities import Instant


NOON = Instant(1_795_521_600.0)  # 2026-11-24T12:00:00Z


def dialect(**fields: object) -> Dialect:
    """A dialect with the columns sku and qty."""
    given: dict[str, object] = {"sku_column": "sku", "quantity_column": "qty", **fields}
    return Dialect(**given)  # type: ignore[arg-type]  # a test's own fields


def read(content: str, declared: Dialect) -> ParsedFeed:
    """Parse a file that arrived at noon."""
    return parse(content.encode(), declared, file_name="stock.csv", arrived_at=NOON)


def cause_of(content: str, declared: Dialect) -> FileCause:
    """Why a whole file is refused."""
    with pytest.raises(FileFault) as caught:
        read(content, declared)
    return caught.value.cause


def units(parsed: ParsedFeed) -> dict[str, int]:
    """The accepted quantities."""
    return {row.sku: row.units for row in parsed.rows}


ALIASES = dialect(sku_column=("sku", "item", "Artikel"))
PLACES = dialect(sku_column=2, quantity_column=1, header_lines=0)
PLACES_BELOW = dialect(sku_column=2, quantity_column=1)


# --- columns ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sku", "item", "Artikel"])
def test_a_column_may_have_one_of_several_names(name: str) -> None:
    """Whichever of them the header has."""
    assert units(read(f"qty,{name}\n5,TEE\n", ALIASES)) == {"TEE": 5}


def test_two_names_of_one_column_are_no_reason_to_choose() -> None:
    """Nobody knows which of the two columns is meant."""
    assert cause_of("sku,item,qty\nTEE,MUG,5\n", ALIASES) is FileCause.COLUMN_AMBIGUOUS


def test_a_name_is_looked_for_exactly() -> None:
    """In its own case, and whole."""
    assert cause_of("ITEM,qty\nTEE,5\n", ALIASES) is FileCause.COLUMN_MISSING


def test_a_column_may_be_told_by_its_position() -> None:
    """Counted from 1, under whatever header."""
    assert units(read("stock,code\n5,TEE\n", PLACES_BELOW)) == {"TEE": 5}


def test_a_file_may_have_no_header() -> None:
    """Then its first line is a row."""
    parsed = read("5,TEE\n6,MUG\n", PLACES)

    assert [(row.sku, row.units, row.row) for row in parsed.rows] == [("TEE", 5, 1), ("MUG", 6, 2)]


def test_without_a_header_a_fault_names_the_column_by_its_position() -> None:
    """As the partner counts them."""
    parsed = read("x,TEE\n6,MUG\n", PLACES)

    assert [(fault.column, fault.sku) for fault in parsed.faults] == [("column 1", "TEE")]


@pytest.mark.parametrize("bad", ["6", "6,MUG,red", '6,"MUG"x'])
def test_without_a_header_all_rows_have_the_columns_of_the_first(bad: str) -> None:
    """A delimiter inside a cell would move the others."""
    parsed = read(f"5,TEE\n{bad}\n", PLACES)

    assert ([fault.row for fault in parsed.faults], units(parsed)) == ([2], {"TEE": 5})


def test_without_a_header_an_unreadable_first_line_tells_no_number_of_columns() -> None:
    """The next one does."""
    parsed = read('5,"TEE"x,red\n6,MUG\n', PLACES)

    assert ([fault.cause for fault in parsed.faults], units(parsed)) == (
        [RowCause.MISQUOTED],
        {"MUG": 6},
    )


def test_a_position_beyond_the_header_is_refused() -> None:
    """The column is not there."""
    far = dialect(quantity_column=7)

    assert cause_of("sku,qty\nTEE,5\n", far) is FileCause.COLUMN_MISSING


def test_a_position_and_a_name_may_not_meet() -> None:
    """One column would be read as two things."""
    met = dialect(quantity_column=1)

    assert cause_of("sku,qty\nTEE,5\n", met) is FileCause.COLUMN_AMBIGUOUS


# --- lines above the rows --------------------------------------------------------------------


TWO_ABOVE = dialect(skip_lines=2, form=TextForm(delimiter="\t"))
PREAMBLE = '"Stock of today\tby us\n\n'


def test_a_preamble_is_passed_over_whatever_it_says() -> None:
    """Lines count as an editor counts them, blank ones too; rows keep their numbers."""
    parsed = read(f"{PREAMBLE}sku\tqty\nTEE\t5\n", TWO_ABOVE)

    assert [(row.sku, row.row) for row in parsed.rows] == [("TEE", 4)]


@pytest.mark.parametrize("above", ["", "Stock\n", f"{PREAMBLE}more\n"])
def test_a_preamble_of_another_length_is_no_header(above: str) -> None:
    """The header is where it was declared, or the file is refused."""
    assert cause_of(f"{above}sku\tqty\nTEE\t5\n", TWO_ABOVE) in {
        FileCause.HEADER_MISSING,
        FileCause.EMPTY,
    }


def test_a_header_may_have_several_lines() -> None:
    """The first of them names the columns; the others are passed over."""
    two = dialect(header_lines=2)

    assert units(read("sku,qty\ntext,pieces\nTEE,5\n", two)) == {"TEE": 5}


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        ("sku,qty\nTEE,5\nMUG,6\n", dialect(header_lines=2)),
        ("5,TEE\n6,MUG\n", PLACES_BELOW),
        ("5,TEE\n6,MUG\n", dialect(sku_column=2, quantity_column=1, skip_lines=1, header_lines=0)),
    ],
    ids=["second line of the header", "header", "preamble"],
)
def test_no_row_is_passed_over_as_a_heading(content: str, declared: Dialect) -> None:
    """An export that lost a line above its rows would lose its first row, without a trace."""
    assert cause_of(content, declared) is FileCause.ROW_AS_HEADING


@pytest.mark.parametrize("content", ["", "\n\n", "a\nb\n"])
def test_a_file_without_a_header_below_its_preamble_is_empty(content: str) -> None:
    """Nothing was stated."""
    assert cause_of(content, TWO_ABOVE) is FileCause.EMPTY


def test_a_heading_does_not_count_towards_the_rows() -> None:
    """At the limit a file is taken."""
    content = "stock\nsku,qty\ntext,pieces\nTEE,5\n"
    exact = dialect(skip_lines=1, header_lines=2, rows_max=1)

    assert units(read(content, exact)) == {"TEE": 5}
    assert cause_of(f"{content}MUG,6\n", exact) is FileCause.TOO_MANY_ROWS


@pytest.mark.parametrize(
    "wrong",
    [
        {"sku_column": ()},
        {"sku_column": ("sku", "")},
        {"sku_column": ("sku", "sku")},
        {"sku_column": ("sku", "qty")},
        {"sku_column": 0},
        {"sku_column": 1_001},
        {"sku_column": 1, "quantity_column": 1},
        {"header_lines": 0},
        {"header_lines": 0, "sku_column": 1},
        {"header_lines": -1},
        {"header_lines": 101},
        {"skip_lines": -1},
        {"skip_lines": 101},
        {"as_of": AsOfColumn(name=("at", "qty"))},
    ],
)
def test_a_dialect_whose_columns_cannot_be_found_is_never_made(wrong: dict[str, object]) -> None:
    """What could not be read by is refused at birth."""
    with pytest.raises(ValueError, match=r"\w"):
        dialect(**wrong)
