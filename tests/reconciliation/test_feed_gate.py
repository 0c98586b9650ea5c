"""Which whole files count, which wait for a person, and which are refused."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pytest

from reconciliation.feed import (
    AsOfArrival,
    AsOfColumn,
    AsOfFileName,
    AsOfSource,
    Dialect,
    ParsedFeed,
    parse,
)
from reconciliation.feed_gate import (
    Earlier,
    Fate,
    GateLimits,
    HeaderRule,
    LastFeed,
    Objection,
    Ruling,
    Verdict,
    judge,
    last_feed,
)
from reconciliation.quantities import Instant, Sku


NOON = Instant(1_795_521_600.0)  # 2026-11-24T12:00:00Z
HOUR_S = 3_600.0
BY_NAME = AsOfFileName(pattern="(?P<as_of>[0-9]{12})", time_format="%Y%m%d%H%M")


def feed(
    stock: Mapping[str, object] | Iterable[tuple[str, object]],
    *,
    arrived_at: float = NOON,
    dated_by: AsOfSource | None = None,
    name: str = "stock.csv",
) -> ParsedFeed:
    """Parse a file of SKUs and what it says of them."""
    lines = stock.items() if isinstance(stock, Mapping) else stock
    content = "sku,qty,at\n" + "".join(
        f"{sku},{said if ',' in str(said) else f'{said},'}\n" for sku, said in lines
    )
    dialect = Dialect(sku_column="sku", quantity_column="qty", as_of=dated_by or AsOfArrival())
    return parse(content.encode(), dialect, file_name=name, arrived_at=Instant(arrived_at))


def skus(count: int, units: int = 5) -> dict[str, object]:
    """Return that many SKUs, each with so many units."""
    return {f"SKU-{number:03}": units for number in range(count)}


def verdict(
    parsed: ParsedFeed,
    last: ParsedFeed | LastFeed | None = None,
    limits: GateLimits | None = None,
    earlier: Earlier | None = None,
) -> Verdict:
    """Judge a file an hour after the last one was accepted."""
    return judge(
        parsed,
        last_feed(last) if isinstance(last, ParsedFeed) else last,
        limits or GateLimits(),
        arrived_at=Instant(NOON + HOUR_S),
        earlier=earlier,
    )


def came_before(parsed: ParsedFeed, fate: Fate = Fate.TAKEN) -> Earlier:
    """Return what is known of a file's content that came before, as delivery 7."""
    return Earlier(fate=fate, delivery_id=7, as_of=parsed.as_of)


def objections(judged: Verdict) -> list[Objection]:
    """Return what speaks against a file."""
    return [reason.objection for reason in judged.reasons]


def later_feed(stock: Mapping[str, object], hours: float = 1.0) -> ParsedFeed:
    """Parse a file that arrived some hours after noon."""
    return feed(stock, arrived_at=NOON + hours * HOUR_S)


def test_a_first_file_is_accepted() -> None:
    """With nothing to compare it to, a clean file counts."""
    judged = verdict(feed(skus(3)))

    assert judged.ruling is Ruling.ACCEPT
    assert judged.reasons == ()
    assert judged.figures.accepted_rows == 3
    assert judged.figures.age_s == HOUR_S


def test_a_file_with_ordinary_changes_is_accepted() -> None:
    """Sales, restocks and a few new SKUs are a usual day."""
    judged = verdict(later_feed({**skus(20, 3), "NEW": 9}), feed(skus(20)))

    assert judged.ruling is Ruling.ACCEPT
    assert judged.figures.last_rows == 20
    assert judged.figures.lost_rows == 0


@pytest.mark.parametrize("stock", [{}, {"TEE": "x"}])
def test_a_file_without_accepted_rows_is_refused(stock: dict[str, object]) -> None:
    """Nothing in it could ever count, so nobody is asked."""
    judged = verdict(feed(stock), feed(skus(3)))

    assert judged.ruling is Ruling.REFUSE
    assert Objection.NO_ROWS in objections(judged)


def test_the_same_content_again_is_refused_without_harm() -> None:
    """A file that only arrives again keeps its first as-of (counterexample 11)."""
    judged = verdict(later_feed(skus(3)), feed(skus(3)))

    assert judged.ruling is Ruling.REFUSE
    assert objections(judged) == [Objection.ALREADY_TAKEN]
    assert judged.harmless


def test_an_old_file_sent_again_after_a_newer_one_is_known() -> None:
    """The store remembers every content that was taken, not only the last."""
    old, new = feed({"TEE": 10}), later_feed({"TEE": 6})
    again = later_feed({"TEE": 10}, hours=2.0)

    assert objections(verdict(again, new)) == []  # dated by arrival alone it would pass
    assert objections(verdict(again, new, earlier=came_before(old))) == [Objection.ALREADY_TAKEN]


def test_the_same_content_under_a_later_name_is_a_new_statement() -> None:
    """Stock that did not move is stated anew by a name that says so."""
    first = feed(skus(3), dated_by=BY_NAME, name="202611241000.csv")
    again = feed(skus(3), dated_by=BY_NAME, name="202611241000.csv")
    fresh = feed(skus(3), dated_by=BY_NAME, name="202611241100.csv")

    assert objections(verdict(again, first)) == [Objection.ALREADY_TAKEN]
    assert verdict(fresh, first).ruling is Ruling.ACCEPT
    assert verdict(fresh, first, earlier=came_before(first)).ruling is Ruling.ACCEPT
    assert objections(verdict(fresh, fresh, earlier=came_before(first))) == [
        Objection.ALREADY_TAKEN
    ]


@pytest.mark.parametrize(
    ("fate", "objection", "ruling", "harmless"),
    [
        (Fate.TAKEN, Objection.ALREADY_TAKEN, Ruling.REFUSE, True),
        (Fate.WAITS, Objection.ALREADY_WAITS, Ruling.REFUSE, True),
        (Fate.REFUSED, Objection.REFUSED_BEFORE, Ruling.REFUSE, False),
        (Fate.TAKEN_BACK, Objection.TAKEN_BACK, Ruling.QUARANTINE, False),
    ],
)
def test_what_came_before_never_counts_by_itself(
    fate: Fate, objection: Objection, ruling: Ruling, *, harmless: bool
) -> None:
    """A person's word on a content stands, and what waits is asked for once."""
    before, again = feed({"TEE": 10}), later_feed({"TEE": 10}, hours=2.0)

    judged = verdict(again, feed({"TEE": 6}), earlier=came_before(before, fate))

    assert (objections(judged), judged.ruling) == ([objection], ruling)
    assert judged.harmless is harmless


@pytest.mark.parametrize(
    ("fate", "expected"),
    [
        (Fate.WAITS, []),
        (Fate.REFUSED, []),
        (Fate.TAKEN_BACK, [Objection.TAKEN_BACK]),
    ],
)
def test_a_later_name_states_anew_but_not_what_was_taken_back(
    fate: Fate, expected: list[Objection]
) -> None:
    """Stale figures under a fresh name are what a person took back: one looks again."""
    before = feed(skus(3), dated_by=BY_NAME, name="202611241000.csv")
    fresh = feed(skus(3), dated_by=BY_NAME, name="202611241100.csv")

    assert objections(verdict(fresh, earlier=came_before(before, fate))) == expected


def test_an_older_file_is_refused() -> None:
    """A file from before the last accepted one undoes what is known since."""
    judged = verdict(feed({"TEE": 10}), later_feed({"TEE": 6}))

    assert judged.ruling is Ruling.REFUSE
    assert objections(judged) == [Objection.AS_OF_OLDER]
    assert not judged.harmless


def test_another_file_of_the_same_moment_is_accepted() -> None:
    """A correction may be made of the same moment; only what is older goes back in time."""
    assert verdict(feed({"TEE": 6}), feed({"TEE": 10})).ruling is Ruling.ACCEPT


def dated(**moments: str) -> ParsedFeed:
    """Parse a file with a moment of 24 November for each SKU."""
    return feed(
        {sku: f"5,2026-11-24T{moment}:00Z" for sku, moment in moments.items()},
        dated_by=AsOfColumn(name="at"),
    )


def test_a_row_that_goes_back_in_time_needs_a_person() -> None:
    """The file is newer, one of its rows is not: one of the two stamps is wrong."""
    judged = verdict(dated(TEE="11:00", MUG="08:00"), dated(TEE="10:00", MUG="09:00"))

    assert judged.ruling is Ruling.QUARANTINE
    assert objections(judged) == [Objection.ROWS_OLDER]
    assert "MUG" in judged.reasons[0].cause


def test_an_item_long_untouched_does_not_date_the_file() -> None:
    """A SKU that comes back with an old stamp would otherwise refuse every file for ever."""
    assert verdict(dated(TEE="11:00", MUG="03:00"), dated(TEE="10:00")).ruling is Ruling.ACCEPT


@pytest.mark.parametrize(
    ("rows", "bad", "held"),
    [
        (10, 1, False),  # a share alone would throw it away
        (10, 4, False),
        (10, 5, True),
        (499, 5, True),
        (500, 5, False),  # one in a hundred exactly
        (2_000, 20, False),
        (2_000, 21, True),
    ],
)
def test_too_many_bad_rows_hold_a_file(rows: int, bad: int, *, held: bool) -> None:
    """More than one in a hundred, and at least five."""
    stock = skus(rows) | dict.fromkeys(list(skus(rows))[:bad], "x")

    judged = verdict(feed(stock))

    assert objections(judged) == ([Objection.TOO_MANY_BAD_ROWS] if held else [])
    assert judged.figures.bad_rows == bad


@pytest.mark.parametrize(("kept", "held"), [(20, False), (14, False), (13, True), (1, True)])
def test_losing_rows_holds_a_file(kept: int, *, held: bool) -> None:
    """Below seven in ten of the last file's SKUs it is half an export."""
    judged = verdict(later_feed(skus(kept, 4)), feed(skus(20)))

    assert objections(judged) == ([Objection.ROWS_LOST] if held else [])
    assert judged.figures.lost_rows == 20 - kept


def test_other_skus_do_not_make_up_for_lost_ones() -> None:
    """As many rows, all of other SKUs: the wrong column was exported."""
    judged = verdict(later_feed({f"EAN-{number}": 5 for number in range(20)}), feed(skus(20)))

    assert objections(judged) == [Objection.ROWS_LOST]
    assert "SKU-000" in judged.reasons[0].cause
    assert "and 15 more" in judged.reasons[0].cause


@pytest.mark.parametrize(
    ("had_units", "zeroed", "held"),
    [(10, 2, False), (10, 3, True), (9, 9, False), (100, 20, False), (100, 21, True)],
)
def test_a_share_going_to_zero_holds_a_file(had_units: int, zeroed: int, *, held: bool) -> None:
    """More than one in five of at least ten SKUs that had units."""
    empty = {f"OUT-{number}": 0 for number in range(5)}
    stock = skus(had_units) | dict.fromkeys(list(skus(had_units))[:zeroed], 0)

    judged = verdict(later_feed(stock | empty), feed(skus(had_units) | empty))

    assert objections(judged) == ([Objection.ROWS_TO_ZERO] if held else [])
    assert judged.figures.zeroed_rows == zeroed
    assert judged.figures.zeroed_of_rows == had_units


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

    assert judged.notes == ("1 rows repeat others cell by cell, and count once",)


def test_all_that_speaks_against_a_file_is_named() -> None:
    """Each reason has its cause and remedy, and the worst of them rules."""
    bad = [(f"BAD-{number}", "x") for number in range(6)]
    half = feed([*skus(12, 0).items(), *bad], arrived_at=NOON - HOUR_S)

    judged = verdict(half, feed(skus(20)))

    assert set(objections(judged)) == {
        Objection.TOO_MANY_BAD_ROWS,
        Objection.AS_OF_OLDER,
        Objection.ROWS_LOST,
        Objection.ROWS_TO_ZERO,
    }
    assert judged.ruling is Ruling.REFUSE
    assert all(reason.cause and reason.remedy for reason in judged.reasons)


def test_limits_are_the_operators() -> None:
    """What holds a file is declared, not built in."""
    lax = GateLimits(bad_share_max=1.0, kept_share_min=0.0, zeroed_share_max=1.0)
    stock = dict(list(skus(12, 0).items())[:2]) | {f"BAD-{number}": "x" for number in range(6)}

    assert verdict(later_feed(stock), feed(skus(20)), lax).ruling is Ruling.ACCEPT


@pytest.mark.parametrize(
    "wrong",
    [
        {"bad_share_max": -0.1},
        {"kept_share_min": 70},
        {"zeroed_share_max": float("nan")},
        {"bad_rows_min": 0},
        {"zeroed_of_rows_min": 0},
        {"moved_share_max": 30},
        {"units_moved_share_max": -1.0},
        {"units_moved_share_max": float("inf")},
        {"moved_of_rows_min": 0},
    ],
)
def test_limits_that_are_no_shares_are_never_made(wrong: dict[str, float]) -> None:
    """A percent where a share belongs would let everything pass."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        GateLimits(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_a_last_feed_dates_what_it_counts() -> None:
    """Units without a moment cannot be compared."""
    with pytest.raises(ValueError, match="as-of"):
        LastFeed(sha256="", units={Sku("TEE"): 1}, as_of={})


def test_a_verdict_of_an_empty_file_has_no_age() -> None:
    """What has no rows has no moment."""
    assert verdict(feed({})).figures.age_s is None


def test_noon_is_noon() -> None:
    """The moment that these tests count from is the one they write in files."""
    assert datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp() == NOON
