"""The demand for a pool: what its listings sell together, in its own units."""

import math

import pytest

from reconciliation.demand import NO_DEMAND, Demand, Forecast
from reconciliation.pooled_demand import ahead, pooled
from reconciliation.quantities import Instant
from reconciliation.week_shape import EVEN_WEEK


DAY_S = 86_400.0
ONE = Demand(orders_per_s=1.0, sizes=(0.5, 0.5), shape=2.0)


def test_a_pack_takes_its_units_of_the_pool() -> None:
    """One listing of singles, one of packs of three, three times as fast: sizes 1, 2, 3 and 6."""
    both = pooled(((ONE, 1), (Demand(orders_per_s=3.0, sizes=(0.5, 0.5), shape=2.0), 3)))

    assert both.orders_per_s == 4.0
    assert both.sizes == pytest.approx((0.125, 0.125, 0.375, 0.0, 0.0, 0.375))
    assert both.units_per_s == pytest.approx(1.5 + 3 * 4.5)


def test_what_is_unsure_of_one_is_unsure_of_all() -> None:
    """A sure rate beside one of shape 1, as fast: the shape of 2, as half is unsure."""
    unsure, sure = Demand(orders_per_s=1.0, shape=1.0), Demand(orders_per_s=1.0)

    assert pooled(((unsure, 1), (sure, 1))).shape == 2.0
    assert math.isinf(pooled(((sure, 1), (sure, 1))).shape)


def test_listings_that_sell_nothing_change_nothing() -> None:
    """Alone they make no demand, beside another they are not seen."""
    assert pooled(((NO_DEMAND, 1),)) == NO_DEMAND
    assert pooled(((NO_DEMAND, 6), (ONE, 1))) == ONE


def forecast() -> Forecast:
    """Ten orders a day, and a rush at this moment that is over within hours."""
    return Forecast(
        now=Instant(0.0),
        usual_per_s=10 / DAY_S,
        usual_shape=5.0,
        extras_per_s=(0.0, 0.0, 1.0, 0.0),
        week=EVEN_WEEK,
        demand=Demand(orders_per_s=1.0 + 10 / DAY_S, shape=0.8),
    )


def test_a_rush_is_spread_over_the_time_until_the_next_feed() -> None:
    """A day's usual orders and those of the rush, which wears off in 866 seconds."""
    coming = ahead(forecast(), DAY_S)

    assert coming.orders_per_s * DAY_S == pytest.approx(10 + 600 / math.log(2))
    assert coming.shape == 5.0


def test_within_the_hour_the_present_is_as_unsure_as_it_is() -> None:
    """Nothing has evened out yet; and of no time at all it is that of this moment."""
    assert ahead(forecast(), 600.0).shape == 0.8
    assert ahead(forecast(), 0.0) == forecast().demand
