"""How often the last units of an item are read follows how often it is ordered."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.close_reading import ORDERS_PER_READ, close_paces_s, close_read_every_s


FASTEST_S = 0.1

RATES = st.floats(min_value=0.0, max_value=100.0)
PACES = st.floats(min_value=0.05, max_value=10.0)


@pytest.mark.parametrize(
    ("orders_per_day", "every_s"), [(10_000, 0.1), (10, 0.1), (4, 0.2), (2, 0.4), (0, 1.6)]
)
def test_the_pace_follows_demand(orders_per_day: float, every_s: float) -> None:
    """Ten orders a day are worth the fastest pace, what is never ordered gets the slowest."""
    assert close_read_every_s(orders_per_day / 86_400.0, FASTEST_S) == every_s


@given(rate=RATES, more=RATES, fastest_s=PACES)
def test_more_demand_is_never_read_less_often(rate: float, more: float, fastest_s: float) -> None:
    """So that more demand never lengthens a reaction window."""
    assert close_read_every_s(rate + more, fastest_s) <= close_read_every_s(rate, fastest_s)


@given(rate=RATES, fastest_s=PACES)
def test_between_two_reads_few_orders_are_to_be_expected(rate: float, fastest_s: float) -> None:
    """But where even the fastest pace is too slow for that."""
    every_s = close_read_every_s(rate, fastest_s)

    assert every_s == fastest_s or every_s * rate <= ORDERS_PER_READ


@given(fastest_s=PACES)
def test_each_pace_is_twice_the_last(fastest_s: float) -> None:
    """So that what is read seldom is read together with what is read often."""
    paces = close_paces_s(fastest_s)

    assert [after / before for before, after in pairwise(paces)] == [2.0] * 4
