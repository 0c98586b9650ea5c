"""Races until the next feed: against every sequence of orders, and what must hold."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.demand import Demand
from reconciliation.race import overlap
from reconciliation.race_ahead import race_ahead
from reconciliation.race_terms import RaceTerms, Window
from reconciliation.unit_tails import on_grid

from ..support.boards import LAW
from .test_unit_tails import counted


ORDERS_MOST = 9


def demand(mean: float, sizes: tuple[float, ...] = (1.0,), shape: float = math.inf) -> Demand:
    """So many orders in a second."""
    return Demand(orders_per_s=on_grid(mean), sizes=sizes, shape=shape)


def near_zero(left: int) -> float:
    """A race that is the worse the less is left."""
    return 0.3 / left


@LAW
@given(
    goods=st.integers(0, 6),
    mean=st.sampled_from([0.05, 0.4, 0.9]),
    shape=st.sampled_from([4.0, math.inf]),
    many=st.sampled_from([0.0, 0.2, 0.5]),
)
def test_races_cost_what_every_sequence_of_orders_says(
    goods: int, mean: float, shape: float, many: float
) -> None:
    """Each number of orders, each of one unit or of two, each at the level at which it arrives."""
    ahead = demand(mean, (1.0 - many, many), shape)
    plain = 0.0
    for orders in range(ORDERS_MOST + 1):
        of_number = counted(orders, ahead.orders_per_s, shape)
        for sequence in product((1, 2), repeat=orders):
            chance = math.prod(ahead.sizes[size - 1] for size in sequence)
            levels = (goods - sum(sequence[:place]) for place in range(orders))
            risk = math.fsum(near_zero(left) for left in levels if left > 0)
            plain += of_number * chance * risk

    assert race_ahead(goods, ahead, 1.0, near_zero).orders == pytest.approx(plain, abs=2e-5)


def test_what_is_never_reached_costs_nothing() -> None:
    """Twenty goods and an order a day: nobody comes near the last unit."""
    assert race_ahead(20, demand(1.0), 1.0, near_zero).orders < 0.03
    assert race_ahead(20, demand(1.0), 1.0, lambda left: float(left < 5)).orders < 1e-6


def test_no_goods_no_race() -> None:
    """What is sold out is no matter of an order to come."""
    assert race_ahead(0, demand(5.0), 1.0, near_zero).orders == 0.0


@LAW
@given(
    goods=st.integers(1, 30),
    mean=st.floats(0.01, 20.0),
    more=st.floats(0.0, 20.0),
    shape=st.sampled_from([0.5, 3.0, math.inf]),
)
def test_more_demand_or_time_never_lessens_what_races_cost(
    goods: int, mean: float, more: float, shape: float
) -> None:
    """The last unit is only reached the likelier."""
    less = race_ahead(goods, demand(mean, shape=shape), 1.0, near_zero)
    faster = race_ahead(goods, demand(mean + more, shape=shape), 1.0, near_zero)
    longer = race_ahead(goods, demand(mean, shape=shape), 1.0 + more, near_zero)

    assert faster.orders >= less.orders - 1e-9
    assert longer.orders >= less.orders - 1e-9
    assert less.chance <= less.orders + 1e-12


def test_it_goes_by_what_the_guard_will_show_at_each_level() -> None:
    """Three shops: dearer cancellations make the guard show less, and races cost less."""
    each = Demand(orders_per_s=0.001, shape=2.0)
    whole = Demand(orders_per_s=0.003, shape=2.0)

    def cost(price: float) -> float:
        terms = RaceTerms(
            price=price,
            windows=(Window(chance=0.98, seconds=4.4), Window(chance=0.02, seconds=60.0)),
            restock_every_s=3_600.0,
        )
        return race_ahead(
            10, whole, 5_000.0, lambda left: overlap(left, (each,) * 3, terms).risk_orders
        ).orders

    assert 0.0 < 100 * cost(1_000.0) < cost(1.0)
