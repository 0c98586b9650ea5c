"""One file may count several warehouses, and each of them has a feed that reads its own rows."""

import pytest

from reconciliation.feed import (
    Dialect,
    ParsedFeed,
    QuantityRule,
    RowCause,
    WarehouseColumn,
    parse,
)
from reconciliation.quantities import Instant


NOON = Instant(1_795_521_600.0)  # 2026-11-24T12:00:00Z
SITES = WarehouseColumn(column="site", codes=("E1", "E2"), others=("W1",))
EAST = Dialect(sku_column="sku", quantity_column="qty", warehouse=SITES)


def read(content: str, dialect: Dialect = EAST) -> ParsedFeed:
    """Parse a file that arrived at noon."""
    return parse(content.encode(), dialect, file_name="stock.csv", arrived_at=NOON)


def units(parsed: ParsedFeed) -> dict[str, int]:
    """The accepted quantities."""
    return {row.sku: row.units for row in parsed.rows}


def test_rows_of_other_warehouses_are_counted_and_not_read() -> None:
    """What is wrong with them is not this feed's to mend."""
    parsed = read("sku,site,qty\nTEE,E1,5\nTEE,W1,9\n,W1,none\nMUG, E2 ,6\n")

    assert (units(parsed), parsed.faults, parsed.data_rows) == ({"TEE": 5, "MUG": 6}, (), 2)


def test_codes_that_nobody_declared_are_reported() -> None:
    """A new warehouse, or one of ours misspelt: a person should see it."""
    parsed = read("sku,site,qty\nTEE,W1,9\nMUG,W1,9\nCAP,e1,9\nTEE,E1,5\n")

    assert [(each.code, each.rows, each.known) for each in parsed.elsewhere] == [
        ("W1", 2, True),
        ("e1", 1, False),
    ]


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("", RowCause.WAREHOUSE_BLANK),
        ("  ", RowCause.WAREHOUSE_BLANK),
        ("E\ufffd", RowCause.WAREHOUSE_UNREADABLE),
    ],
)
def test_a_row_of_no_warehouse_is_a_fault(code: str, cause: RowCause) -> None:
    """Nobody knows whose it is, so it might be ours."""
    faults = read(f"sku,site,qty\nTEE,{code},5\n").faults

    assert [(fault.column, fault.cause, fault.sku) for fault in faults] == [("site", cause, "TEE")]


def test_two_codes_of_a_warehouse_are_parts_of_a_sum() -> None:
    """The same SKU in both halls is stated twice, with nobody to add."""
    parsed = read("sku,site,qty\nTEE,E1,5\nTEE,E2,5\n")

    assert [fault.cause for fault in parsed.faults] == [RowCause.SKU_REPEATED] * 2


def test_each_warehouse_may_have_a_column_of_its_own() -> None:
    """Then the feeds differ in the column of units, and an empty cell may be declared as none."""
    content = "sku,east,west\nTEE,5,9\nMUG,,7\n"
    empty_is_none = QuantityRule(words=(("", 0),))
    east, west = (
        Dialect(sku_column="sku", quantity_column=name, quantity=empty_is_none)
        for name in ("east", "west")
    )

    assert [units(read(content, each)) for each in (east, west)] == [
        {"TEE": 5, "MUG": 0},
        {"TEE": 9, "MUG": 7},
    ]


def test_every_row_is_read_by_the_feed_of_its_warehouse_alone() -> None:
    """Two feeds on one file together read each row once."""
    content = "sku,site,qty\nTEE,E1,5\nTEE,W1,9\nMUG,W1,x\n"
    west = Dialect(
        sku_column="sku",
        quantity_column="qty",
        warehouse=WarehouseColumn(column="site", codes=("W1",), others=("E1", "E2")),
    )

    assert [read(content, each).data_rows for each in (EAST, west)] == [1, 2]


@pytest.mark.parametrize(
    "wrong",
    [{"codes": ()}, {"codes": ("",)}, {"codes": ("E1 ",)}, {"codes": ("E1",), "others": ("E1",)}],
)
def test_a_warehouse_column_that_tells_nothing_is_never_made(
    wrong: dict[str, tuple[str, ...]],
) -> None:
    """A code belongs to one warehouse."""
    with pytest.raises(ValueError, match="warehouse"):
        WarehouseColumn(column="site", **wrong)
