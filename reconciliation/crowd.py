"""How many more orders follow an order within moments: a crowd comes together.

Theory of operation
-------------------
A forecast knows the mean rate of a listing. Orders come in crowds: by hours of the day, because an
item is shown somewhere, because one buyer tells another. Right after an order, when two shops may
sell the same unit, many more are to be expected than the mean says, and how many depends on the
trade. So it is counted. Over all items, two sums are kept: the orders that were to be expected
from the other listings of a pool within `SPAN_S` of each order, and those that came. What came,
over what was expected, is the *factor*. It leans on `FIRST_FACTOR` with the weight of one order.

An item of which little is known is told too low more often than too high, and one with a high rate
the other way round. So a part of what is expected is the same for all items: the mean.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from .demand import Demand
from .order_counts import after_an_order
from .quantities import Instant


SPAN_S = 2.0
"""Orders so far apart belong to one crowd: about a reaction window."""

OWN_SHARE = 0.7
"""What of the expectation is the item's own; the rest is the mean of all items.

Of recorded orders, pressed together a thousandfold, thirtyfold or not at all, this tells those
that follow an order equally well for fast items and for slow ones.
"""

FIRST_FACTOR = 4.0
"""How many times the forecast follow an order, before anything has been counted."""

FIRST_ORDERS = 1.0
"""The orders that this guess is worth."""

GRAIN_S = 1.0
"""Placing times are whole seconds: two that are equal lie half a second apart, or so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What follows an order: `factor` times the forecast, and `orders_per_s` whatever it says."""

    factor: float = 1.0
    orders_per_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse fewer than none."""
        if not (self.factor >= 0.0 and self.orders_per_s >= 0.0):
            raise ValueError("not fewer than no orders follow an order")


NO_CROWD = Crowd()
"""Orders come by the forecast, whatever came just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdHistory:
    """Over all orders: how many there were, how many others were expected, and how many came."""

    orders: float = 0.0
    expected_orders: float = 0.0
    seen_orders: float = 0.0

    def with_order(self, *, others_per_s: float, seen: int) -> "CrowdHistory":
        """Return the sums with an order more.

        `others_per_s` is the forecast of the pool's other listings before it, and `seen` how many
        of their orders known so far are less than `SPAN_S` from it.
        """
        return CrowdHistory(
            orders=self.orders + 1.0,
            expected_orders=self.expected_orders + others_per_s * (SPAN_S + GRAIN_S / 2.0),
            seen_orders=self.seen_orders + seen,
        )

    def crowd(self) -> Crowd:
        """Return what follows an order by what was counted."""
        factor = (self.seen_orders + FIRST_ORDERS) / (
            self.expected_orders + FIRST_ORDERS / FIRST_FACTOR
        )
        usual_per_s = self.expected_orders / (SPAN_S + GRAIN_S / 2.0) / max(self.orders, 1.0)
        return Crowd(
            factor=OWN_SHARE * factor, orders_per_s=(1.0 - OWN_SHARE) * factor * usual_per_s
        )


RECENT_ORDERS = 20
"""Orders of the same goods, or of a listing, that are looked at for being of one crowd."""


def followers_per_s(others: Iterable[Demand]) -> float:
    """Return how many orders a second the forecasts of other listings tell after an order."""
    return math.fsum(after_an_order(each.orders_per_s, each.shape) for each in others)


def in_one_crowd(one: Instant, other: Instant) -> bool:
    """Tell whether two orders, placed at these whole seconds, belong together."""
    return abs(one - other) <= SPAN_S
