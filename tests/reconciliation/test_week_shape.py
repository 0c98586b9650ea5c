"""The hours of the week: recovered from orders, even without any, and summed right."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation.quantities import Instant, later
from reconciliation.week_shape import (
    EVEN_WEEK,
    HOUR_S,
    HOURS,
    WeekShape,
    hour_of_week,
    hour_weight_at,
    learned_week,
)


NOW = Instant(1_800_000_000.0)
MINUTE_S = 60.0
WEEK_S = HOURS * HOUR_S


def shop_hours() -> WeekShape:
    """A shop that sells by day, most in the evening, and twice as much at the weekend."""
    by_hour = [0.1] * 8 + [1.0] * 10 + [3.0] * 4 + [0.5] * 2
    weekday = [*by_hour * 5, *(2.0 * each for each in by_hour * 2)]
    mean = sum(weekday) / HOURS
    return WeekShape(factors=tuple(each / mean for each in weekday))


def orders_drawn(week: WeekShape, count: int, seed: int) -> list[float]:
    """So many orders, each in an hour drawn by the shape."""
    orders = [0.0] * HOURS
    for hour in random.Random(seed).choices(range(HOURS), week.factors, k=count):
        orders[hour] += 1.0
    return orders


def distance(one: WeekShape, other: WeekShape) -> float:
    """The part of all orders that two shapes put into other hours."""
    pairs = zip(one.factors, other.factors, strict=True)
    return sum(abs(a - b) for a, b in pairs) / HOURS / 2.0


def test_a_week_begins_on_monday_at_midnight() -> None:
    """The first hour is Monday's first, the last is Sunday's last."""
    monday = datetime(2026, 11, 23, tzinfo=UTC).timestamp()

    assert hour_of_week(Instant(monday)) == 0
    assert hour_of_week(Instant(monday - 1.0)) == HOURS - 1


def test_without_orders_every_hour_is_alike() -> None:
    """Nothing is known, so nothing is claimed."""
    assert distance(learned_week([0.0] * HOURS), EVEN_WEEK) < 1e-9


@given(st.integers(0, 1_000))
@settings(max_examples=25)
def test_the_shape_of_a_shop_is_recovered(seed: int) -> None:
    """After twenty thousand orders one in twenty-five is expected in a wrong hour, at most."""
    assert distance(learned_week(orders_drawn(shop_hours(), 20_000, seed)), shop_hours()) < 0.04


@given(st.integers(0, 1_000))
def test_few_orders_say_more_of_days_and_hours_than_of_each_hour_of_the_week(seed: int) -> None:
    """With 200 orders the shape is nearer to the truth than a plain count, and than none."""
    orders = orders_drawn(shop_hours(), 200, seed)
    counted = WeekShape(factors=tuple(each * HOURS / sum(orders) for each in orders))
    learned = distance(learned_week(orders), shop_hours())

    assert learned < distance(counted, shop_hours())
    assert learned < distance(EVEN_WEEK, shop_hours())


@given(st.lists(st.floats(0.0, 1e6), min_size=HOURS, max_size=HOURS))
def test_a_learned_week_changes_no_mean(orders: list[float]) -> None:
    """The factors are 1 on average, whatever was ordered when."""
    assert sum(learned_week(orders).factors) == pytest.approx(HOURS)


@given(st.integers(0, 20_000), st.integers(0, 30_000))
def test_seconds_of_average_selling_are_summed_hour_by_hour(start: int, minutes: int) -> None:
    """Summing the factor of every minute comes to the same."""
    since = Instant((NOW // MINUTE_S + start) * MINUTE_S)
    week = shop_hours()
    by_minute = MINUTE_S * sum(
        week.factor(later(since, minute * MINUTE_S)) for minute in range(minutes)
    )

    assert week.seconds(since, later(since, minutes * MINUTE_S)) == pytest.approx(by_minute)


def test_a_whole_week_is_average() -> None:
    """Whatever the shape and the start, a week has as many seconds as a week."""
    assert shop_hours().seconds(NOW, later(NOW, WEEK_S)) == pytest.approx(WEEK_S)


def test_time_that_runs_backwards_is_none() -> None:
    """Nothing is expected to sell between a moment and an earlier one."""
    assert shop_hours().seconds(NOW, later(NOW, -5.0)) == 0.0


@given(st.integers(0, 10_000), st.sampled_from([600.0, 5_194.0]))
def test_the_last_hours_count_less_the_older_they_are(start: int, life_s: float) -> None:
    """The mean factor is that of small steps back, each weighed by its age."""
    now, week, step_s = later(NOW, start * 61.0), shop_hours(), 5.0
    ages = [step_s * (step + 0.5) for step in range(int(6.0 * life_s / step_s))]
    weights = [2.718281828459045 ** (-age_s / life_s) for age_s in ages]
    factors = [week.factor(later(now, -age_s)) for age_s in ages]
    mean = sum(w * f for w, f in zip(weights, factors, strict=True)) / sum(weights)

    assert week.recent(now, life_s) == pytest.approx(mean, rel=0.01)


def test_an_hour_forgets_within_months() -> None:
    """After eight weeks an order weighs half of what one of today does."""
    assert hour_weight_at(NOW) == pytest.approx(2.0 * hour_weight_at(later(NOW, -8.0 * WEEK_S)))


@pytest.mark.parametrize("factors", [(1.0,) * 167, (2.0,) * 168, (-1.0, 3.0) * 84])
def test_what_is_no_week_is_refused(factors: tuple[float, ...]) -> None:
    """Too few hours, another mean, and hours that sell less than nothing."""
    with pytest.raises(ValueError, match="week"):
        WeekShape(factors=factors)
