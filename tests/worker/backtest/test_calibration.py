"""The told risk beside what happened: in bins, by orders of the second half of the record."""

from functools import cache

import pytest

from tests.support.histories import made_up_history
from worker.backtest.calibration import Bin, calibration, mean_error
from worker.backtest.run import Request


@cache
def bins() -> list[Bin]:
    """The bins of a rush, one seed."""
    return calibration(
        made_up_history(), Request(intensities=(1_000.0,), seeds=1, stock_weeks=1.0)
    )


def test_orders_are_sorted_by_what_was_told() -> None:
    """The lowest risk first, each bin above the one before."""
    told = [each.told for each in bins()]

    assert len(told) > 2
    assert told == sorted(told)


def test_the_first_half_of_the_record_is_left_to_learning() -> None:
    """Three guards take less than half the orders of three, and some of them."""
    orders = len(made_up_history().lines)

    assert 0 < sum(each.orders for each in bins()) < 3 * orders


def test_something_happens_where_guards_are_let_go_far() -> None:
    """Without cancelled orders nothing would be compared."""
    assert sum(each.happened * each.orders for each in bins()) > 0


def test_the_mean_error_weighs_bins_by_their_orders() -> None:
    """A hundredth, of three quarters of the orders."""
    some = [Bin(orders=3, told=0.02, happened=0.01), Bin(orders=1, told=0.0, happened=0.0)]

    assert mean_error(some) == pytest.approx(0.0075)
