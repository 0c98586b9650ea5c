"""The orders that races over a pool will cost until its next feed.

A pool whose listings promise the same units loses nothing while there are many of them. It loses
near zero, and only if sales go so far before the next feed tells of more. With each order that
arrives while `left` units are there, as many orders will have to be cancelled as the race at that
level has it (`race.Overlap.risk_orders`); what listings show is lowered from level to level. So

    orders = sum over levels of (orders that arrive at the level) x (cancelled ones because of one)

Orders arrive in a negative binomial number N and take S(k) units, the first k of them together. A
(k + 1)th arrives if N > k, so that at a level that many are to be expected:

    arrive(left) = sum over k of P(N > k) P(S(k) = goods - left)
"""

from collections.abc import Callable
from functools import lru_cache

from .demand import Demand
from .quantities import Units
from .risk import Loss
from .unit_tails import on_grid, ordered


ARRIVALS_LEAST = 1e-7
"""Where fewer orders are to be expected at a level, the race there costs nothing."""

LEVELS_MAX = 200
"""So far above zero a race is looked at; what is sold of more goods is not near zero yet."""


def race_ahead(
    goods: Units, ahead: Demand, for_s: float, risk_at: Callable[[Units], float]
) -> Loss:
    """Return what races cost of so many goods within a time, at the mean demand of that time.

    `risk_at(left)` is the number of orders that will be cancelled because of one that arrives
    when so many units are left. It grows with the demand, the time and that risk.
    """
    arrive = arrivals(on_grid(ahead.orders_per_s * for_s), ahead.shape, ahead.sizes, goods - 1)
    orders = sum(
        here * risk_at(goods - sold)
        for sold, here in enumerate(arrive)
        if here > ARRIVALS_LEAST and goods - sold <= LEVELS_MAX
    )
    return Loss(chance=min(orders, 1.0), orders=orders)


@lru_cache(maxsize=4_096)
def arrivals(
    orders: float, shape: float, sizes: tuple[float, ...], most: Units
) -> tuple[float, ...]:
    """Return how many orders are to be expected that arrive when 0, 1 … `most` units are sold."""
    count, expected = ordered(orders, shape, (1.0,)), [0.0] * (most + 1)
    by_size = [(units, chance) for units, chance in enumerate(sizes, start=1) if chance > 0.0]
    sold = [1.0] + [0.0] * most if most >= 0 else []
    for taken in range(most + 1):
        another = count.chance_beyond(taken)
        if another <= ARRIVALS_LEAST:
            break
        for units in range(taken, most + 1):
            expected[units] += another * sold[units]
        sold = [
            sum(chance * sold[units - size] for size, chance in by_size if size <= units)
            for units in range(most + 1)
        ]
    return tuple(expected)
