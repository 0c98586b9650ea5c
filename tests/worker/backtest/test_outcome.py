"""What tallies amount to, and how sure that is."""

import pytest

from worker.backtest.outcome import interval, outcome_of
from worker.backtest.scene import FeedCondition
from worker.backtest.tally import Tally


def tally(*, filled: int = 100, oversold: int = 0) -> Tally:
    """The counts of one seed."""
    return Tally(orders=filled + oversold, filled_orders=filled, oversold_orders=oversold)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.025, 5.572), (5, 1.623, 11.668), (40, 28.577, 54.469)],
)
def test_the_interval_is_that_of_a_poisson_count(count: int, low: float, high: float) -> None:
    """Near the exact ends, which are tabled (Garwood 1936)."""
    assert interval([count]) == pytest.approx((low, high), abs=0.05, rel=0.01)


def test_counts_that_come_in_bursts_are_less_sure() -> None:
    """Forty in one seed of four say less than ten in each."""
    even, uneven = interval([10, 10, 10, 10]), interval([40, 0, 0, 0])

    assert uneven[0] < even[0]
    assert uneven[1] > even[1]


def test_lost_sales_are_what_atomic_fills_and_the_policy_does_not() -> None:
    """In percent, over all seeds."""
    outcome = outcome_of(
        "strict", 1.0, FeedCondition(), [tally(filled=90), tally(filled=80)], [tally()] * 2
    )

    assert outcome.lost_sales_pct == 15.0


def test_oversold_orders_are_told_per_orders_taken() -> None:
    """An order that no listing took was not sold."""
    outcome = outcome_of("x", 1.0, FeedCondition(), [tally(filled=996, oversold=4)], [tally()])

    assert (outcome.orders, outcome.oversold_orders_per_10k) == (1_000, 40.0)


def test_no_order_at_all_is_no_error() -> None:
    """A policy that shows nothing has oversold nothing."""
    outcome = outcome_of("x", 1.0, FeedCondition(), [Tally()], [Tally()])

    assert (outcome.oversold_orders_per_10k, outcome.lost_sales_pct) == (0.0, 0.0)
