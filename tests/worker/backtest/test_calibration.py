"""The told risk beside what happened, in the months that the model was not fitted to."""

from dataclasses import replace
from functools import cache

import pytest

from tests.support.histories import made_up_history
from worker.backtest.calibration import calibration, judged_from_s
from worker.backtest.calibration_bins import Weighed, growing_bins
from worker.backtest.history import OrderLine, history_of
from worker.backtest.run import Request


DAY_S = 86_400.0

DECEMBER_2010 = 1_291_161_600.0


@cache
def weighed() -> tuple[Weighed, ...]:
    """The orders of a rush, two seeds."""
    return calibration(
        made_up_history(), Request(intensities=(1_000.0,), seeds=2, stock_weeks=1.0)
    )


def months(days: float) -> float:
    """From when on the orders of a record count, in days; it begins on 1 December 2010."""
    lines = [
        OrderLine(placed_at=day * DAY_S, order_id=f"{day}", sku="sku", units=1)
        for day in (0.0, days)
    ]
    return judged_from_s(replace(history_of(lines), begins_at=DECEMBER_2010)) / DAY_S


def test_of_half_a_year_the_later_three_months_are_judged() -> None:
    """From 1 March on, the model having been fitted to December to February."""
    assert months(182.0) == pytest.approx(90.0)


def test_of_a_few_days_the_second_half_is_judged() -> None:
    """No month begins near the middle."""
    assert months(8.0) == pytest.approx(4.0, abs=0.1)


def test_what_comes_before_is_left_to_learning() -> None:
    """Of two seeds fewer orders count than there are lines, and some do."""
    assert 0 < len(weighed()) < 2 * len(made_up_history().lines)


def test_risks_of_many_sizes_are_told() -> None:
    """Otherwise nothing would be compared."""
    assert len(growing_bins(weighed())) > 2


def test_something_happens_where_a_guard_is_let_go_far() -> None:
    """The second seed is replayed under a budget that lets nearly anything be cancelled."""
    assert any(each.happened for each in weighed())


def test_an_order_knows_its_month() -> None:
    """By the recorded calendar, however fast it is replayed: the made-up one begins in 1970."""
    assert {each.month for each in weighed()} == {"1970-01"}
