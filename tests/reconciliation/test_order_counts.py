"""Counts of orders and sums of their sizes: exact against what is known in closed form."""

import math

import pytest

from reconciliation.order_counts import (
    after_an_order,
    chance_of_orders,
    chances_beyond,
    compound,
)


ONE_EACH = ((1, 1.0),)


def test_orders_of_one_unit_are_a_poisson_number_where_the_rate_is_known() -> None:
    """An infinite shape is no spread of the rate."""
    chances = compound(2.0, math.inf, ONE_EACH, 4)

    assert chances == pytest.approx(
        [math.exp(-2.0) * 2.0**count / math.factorial(count) for count in range(5)]
    )


def test_orders_of_one_unit_are_a_geometric_number_where_the_shape_is_one() -> None:
    """The exponential mixture of Poisson numbers, with the odds of the mean."""
    chances = compound(2.0, 1.0, ONE_EACH, 4)

    assert chances == pytest.approx([(1 / 3) * (2 / 3) ** count for count in range(5)])


def test_sizes_are_summed() -> None:
    """Two units are one order of two, or two of one."""
    chances = compound(0.5, math.inf, ((1, 0.6), (2, 0.4)), 2)

    assert chances[2] == pytest.approx(math.exp(-0.5) * (0.5 * 0.4 + 0.5**2 / 2 * 0.6**2))


def test_chances_sum_to_one() -> None:
    """Nothing is lost in the recursion."""
    assert sum(compound(3.0, 0.7, ((1, 0.5), (3, 0.5)), 600)) == pytest.approx(1.0)


def test_what_lies_beyond_is_what_the_sum_has_not_reached() -> None:
    """More than nothing is everything but nothing."""
    beyond = chances_beyond(0.5, math.inf, ONE_EACH, 3)

    assert beyond[0] == pytest.approx(1.0 - math.exp(-0.5))


@pytest.mark.parametrize("shape", [0.5, 3.0, math.inf])
@pytest.mark.parametrize("orders", [1, 3, 8])
def test_the_bound_on_many_orders_is_never_below_their_chance(orders: int, shape: float) -> None:
    """It is what screens pools without a race."""
    mean = 0.3
    chance = 1.0 - sum(compound(mean, shape, ONE_EACH, orders - 1)[:orders])

    assert chance_of_orders(orders, mean, shape) >= chance - 1e-12


def test_no_orders_come_where_none_are_expected() -> None:
    """An empty span has no chance of one."""
    assert chance_of_orders(1, 0.0, 2.0) == 0.0


def test_after_an_order_more_are_expected_the_less_sure_the_rate_is() -> None:
    """An order makes a high rate likelier; a known rate stays what it is."""
    assert after_an_order(1.0, 0.5) == 3.0
    assert after_an_order(1.0, math.inf) == 1.0
