"""Which moves of units, columns and clocks hold a file."""

import pytest

from reconciliation.feed import AsOfColumn, Dialect, ParsedFeed, parse
from reconciliation.feed_gate import GateLimits, HeaderRule, LastFeed, Objection, Ruling
from reconciliation.quantities import Instant, Sku

from .judged_feeds import HOUR_S, NOON, feed, later_feed, objections, skus, verdict


def changed(count: int, moved: int, units: int = 6) -> dict[str, object]:
    """Return that many SKUs of which so many have other units than `skus` says."""
    return skus(count) | dict.fromkeys(list(skus(count))[:moved], units)


@pytest.mark.parametrize(
    ("compared", "moved", "held"),
    [(50, 25, False), (50, 26, True), (49, 49, False), (200, 100, False), (200, 101, True)],
)
def test_a_share_of_moved_skus_holds_a_file(compared: int, moved: int, *, held: bool) -> None:
    """More than half of at least fifty: it may be another column than the units."""
    judged = verdict(later_feed(changed(compared, moved)), feed(skus(compared)))

    assert objections(judged) == ([Objection.ROWS_MOVED] if held else [])
    assert (judged.figures.moved_rows, judged.figures.compared_rows) == (moved, compared)


@pytest.mark.parametrize(
    ("units", "held"), [(5 + 5 * 50, False), (5 + 5 * 50 + 1, True), (9_999, True)]
)
def test_units_that_come_or_go_hold_a_file(units: int, *, held: bool) -> None:
    """More than there were in all, of at least fifty SKUs; one SKU may be enough."""
    judged = verdict(later_feed(changed(50, 1, units)), feed(skus(50)))

    assert objections(judged) == ([Objection.UNITS_MOVED] if held else [])
    assert (judged.figures.moved_units, judged.figures.before_units) == (units - 5, 250)


def test_few_skus_may_move_as_they_like() -> None:
    """Below fifty a share says nothing: forty-nine may all be sold or all be restocked."""
    judged = verdict(later_feed(changed(49, 49, 5_000)), feed(skus(49)))

    assert judged.ruling is Ruling.ACCEPT


def test_the_largest_moves_come_first() -> None:
    """A person who decides sees where it parts most from the last file, with both numbers."""
    judged = verdict(
        later_feed({"TEE": 4, "MUG": 90, "CAP": 0}), feed({"TEE": 5, "MUG": 9, "CAP": 9})
    )

    assert [(each.sku, each.before_units, each.units) for each in judged.seen.largest] == [
        ("MUG", 9, 90),
        ("CAP", 9, 0),
        ("TEE", 5, 4),
    ]


HEADERS = {
    "sku,qty,bin": ["the column 'at' is gone", "the column 'bin' is new"],
    "sku,qty": ["the column 'at' is gone"],
    "qty,sku,at": ["the columns stand in another order"],
    "sku,qty,at": [],
}


def under(header: str) -> ParsedFeed:
    """Parse a file of one SKU under a header."""
    cells = {"sku": "TEE", "qty": "4"}
    row = ",".join(cells.get(name, "") for name in header.split(","))
    dialect = Dialect(sku_column="sku", quantity_column="qty")
    arrived_at = Instant(NOON + HOUR_S)
    return parse(f"{header}\n{row}\n".encode(), dialect, file_name="", arrived_at=arrived_at)


@pytest.mark.parametrize("header", HEADERS)
def test_columns_that_moved_are_told(header: str) -> None:
    """They are found by their names, so that a new place for them harms nothing."""
    judged = verdict(under(header), feed({"TEE": 5}))

    assert (judged.ruling, list(judged.notes)) == (Ruling.ACCEPT, HEADERS[header])


@pytest.mark.parametrize("header", HEADERS)
def test_columns_that_moved_hold_a_file_where_that_is_asked_for(header: str) -> None:
    """Where columns are found by their places a new order is another meaning."""
    judged = verdict(under(header), feed({"TEE": 5}), GateLimits(columns_moved=HeaderRule.HOLD))

    assert objections(judged) == ([Objection.COLUMNS_MOVED] if HEADERS[header] else [])
    assert judged.notes == ()


def test_a_last_file_of_unknown_columns_says_nothing_of_them() -> None:
    """What was taken before headers were kept is no other header."""
    last = LastFeed(sha256="", units={Sku("TEE"): 5}, as_of={Sku("TEE"): Instant(NOON)})

    assert verdict(under("qty,sku"), last).notes == ()


def ahead(rows: int, of_rows: int, others: str = "5,2026-11-24T11:00:00Z") -> ParsedFeed:
    """Parse a file in which so many rows speak of a moment that has not come yet."""
    stock = dict.fromkeys(skus(of_rows), others)
    late = dict.fromkeys(list(stock)[:rows], "5,2026-11-24T14:00:00Z")
    return feed(stock | late, dated_by=AsOfColumn(name="at"))


@pytest.mark.parametrize(
    ("rows", "of_rows", "expected"),
    [
        (1, 1, [Objection.AS_OF_IN_FUTURE]),  # nothing is left of it
        (1, 2, []),
        (4, 100, []),
        (5, 500, []),
        (5, 100, [Objection.AS_OF_IN_FUTURE, Objection.TOO_MANY_BAD_ROWS]),
    ],
)
def test_a_clock_that_is_ahead_refuses_a_file(
    rows: int, of_rows: int, expected: list[Objection]
) -> None:
    """It dates all its rows; a single odd row is refused alone."""
    judged = verdict(ahead(rows, of_rows))

    assert objections(judged) == expected
    assert judged.ruling is (Ruling.REFUSE if expected else Ruling.ACCEPT)


def test_other_faults_do_not_accuse_the_clock() -> None:
    """Where most bad rows are bad for another cause, a person looks."""
    judged = verdict(ahead(5, 100, others="x,2026-11-24T11:00:00Z"))
    mixed = feed(
        {
            **dict.fromkeys(list(skus(90)), "5,2026-11-24T11:00:00Z"),
            **{f"BAD-{number}": "x,2026-11-24T11:00:00Z" for number in range(6)},
            **{f"LATE-{number}": "5,2026-11-24T14:00:00Z" for number in range(5)},
        },
        dated_by=AsOfColumn(name="at"),
    )

    assert Objection.AS_OF_IN_FUTURE in objections(judged)  # no row is left
    assert objections(verdict(mixed)) == [Objection.TOO_MANY_BAD_ROWS]


def test_rows_that_repeat_are_told() -> None:
    """They count once; a partner who means a sum would want to know."""
    judged = verdict(feed([("TEE", 5), ("TEE", 5)]))

    assert judged.notes == ("1 row repeats others cell by cell, and count once",)
