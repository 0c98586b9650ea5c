"""What pools learn that repeat their figure: the same as from each interval, one by one."""

from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.decline import (
    DeclineHistory,
    DeclineTotals,
    Interval,
    Sight,
    learn,
    totals_of,
)
from reconciliation.decline_followed import FollowedSums, QuietTimes, followed
from reconciliation.decline_seen import unexplained_interval


HOURS = st.lists(st.floats(min_value=0.1, max_value=300.0), max_size=6)
UNITS = st.integers(min_value=-3, max_value=9)
SHARED = ("pools", "looks", "watched_hours", "restocks", "intervals", "declines", "hours", "units")


def history(units: int) -> DeclineHistory:
    """Return what is known of a pool of which so many units went in a day, and two in another."""
    learned = DeclineHistory()
    for gone in (units, 2):
        day = Interval(sight=Sight.SEEN, hours=24.0, expected_units=50, units=gone)
        learned = learn(learned, day)
    return learned


def one_by_one(before: DeclineHistory, units: int, hours: list[float]) -> DeclineHistory:
    """Return what is known after quiet intervals, each learned from."""
    for each in hours:
        before = learn(before, unexplained_interval(units, units, each))
    return before


def sums_of(before: DeclineHistory, units: int) -> FollowedSums:
    """Return the sums over one pool."""
    totals, told = totals_of(before), float(units != 0)
    shared = {name: getattr(totals, name) for name in SHARED}
    return FollowedSums(
        followers=1.0,
        stocked=told,
        stocked_units=max(units, 0),
        stocked_hours=told * before.hours,
        **shared,
        expected_units=before.expected_units,
        units_squared=before.units_squared,
        pool_units_squared=totals.pool_units_squared,
        pool_hours_squared=totals.pool_hours_squared,
    )


@given(gone=st.integers(min_value=0, max_value=5), units=UNITS, hours=HOURS)
def test_following_teaches_what_each_interval_would(
    gone: int, units: int, hours: list[float]
) -> None:
    """Of goods, of an empty shelf, and of a shortage."""
    since = QuietTimes()
    for each in hours:
        since = since.after(each)

    told = astuple(followed(history(gone), units, since))
    assert told == pytest.approx(astuple(one_by_one(history(gone), units, hours)))


@given(units=st.lists(UNITS, min_size=1, max_size=4), hours=HOURS)
def test_sums_move_on_as_their_pools_do(units: list[int], hours: list[float]) -> None:
    """All but the spread, which is summed up anew."""
    sums, totals = FollowedSums(), DeclineTotals()
    for gone, held in enumerate(units):
        sums += sums_of(history(gone), held)
        totals += totals_of(one_by_one(history(gone), held, hours))
    for each in hours:
        sums = sums.after(each)

    names = (
        *SHARED,
        "expected_units",
        "units_squared",
        "pool_units_squared",
        "pool_hours_squared",
    )
    assert [getattr(sums, n) for n in names] == pytest.approx([getattr(totals, n) for n in names])


def test_pools_that_leave_are_taken_off() -> None:
    """And what rounding leaves below nothing is nothing."""
    both = sums_of(history(1), 4) + sums_of(history(3), 0)

    left = astuple(both - sums_of(history(3), 0))
    assert left == pytest.approx(astuple(sums_of(history(1), 4)))


def test_of_no_pool_left_nothing_is_known() -> None:
    """However its sums were rounded on the way."""
    assert sums_of(history(1), 4) - sums_of(history(1), 4) == FollowedSums()
