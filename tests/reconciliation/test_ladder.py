"""The staleness ladder goes by the feed's own schedule, where it tells one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.guard import Staleness, staleness
from reconciliation.ladder import Ladder, ladder_of
from reconciliation.policy import GuardPolicy, PolicyFault

from ..support.boards import LAW


HOUR_S = 3_600.0
DAY_S = 86_400.0
QUARTER_S = 900.0
POLICY = GuardPolicy()


def test_a_feed_without_a_schedule_goes_by_ages_in_seconds() -> None:
    """Nobody knows how often it comes."""
    by_ages = Ladder(
        widen_s=POLICY.widen_after_s,
        freeze_s=POLICY.freeze_after_s,
        floor_s=POLICY.floor_after_s,
        zero_s=POLICY.zero_after_s,
    )

    assert ladder_of(POLICY, None) == by_ages


@pytest.mark.parametrize(
    ("age_h", "rung"),
    [
        (24.0, Staleness.FRESH),
        (30.0, Staleness.OVERDUE),
        (36.0, Staleness.FROZEN),
        (60.0, Staleness.FLOOR),
        (96.0, Staleness.ZERO),
    ],
)
def test_a_daily_feed_goes_down_by_days(age_h: float, rung: Staleness) -> None:
    """It is never stopped before it could have come again."""
    assert staleness(age_h * HOUR_S, POLICY, expected_every_s=DAY_S) is rung


@pytest.mark.parametrize(
    ("age_h", "rung"),
    [
        (1.0, Staleness.FRESH),
        (4.0, Staleness.OVERDUE),
        (5.0, Staleness.FROZEN),
        (8.0, Staleness.FLOOR),
        (12.0, Staleness.ZERO),
    ],
)
def test_a_feed_of_every_quarter_hour_goes_down_by_hours(age_h: float, rung: Staleness) -> None:
    """A few missed files are no news, half a day without any is."""
    assert staleness(age_h * HOUR_S, POLICY, expected_every_s=QUARTER_S) is rung


def test_a_feed_without_a_schedule_is_never_overdue() -> None:
    """What was never promised is not late."""
    assert staleness(3 * HOUR_S, POLICY) is Staleness.FRESH


def test_a_multiple_of_zero_leaves_the_step_to_seconds() -> None:
    """Who wants one age for all feeds can have it."""
    policy = GuardPolicy(zero_after_intervals=0.0, zero_after_s=200_000.0)

    assert ladder_of(policy, DAY_S).zero_s == 200_000.0


def test_a_ladder_by_schedule_that_goes_up_again_is_refused() -> None:
    """Nothing may be shown again as a feed grows older."""
    with pytest.raises(PolicyFault, match="freeze_after_intervals must not be above floor"):
        GuardPolicy(freeze_after_intervals=3.0)


@pytest.mark.parametrize("price", [0.5, float("inf"), float("nan")])
def test_a_price_below_a_sale_or_without_end_is_refused(price: float) -> None:
    """A cancelled order weighs at least the sale that it was."""
    with pytest.raises(PolicyFault, match="cancellation_price"):
        GuardPolicy(cancellation_price=price)


@LAW
@given(
    every_s=st.one_of(st.none(), st.floats(1, 1e6)),
    ages=st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)).map(sorted),
)
def test_an_older_feed_never_stands_higher(every_s: float | None, ages: list[float]) -> None:
    """The ladder only goes down with age, whatever the schedule."""
    younger, older = (staleness(age, POLICY, expected_every_s=every_s) for age in ages)

    assert younger <= older
