"""Demand: recovered from simulated orders whose truth is known, and careful where it is not."""

import math
import random
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation.demand import (
    FIRST_ORDERS_PER_S,
    Demand,
    Forecast,
    Level,
    catalogue_level,
    forecast,
    shop_level,
)
from reconciliation.gamma_rate import relative_quantile
from reconciliation.quantities import Instant, Units, later
from reconciliation.sales_history import (
    SIZES,
    Contribution,
    SalesHistory,
    contribution,
    first_seen,
    record_order,
    summed,
)
from reconciliation.week_shape import HOURS, WeekShape


NOW = Instant(1_800_000_000.0)
DAY_S = 86_400.0
SLOW = 2.0 / DAY_S
SHOP = Level(orders_per_s=SLOW, sizes=(0.9, 0.1, *[0.0] * (len(SIZES) - 2)))

SEEDS = st.integers(0, 10_000)
MANY = settings(max_examples=25, deadline=None)


def stream(rate: float, until_s: float, rng: random.Random, since_s: float = 0.0) -> list[float]:
    """The seconds after `NOW` of a Poisson stream of orders."""
    moments, at_s = [], since_s
    while (at_s := at_s + rng.expovariate(rate)) < until_s:
        moments.append(at_s)
    return moments


def sold(seconds: Iterable[float], units: Units = 1) -> SalesHistory:
    """A listing that is on sale from `NOW` on, with orders so many seconds after it."""
    history = first_seen(NOW, is_on_sale=True)
    for each in seconds:
        history = record_order(history, units=units, placed_at=later(NOW, each))
    return history


def seen(history: SalesHistory | None, seconds: float, shop: Level = SHOP) -> Forecast:
    """The forecast so many seconds after `NOW`."""
    return forecast(history, shop, later(NOW, seconds))


EVERY_QUARTER_HOUR = sold([864.0 * (each + 0.5) for each in range(4_000)], units=2)
"""Forty days with a hundred orders each, for two units."""


# -- the usual rate ---------------------------------------------------------------------------


@given(SEEDS)
@MANY
def test_a_rate_is_recovered_from_its_orders(seed: int) -> None:
    """Of some thousand orders the rate is known to a tenth."""
    rate = 60.0 / DAY_S
    history = sold(stream(rate, 30.0 * DAY_S, random.Random(seed)))

    assert seen(history, 30.0 * DAY_S).usual_per_s == pytest.approx(rate, rel=0.1)


@given(SEEDS)
@settings(max_examples=3, deadline=None)
def test_a_credible_interval_covers_as_often_as_it_says(seed: int) -> None:
    """Of listings as unlike as real ones, nine in ten lie between the 5 % and the 95 % rate."""
    rng, inside, listings = random.Random(seed), 0, 2_000
    for _ in range(listings):
        rate = max(rng.gammavariate(0.2, SLOW / 0.2), 1e-30)
        known = seen(sold(stream(rate, 2.0 * DAY_S, rng)), 2.0 * DAY_S)
        low, high = (
            known.usual_per_s * relative_quantile(level, known.usual_shape)
            for level in (0.05, 0.95)
        )
        inside += low <= rate <= high

    assert inside / listings == pytest.approx(0.9, abs=0.03)


def test_without_data_a_listing_is_like_its_shop() -> None:
    """Nothing known of it: the shop's rate and sizes, and unsure by a lot."""
    unknown = seen(None, 0.0)

    assert unknown.demand.orders_per_s == pytest.approx(SLOW)
    assert unknown.demand.sizes == pytest.approx((0.9, 0.1))
    assert unknown.demand.rate_high > 3.0 * SLOW


@given(st.floats(1e-8, 1.0))
def test_with_many_data_a_listing_is_like_itself(shop_rate: float) -> None:
    """However its shop sells, four thousand orders in forty days are some hundred a day."""
    history = EVERY_QUARTER_HOUR
    known = seen(history, 40.0 * DAY_S, Level(orders_per_s=shop_rate, sizes=SHOP.sizes))

    assert known.usual_per_s == pytest.approx(100.0 / DAY_S, rel=0.25)
    assert known.demand.sizes[1] > 0.98


def test_a_listing_that_never_sells_is_trusted_less_and_less() -> None:
    """Time on sale without orders is evidence, time sold out is not."""
    shown = first_seen(NOW, is_on_sale=True)
    hidden = first_seen(NOW, is_on_sale=False)

    assert seen(shown, 60.0 * DAY_S).usual_per_s < SLOW / 20.0
    assert seen(hidden, 60.0 * DAY_S).usual_per_s == pytest.approx(SLOW)


# -- levels -----------------------------------------------------------------------------------


def test_a_catalogue_without_sales_has_the_stated_rate() -> None:
    """Before anything was sold anywhere, and still in the first shop."""
    catalogue = catalogue_level(Contribution(), NOW)

    assert catalogue.orders_per_s == pytest.approx(FIRST_ORDERS_PER_S)
    assert shop_level(Contribution(), catalogue, now=NOW).sizes == pytest.approx(catalogue.sizes)


def test_a_shop_with_sales_is_like_itself() -> None:
    """A thousand listings with an order every second day, whatever the catalogue does."""
    listing = contribution(sold([0.25 * DAY_S, 2.25 * DAY_S, 4.25 * DAY_S], units=3))
    catalogue = Level(orders_per_s=1.0, sizes=SHOP.sizes)
    shop = shop_level(summed([listing] * 1_000), catalogue, now=later(NOW, 6.0 * DAY_S))

    assert shop.orders_per_s == pytest.approx(0.5 / DAY_S, rel=0.05)
    assert shop.sizes[2] > 0.99


# -- order sizes ------------------------------------------------------------------------------


@given(SEEDS)
@MANY
def test_order_sizes_are_recovered(seed: int) -> None:
    """Of two thousand orders each size's chance is known to three in a hundred."""
    rng, chances = random.Random(seed), {1: 0.6, 2: 0.25, 4: 0.1, 6: 0.05}
    history = first_seen(NOW, is_on_sale=True)
    for units in rng.choices(list(chances), list(chances.values()), k=2_000):
        history = record_order(history, units=units, placed_at=NOW)
    sizes = seen(history, 0.0).demand.sizes

    assert {units: sizes[units - 1] for units in chances} == pytest.approx(chances, abs=0.05)


# -- the hours of the week --------------------------------------------------------------------


def by_day(night: float) -> WeekShape:
    """A week in which the second half of each day has all but the factor of the first."""
    return WeekShape(factors=(*[night] * 12, *[2.0 - night] * 12) * (HOURS // 24))


def test_a_forecast_goes_by_the_hour() -> None:
    """By night a fifth as many orders are due as on average, and a day has a day's worth."""
    shop = Level(orders_per_s=SLOW, sizes=SHOP.sizes, week=by_day(0.2), recent_factor=0.2)
    midnight = Instant(NOW // DAY_S * DAY_S)
    night = forecast(None, shop, midnight)

    assert night.demand.orders_per_s == pytest.approx(0.2 * SLOW)
    assert night.expected_orders(midnight, later(midnight, DAY_S)) == pytest.approx(SLOW * DAY_S)


def test_an_evening_is_no_burst_where_evenings_are_busy() -> None:
    """The same orders within an hour raise a forecast less where the hour is always busy."""
    history = sold([600.0, 1_200.0, 1_800.0, 2_400.0, 3_000.0])
    busy = Level(orders_per_s=SLOW, sizes=SHOP.sizes, recent_factor=8.0)

    extra = [sum(seen(history, 3_600.0, shop).extras_per_s) for shop in (busy, SHOP)]

    assert extra[0] < extra[1] / 2.0


# -- bursts -----------------------------------------------------------------------------------


@given(SEEDS, st.sampled_from([0.05, 0.3, 2.0]))
@MANY
def test_a_rush_is_seen_within_seconds_and_minutes(seed: int, rate: float) -> None:
    """What sold twice a day sells at a thousand times the pace: some dozen orders show it."""
    rng = random.Random(seed)
    quiet = stream(SLOW, 30.0 * DAY_S, rng)
    rush = stream(rate, 30.0 * DAY_S + 30.0 / rate + 30.0, rng, since_s=30.0 * DAY_S)
    known = seen(sold([*quiet, *rush]), 30.0 * DAY_S + 30.0 / rate + 30.0)

    assert rate / 6.0 < known.demand.orders_per_s < rate * 6.0
    assert known.demand.rate_high > rate / 4.0


def test_one_order_is_no_rush() -> None:
    """Somebody has to buy first: it is followed by another in few cases only."""
    quiet = [each * DAY_S for each in range(30)]
    before = seen(sold(quiet), 29.5 * DAY_S)
    after = seen(sold([*quiet, 29.5 * DAY_S]), 29.5 * DAY_S)
    hour = later(after.now, 3_600.0)

    assert after.expected_orders(after.now, hour) < before.expected_orders(after.now, hour) + 0.1


def test_an_order_is_followed_by_another_more_often_than_chance_has_it() -> None:
    """Some three in a hundred are, within the minutes in which shops race for the last unit."""
    quiet = [each * DAY_S for each in range(30)]
    after = seen(sold([*quiet, 29.5 * DAY_S]), 29.5 * DAY_S)

    assert after.expected_orders(after.now, later(after.now, 600.0)) > 0.02


def test_a_rush_wears_off() -> None:
    """Once it is over, the rate goes down with every hour, nearly to what it was."""
    quiet = [each * DAY_S for each in range(30)]
    crowded = sold([*quiet, *(29.5 * DAY_S + each for each in range(20))])
    rates = [
        seen(crowded, 29.5 * DAY_S + 20.0 + passed_s).demand.orders_per_s
        for passed_s in (0.0, 60.0, 600.0, 3_600.0, 14_400.0, DAY_S)
    ]

    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 0.2
    assert rates[-1] < 4.0 / DAY_S


def test_a_lull_lowers_nothing() -> None:
    """A listing that sold every minute, and not for an hour, is expected to sell as usual."""
    silent = seen(sold([60.0 * each for each in range(10_000)]), 60.0 * 10_060)

    assert silent.demand.orders_per_s == pytest.approx(silent.usual_per_s, rel=1e-3)


@given(
    st.lists(st.floats(0.0, 5.0 * DAY_S), max_size=8),
    st.lists(st.floats(0.0, 90.0), max_size=8),
)
def test_an_order_that_comes_never_lowers_the_demand(
    quiet: list[float], late: list[float]
) -> None:
    """Neither the usual rate nor that of this moment, nor the careful one."""
    orders, end_s = [*quiet, *(5.0 * DAY_S + each for each in late)], 5.0 * DAY_S + 90.0
    before = seen(sold(orders), end_s)
    after = seen(sold([*orders, end_s]), end_s)

    assert after.usual_per_s >= before.usual_per_s
    assert after.demand.orders_per_s >= before.demand.orders_per_s
    assert after.demand.rate_high >= before.demand.rate_high


# -- forecasts --------------------------------------------------------------------------------


@given(st.lists(st.floats(0.0, 3.0 * DAY_S), min_size=3, max_size=3).map(sorted))
def test_expected_orders_of_two_spans_are_those_of_both(ends: list[float]) -> None:
    """What is expected until noon and from noon on is what is expected in all."""
    history = sold([float(each) for each in range(30)])
    known = seen(history, 60.0, Level(orders_per_s=SLOW, sizes=SHOP.sizes, week=by_day(0.5)))
    start, middle, end = (later(known.now, each) for each in ends)

    assert known.expected_orders(start, end) == pytest.approx(
        known.expected_orders(start, middle) + known.expected_orders(middle, end)
    )


def test_expected_orders_begin_at_the_present_rate() -> None:
    """In the next second as many are expected as the demand of this moment says."""
    known = seen(sold([float(each) for each in range(30)]), 31.0)

    assert known.expected_orders(known.now, later(known.now, 0.01)) == pytest.approx(
        0.01 * known.demand.orders_per_s, rel=0.01
    )


def test_a_forecast_says_nothing_of_the_past() -> None:
    """What is past is in the ledger."""
    with pytest.raises(ValueError, match="ledger"):
        seen(None, 10.0).expected_orders(NOW, later(NOW, 20.0))


# -- the value --------------------------------------------------------------------------------


def test_units_are_orders_times_their_mean_size() -> None:
    """Two orders a second, of one or three units."""
    demand = Demand(orders_per_s=2.0, sizes=(0.5, 0.0, 0.5))

    assert (demand.units_per_order, demand.units_per_s) == (2.0, 4.0)


def test_a_known_rate_has_no_spread() -> None:
    """Without a shape, low and high are the rate itself."""
    demand = Demand(orders_per_s=2.0)

    assert demand.rate_low == demand.rate_high == 2.0


def test_an_unsure_rate_lies_between_low_and_high() -> None:
    """In nine of ten cases; for an exponential variable both are known."""
    demand = Demand(orders_per_s=2.0, shape=1.0)

    assert demand.rate_low == pytest.approx(-2.0 * math.log(0.95))
    assert demand.rate_high == pytest.approx(-2.0 * math.log(0.05))


@pytest.mark.parametrize(
    "wrong",
    [
        {"orders_per_s": -1.0},
        {"orders_per_s": math.nan},
        {"orders_per_s": math.inf},
        {"sizes": ()},
        {"sizes": (0.5, 0.6)},
        {"sizes": (1.5, -0.5)},
        {"shape": 0.0},
    ],
)
def test_what_is_no_demand_is_refused(wrong: dict[str, float]) -> None:
    """A rate, a distribution and a shape, or an error."""
    with pytest.raises(ValueError, match=r"rate|sizes"):
        Demand(**{"orders_per_s": 1.0, **wrong})  # type: ignore[arg-type]  # one is wrong
