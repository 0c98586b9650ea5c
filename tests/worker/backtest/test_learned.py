"""What the replayed guard knows of demand: nothing before it is told."""

from worker.backtest.learned import LearnedDemand
from worker.backtest.policy import Sale
from worker.backtest.scene import WARM_UP_S


def sale(*, at: float, item: int = 0, shop: int = 0) -> Sale:
    """An order for a unit, told some time after the shops opened."""
    return Sale(
        item=item, shop=shop, units=1, placed_at=WARM_UP_S + at, leaves_at=1e9, short=False
    )


def rate(known: LearnedDemand, *, at: float, item: int = 0) -> float:
    """Orders per second of an item in the first shop."""
    return known.demand(item, 0, WARM_UP_S + at).orders_per_s


def test_the_first_guess_is_compressed_like_the_orders() -> None:
    """An order a day is an order in some ninety seconds, a thousandfold."""
    slow, fast = (LearnedDemand(5, 3, intensity) for intensity in (1.0, 1_000.0))

    assert rate(fast, at=0.0) > 100.0 * rate(slow, at=0.0)


def test_the_time_before_the_shops_opened_says_nothing_against_demand() -> None:
    """Setting up a quarter of an hour is ten days of the orders' time, a thousandfold."""
    assert rate(LearnedDemand(5, 3, 1_000.0), at=0.0) > 0.5 * 1_000.0 / 86_400.0


def test_orders_that_were_told_raise_the_rate() -> None:
    """Of their own item the most."""
    known = LearnedDemand(5, 3, 1_000.0)
    for at in range(0, 2_000, 40):
        known.record(sale(at=float(at)))

    assert rate(known, at=2_000.0) > 3.0 * rate(known, at=2_000.0, item=1)


def test_orders_of_two_shops_at_once_are_a_crowd() -> None:
    """More are then expected to follow an order than after orders that come alone."""
    alone, together = LearnedDemand(5, 3, 1_000.0), LearnedDemand(5, 3, 1_000.0)
    for at in range(0, 4_000, 40):
        alone.record(sale(at=float(at), shop=at // 40 % 2))
        together.record(sale(at=float(at // 80 * 80), shop=at // 40 % 2))

    assert together.crowd().factor > 5.0 * alone.crowd().factor
