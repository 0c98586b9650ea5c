"""The fitting of the demand model: what it may see, what it leaves behind, and what it says."""

from random import Random

import pytest

from reconciliation import demand, sales_history
from tests.benchmarks.demand_scene import DAY_S, Score
from tests.benchmarks.fit_demand import (
    DRAWN_SEEDS,
    DRAWN_SKUS,
    Fitting,
    at,
    compared,
    constants,
    fitting,
)
from worker.backtest.history import History, OrderLine, history_of, sample


def steady(*, days: int = 30, skus: int = 400, orders: int = 600) -> History:
    """Orders for one of many SKUs each, at any time."""
    rng = Random(3)
    return history_of(
        [
            OrderLine(
                placed_at=60.0 * rng.randrange(days * 1_440),
                order_id=f"order-{number}",
                sku=f"sku-{rng.randrange(skus)}",
                units=1,
            )
            for number in range(orders)
        ]
    )


def fitted(*, days: float = 20.0) -> Fitting:
    """Some SKUs of the first days."""
    return fitting(steady(), days=days, skus=10)


def test_nothing_is_fitted_to_what_the_published_backtest_draws() -> None:
    """Its orders judge the model."""
    history = steady()
    drawn = {sku for seed in DRAWN_SEEDS for sku in sample(history, most=DRAWN_SKUS, seed=seed)}

    assert not drawn & set(fitting(history, days=20.0, skus=10).demand.skus)


def test_nothing_is_fitted_to_later_days() -> None:
    """They judge the model too."""
    assert max(each.at for each in fitted().demand.arrivals) < 20.0 * DAY_S


def test_a_constant_has_its_value_back_afterwards() -> None:
    """Each is moved by itself."""
    before = (demand.FOLLOWERS, sales_history.BURST_LIVES_S, sales_history.weight_at.__defaults__)
    for constant in constants():
        with at(constant, constant.tried[0]):
            pass

    after = (demand.FOLLOWERS, sales_history.BURST_LIVES_S, sales_history.weight_at.__defaults__)
    assert after == before


def test_a_constant_that_is_moved_makes_a_difference() -> None:
    """One that is put where nobody looks would seem flat."""
    record = fitted()
    moved = next(each for each in constants() if each.name == "HALF_LIFE_S")
    today = record.scores()

    with at(moved, moved.tried[0]):
        assert compared(today, record.scores())[0] != 0.0


def test_a_gain_is_told_per_order_with_its_error_over_days() -> None:
    """Gains of 1 and 3 over four orders: 1 an order, and the error of a sum of two such days."""
    today = [Score(orders=2), Score(orders=2)]
    other = [Score(orders=2, moments=1.0), Score(orders=2, moments=2.0, sizes=1.0)]

    assert compared(today, other) == pytest.approx((1.0, 0.5))
