"""Recorded goods while they are nearly gone, a late sync on them, and the frontier of both."""

import math
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.support.histories import demand_under, made_up_history
from worker.backtest.frontier import (
    PRICES,
    Plans,
    Point,
    least_lost_pct,
    least_oversold_per_10k,
    plans,
    point,
)
from worker.backtest.history import Arrival, Demand
from worker.backtest.late_sync import replay_late
from worker.backtest.nearly_gone import Classes, Known, NearlyGone, alike, count
from worker.backtest.restocked import Restocked
from worker.backtest.scene import SECONDS_PER_DAY, SECONDS_PER_WEEK


HOUR_S = 3_600.0


def demand(orders: Sequence[tuple[float, int, int]], units_per_week: float = 0.5) -> Demand:
    """Return orders of one item, as moment, shop and units; its shelf holds one unit."""
    return Demand(
        skus=("item",),
        arrivals=tuple(
            Arrival(at=at, item=0, shop=shop, units=units, webhook_s=math.inf)
            for at, shop, units in orders
        ),
        units_per_week=(units_per_week,),
        ends_at=SECONDS_PER_WEEK,
    )


def counted(case: Demand, *, delay_s: float = 10.0, units_max: int = 8) -> NearlyGone:
    """Return the counts of a demand for one item."""
    classes: Classes = {}
    count(case, classes, delay_s=delay_s, units_max=units_max, stock_weeks=2.0)
    return classes[alike(len(case.arrivals))]


def crowded(delay_s: float = 120.0) -> tuple[Demand, Classes]:
    """Return a made-up demand in crowds, and its counts."""
    case, classes = demand_under(made_up_history(units=(1, 1, 2, 3))), Classes()
    count(case, classes, delay_s=delay_s, units_max=6, stock_weeks=0.25)
    return case, classes


def frontier(classes: Classes, known: Known = Known.RATES) -> list[Point]:
    """Return the points of all prices."""
    return [point(classes, price, known, shops=3, units_max=6) for price in PRICES]


# -- the shelf ----------------------------------------------------------------------------------


def test_stock_comes_three_days_after_the_review() -> None:
    """A unit that was sold in the first week is back on the tenth day, and not before."""
    shelf = Restocked(0.5, 2.0)
    shelf.fill(1)

    came = list(shelf.until(30 * SECONDS_PER_DAY))

    assert came == [10 * SECONDS_PER_DAY]


# -- counts -------------------------------------------------------------------------------------


def test_orders_within_the_delay_are_followers() -> None:
    """The first has one, the second none, and the third is too late for both."""
    counts = counted(demand([(100.0, 0, 1), (105.0, 1, 1), (116.0, 0, 1)]))

    assert counts.followers[3] == Counter({0: 2, 1: 1})


def test_lines_of_one_order_do_not_follow_each_other() -> None:
    """They come at once, to one shop, whose listing counts them itself."""
    counts = counted(demand([(100.0, 0, 1), (100.0, 0, 1)]))

    assert counts.followers[2] == Counter({0: 2})


def test_the_time_with_few_units_ends_with_the_last() -> None:
    """It is told by the hour's orders: an hour without, and part of one with two."""
    counts = counted(demand([(HOUR_S + 60.0, 0, 1), (HOUR_S + 70.0, 1, 1)]))

    assert counts.seconds == {0: HOUR_S, 2: 60.0}


def test_only_what_one_counter_fills_counts_as_filled() -> None:
    """The second order of the only unit finds none."""
    assert counted(demand([(100.0, 0, 1), (200.0, 1, 1)])).filled == 1


def test_plenty_is_not_nearly_gone() -> None:
    """While more units are left than are looked at, nothing begins."""
    counts = counted(demand([(100.0, 0, 1)], units_per_week=10.0))

    assert not counts.begins


def test_a_pool_has_as_many_orders_as_were_counted() -> None:
    """Heads and followers together come as often as orders while little was left."""
    _, classes = crowded()
    (counts,) = classes.values()

    (mood,) = counts.pool(Known.RATES, 3).moods
    each = 1.0 + sum(n * chance for n, chance in enumerate(mood.followers))

    orders, seconds = sum(counts.orders.values()), sum(counts.seconds.values())
    assert mood.heads_per_s * each == pytest.approx(orders / seconds)


# -- a late sync --------------------------------------------------------------------------------


def test_two_shops_sell_the_last_unit_within_the_delay() -> None:
    """The second shop has not been told."""
    case = demand([(100.0, 0, 1), (100.5, 1, 1)])

    assert replay_late(case, {}, delay_s=1.0, stock_weeks=2.0).oversold_orders == 1


def test_a_shop_knows_its_own_sale_at_once() -> None:
    """Its listing counts it down."""
    case = demand([(100.0, 0, 1), (100.5, 0, 1)])

    assert replay_late(case, {}, delay_s=1.0, stock_weeks=2.0).oversold_orders == 0


def test_what_is_known_is_not_sold_again() -> None:
    """The second order comes after the delay."""
    case = demand([(100.0, 0, 1), (101.0, 1, 1)])

    assert replay_late(case, {}, delay_s=1.0, stock_weeks=2.0).oversold_orders == 0


def test_a_time_that_is_compressed_makes_the_delay_longer() -> None:
    """Ten recorded seconds pass in half a second at a pace of twenty."""
    case = demand([(100.0, 0, 1), (110.0, 1, 1)])

    late = replay_late(case, {}, delay_s=1.0, stock_weeks=2.0, intensity=20.0)

    assert late.oversold_orders == 1


def test_a_hidden_unit_is_not_sold() -> None:
    """The plan shows it in the first shop only, and the order comes to the second."""
    shown: Plans = {alike(1): ((0, 0, 0), (0, 0, 1))}

    assert replay_late(demand([(9.0, 1, 1)]), shown, delay_s=1.0, stock_weeks=2.0).orders == 0


def test_the_best_listings_oversell_fewer_recorded_orders() -> None:
    """In crowds, at a price, against everything shown everywhere."""
    case, classes = crowded()
    plan = plans(classes, 50.0, shops=3, units_max=6)

    hidden = replay_late(case, plan, delay_s=120.0, stock_weeks=0.25)

    everywhere = replay_late(case, {}, delay_s=120.0, stock_weeks=0.25)
    assert hidden.oversold_orders < everywhere.oversold_orders


def test_goods_whose_orders_are_never_followed_hide_nothing() -> None:
    """Without a race there is no plan, so that everything is shown."""
    case, classes = demand([(100.0, 0, 1), (HOUR_S, 1, 1)]), Classes()
    count(case, classes, delay_s=10.0, units_max=6, stock_weeks=2.0)

    assert not plans(classes, 50.0, shops=3, units_max=6)


# -- the frontier -------------------------------------------------------------------------------


def test_fewer_oversold_orders_cost_more_sales() -> None:
    """Along the prices the one falls and the other rises."""
    points = frontier(crowded()[1])

    assert [each.lost_orders for each in points] == sorted(each.lost_orders for each in points)


def test_orders_that_bunch_are_oversold_more() -> None:
    """Crowds are why: orders as often that have nothing to do with each other race less."""
    _, classes = crowded()

    alone, bunched = (frontier(classes, each)[0] for each in (Known.ALONE, Known.RATES))

    assert alone.oversold_orders < bunched.oversold_orders


def test_who_knows_the_hours_loses_less() -> None:
    """Where few may be oversold, it helps to know when many orders come."""
    _, classes = crowded()
    rates, hours = frontier(classes), frontier(classes, Known.HOURS)
    few = rates[5].oversold_orders_per_10k

    assert least_lost_pct(hours, few) < least_lost_pct(rates, few)


def test_no_point_lies_below_the_bound() -> None:
    """The tangents of all prices together touch each point from below."""
    points = frontier(crowded()[1])

    above = [
        each.lost_sales_pct - least_lost_pct(points, each.oversold_orders_per_10k)
        for each in points
    ]

    assert above == pytest.approx([0.0] * len(points), abs=1e-9)


def test_the_bound_is_the_same_from_either_side() -> None:
    """Who loses what some oversell needs must oversell that much."""
    points = frontier(crowded()[1])
    between = (points[4].oversold_orders_per_10k + points[5].oversold_orders_per_10k) / 2.0

    back = least_oversold_per_10k(points, least_lost_pct(points, between))

    assert back == pytest.approx(between)
