"""Which whole files count, which wait for a person, and which are refused."""

from datetime import UTC, datetime

import pytest

from reconciliation.feed import AsOfColumn, ParsedFeed
from reconciliation.feed_gate import Fate, GateLimits, LastFeed, Objection, Ruling
from reconciliation.quantities import Sku

from .judged_feeds import (
    BY_NAME,
    HOUR_S,
    NOON,
    came_before,
    feed,
    later_feed,
    objections,
    skus,
    verdict,
)


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
