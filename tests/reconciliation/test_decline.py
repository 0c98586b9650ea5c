"""What is learned of unexplained decline, against simulations whose truth is known."""

import math
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.decline import (
    HALF_LIFE_H,
    PRIOR_HOURS,
    PRIOR_UNITS,
    DeclineHistory,
    DeclineTotals,
    Interval,
    Sight,
    law_of,
    learn,
    restock_cadence,
    totals_of,
)
from reconciliation.decline_law import DeclineLaw

from ..support.boards import LAW
from ..support.sampling import poisson


DAY_H = 24.0
DAY_S = 86_400.0
NOTHING = DeclineTotals()

Draw = Callable[[Random, float], int]


def interval(
    units: int = 0, sight: Sight = Sight.SEEN, *, hours: float = DAY_H, pending_units: int = 0
) -> Interval:
    """A day in which so many units went."""
    return Interval(
        sight=sight, hours=hours, expected_units=100, units=units, pending_units=pending_units
    )


def history(*intervals: Interval) -> DeclineHistory:
    """What these intervals teach, one after the other."""
    learned = DeclineHistory()
    for each in intervals:
        learned = learn(learned, each)
    return learned


def partner(*histories: DeclineHistory) -> DeclineTotals:
    """The totals of pools."""
    return sum((totals_of(each) for each in histories), NOTHING)


def law(own: DeclineHistory | None, *others: DeclineHistory) -> DeclineLaw:
    """The law of a pool of a partner that has others as well."""
    found = law_of(own, partner(*others, *([own] if own else [])))
    assert found is not None
    return found


# --- simulated truths ----------------------------------------------------------------------------


def clumped(rng: Random, mean: float) -> int:
    """A negative binomial number, of a variance of four times the mean."""
    return poisson(rng, rng.gammavariate(mean / 3.0, 3.0))


def seldom(rng: Random, mean: float) -> int:
    """Nothing in four of five cases, and then five times the mean."""
    return 0 if rng.random() < 0.8 else poisson(rng, mean * 5)


def covered(draw: Draw, rates: list[float], *, level: float, days: int = 1) -> float:
    """How often the decline of some days is within the quantile, for pools watched for 60."""
    rng = Random(11)
    pools = [(r, history(*(interval(draw(rng, r)) for _ in range(60)))) for r in rates]
    totals = partner(*(each for _, each in pools))
    inside = tries = 0
    for rate, own in pools:
        found = law_of(own, totals)
        assert found is not None
        most = found.quantile_units(level, days * DAY_S, units_max=10_000)
        inside += sum(sum(draw(rng, rate) for _ in range(days)) <= most for _ in range(300))
        tries += 300
    return inside / tries


@pytest.mark.parametrize("draw", [poisson, clumped, seldom])
@pytest.mark.parametrize("mean", [0.05, 0.5, 3.0])
@pytest.mark.parametrize("level", [0.95, 0.99])
def test_the_quantile_covers_at_its_level(draw: Draw, mean: float, level: float) -> None:
    """Over pools of unlike rates; 9,000 tries and 30 histories leave an error of 1 percent."""
    rng = Random(5)
    rates = [rng.gammavariate(2.0, mean / 2.0) for _ in range(30)]

    assert covered(draw, rates, level=level) >= level - 0.01


@pytest.mark.parametrize("draw", [poisson, clumped, seldom])
def test_it_covers_a_feed_that_is_three_days_old(draw: Draw) -> None:
    """From daily reports, an age that none of them had."""
    rates = [0.2, 0.5, 1.0, 2.0] * 6

    assert covered(draw, rates, level=0.99, days=3) >= 0.98


@pytest.mark.parametrize("mean", [0.5, 3.0, 12.0])
def test_single_units_are_not_covered_for_clumps(mean: float) -> None:
    """A partner that loses units one by one has little more withheld than that takes."""
    rng = Random(3)
    own = [history(*(interval(poisson(rng, mean)) for _ in range(90))) for _ in range(20)]
    most = law(own[0], *own[1:]).quantile_units(0.95, DAY_S, units_max=1_000)

    assert most <= mean + 2.5 * math.sqrt(mean) + 1


def test_an_accurate_partner_earns_a_thin_law() -> None:
    """Two months of hundreds of items without a unit missing: nothing is covered for."""
    flawless = [history(*[interval()] * 60) for _ in range(200)]

    assert law(flawless[0], *flawless[1:]).quantile_units(0.99, DAY_S, units_max=1_000) == 0


# --- censoring -----------------------------------------------------------------------------------


def rate_told(intervals: list[Interval]) -> float:
    """The units a day that intervals tell, without any prior, in pools of 50 days."""
    pools = [history(*intervals[day : day + 50]) for day in range(0, len(intervals), 50)]
    totals = partner(*pools)
    return totals.units / totals.hours * DAY_H


def test_restocks_do_not_bias_the_rate() -> None:
    """Four in ten days goods come and hide what went; the others tell the truth."""
    rng = Random(1)
    days = [
        interval(30, Sight.RESTOCKED) if rng.random() < 0.4 else interval(poisson(rng, 2.0))
        for _ in range(4_000)
    ]

    assert rate_told(days) == pytest.approx(2.0, rel=0.05)


def test_taking_restocked_days_for_quiet_ones_would_bias_it() -> None:
    """The weaker rule: what is hidden counts as nothing gone."""
    rng = Random(1)
    days = [interval(0 if rng.random() < 0.4 else poisson(rng, 2.0)) for _ in range(4_000)]

    assert rate_told(days) < 1.5


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.0])
def test_a_floor_biases_the_rate_by_a_tenth_at_most(rate: float) -> None:
    """Three units are there each morning; what goes beyond them cannot be seen."""
    rng = Random(2)
    days = []
    for _ in range(6_000):
        gone = poisson(rng, rate)
        days.append(interval(3, Sight.FLOORED) if gone >= 3 else interval(gone))

    assert rate_told(days) == pytest.approx(rate, rel=0.1)


def test_a_report_of_zero_after_zero_tells_nothing() -> None:
    """Nothing was there that could have gone: it makes no partner accurate."""
    own = history(*[interval(0, Sight.EMPTY)] * 50)

    assert (own.intervals, own.hours) == (0.0, 0.0)


# --- shrinkage -----------------------------------------------------------------------------------


def test_nothing_learned_is_no_law() -> None:
    """Then the policy's own widening holds, rather than a prior nobody chose."""
    assert law_of(None, NOTHING) is None


def test_a_new_item_has_its_partners_rate() -> None:
    """Nothing is known of it but where it lies."""
    others = [history(*[interval(2)] * 60) for _ in range(50)]

    assert law(None, *others).per_hour_units * DAY_H == pytest.approx(2.0, rel=0.01)


def test_a_long_history_overrules_the_partner() -> None:
    """An item that loses five a day among items that lose none."""
    quiet = [history(*[interval()] * 60) for _ in range(50)]
    own = history(*[interval(5)] * 200)

    assert law(own, *quiet).per_hour_units * DAY_H == pytest.approx(5.0, rel=0.05)


def test_a_short_history_is_shrunk_to_alike_items() -> None:
    """One bad day of an item among items that lose half a unit a day tells little."""
    rng = Random(4)
    others = [history(*(interval(poisson(rng, 0.5)) for _ in range(60))) for _ in range(50)]
    own = history(interval(3))

    assert law(own, *others).per_hour_units * DAY_H < 0.8


def test_a_new_partner_is_shrunk_to_the_prior() -> None:
    """One quiet day does not prove a partner."""
    first = history(interval())
    prior = PRIOR_UNITS / (PRIOR_HOURS + DAY_H)

    assert law(first).per_hour_units == pytest.approx(prior, rel=0.2)


def test_what_is_known_less_surely_is_covered_more() -> None:
    """A week of a rate asks for more than two months of it."""
    week, months = history(*[interval(1)] * 7), history(*[interval(1)] * 60)
    few, many = (
        law(each).quantile_units(0.999, 7 * DAY_S, units_max=500) for each in (week, months)
    )

    assert few > many


def test_the_past_fades() -> None:
    """After a half-life an interval counts half."""
    own = history(interval(8), interval(0, hours=HALF_LIFE_H))

    assert own.units == pytest.approx(4.0)


@LAW
@given(
    days=st.lists(st.integers(0, 6), min_size=10, max_size=40),
    factor=st.integers(2, 5),
    age_days=st.integers(1, 5),
)
def test_an_error_that_is_larger_throughout_never_thins_it(
    days: list[int], factor: int, age_days: int
) -> None:
    """The same partner, each of whose declines is so many times as large."""
    small, large = (
        law(history(*(interval(each * times) for each in days))) for times in (1, factor)
    )
    age_s = age_days * DAY_S
    less, more = (each.quantile_units(0.99, age_s, units_max=10_000) for each in (small, large))

    assert less <= more


# --- sums, restocks, values ----------------------------------------------------------------------


def test_totals_are_the_sums_over_pools() -> None:
    """Two pools of one partner."""
    both = partner(history(interval(2)), history(interval(3), interval(0)))

    assert (both.pools, both.looks) == (2, 2 + 0.5 ** (DAY_H / HALF_LIFE_H))


def test_goods_that_come_weekly_are_told_so() -> None:
    """Every seventh report rises by a pallet."""
    week = [interval(40, Sight.RESTOCKED), *[interval()] * 6]
    found = restock_cadence(history(*week * 20))

    assert found.restock_every_s == pytest.approx(7 * DAY_S, rel=0.1)


def test_a_corrected_count_is_no_restock() -> None:
    """A unit found again after units were lost is no delivery."""
    own = history(interval(2), interval(2), interval(1, Sight.RESTOCKED))

    assert restock_cadence(own).restock_every_s is None


@pytest.mark.parametrize("change", [{"hours": 0.0}, {"units": -1}, {"pending_units": -1}])
def test_an_interval_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    """A value is valid from birth."""
    fields: dict[str, Any] = {"sight": Sight.SEEN, "hours": 1.0, "expected_units": 9, **change}

    with pytest.raises(ValueError, match=r"time|negative"):
        Interval(**fields)
