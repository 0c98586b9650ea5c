"""What the guard has learned of demand in a replay, from the orders that were told and no others.

It is what the program keeps in the record: sums of each listing, of its shop and of the catalogue,
and how many orders follow an order. It begins with the program's stated guesses.
"""

from collections import deque
from dataclasses import replace

from reconciliation.crowd import (
    RECENT_ORDERS,
    Crowd,
    CrowdHistory,
    followers_per_s,
    in_one_crowd,
)
from reconciliation.demand import (
    FIRST_ORDERS_PER_S,
    Demand,
    Level,
    catalogue_level,
    forecast,
    shop_level,
)
from reconciliation.quantities import Instant
from reconciliation.sales_history import (
    LANDMARK,
    contribution,
    difference,
    first_seen,
    record_order,
    summed,
)

from ..forecasts import LEVEL_AGE_S_MAX
from .policy import Sale
from .scene import WARM_UP_S


class LearnedDemand:
    """The demand for every listing, as it is known from the orders that were told."""

    def __init__(self, items: int, shops: int, intensity: float) -> None:
        """Know nothing of any listing, but that all have been on sale since the shops opened.

        The guess of how often anything is ordered is compressed by `intensity` like the orders.
        """
        self._first_orders_per_s = FIRST_ORDERS_PER_S * intensity
        opening = first_seen(_calendar(WARM_UP_S), is_on_sale=True)
        self._histories = [[opening] * shops for _ in range(items)]
        self._sums = [summed([contribution(opening)] * items)] * shops
        self._catalogue = summed(self._sums)
        self._levels: list[tuple[float, Level] | None] = [None] * shops
        self._crowds = CrowdHistory()
        self._recent: list[deque[Sale]] = [deque(maxlen=RECENT_ORDERS) for _ in range(items)]

    def record(self, sale: Sale) -> None:
        """Learn from an order."""
        self._record_crowd(sale)
        before = self._histories[sale.item][sale.shop]
        after = record_order(before, units=sale.units, placed_at=_calendar(sale.placed_at))
        change = difference(contribution(after), contribution(before))
        self._histories[sale.item][sale.shop] = after
        self._sums[sale.shop] = summed((self._sums[sale.shop], change))
        self._catalogue = summed((self._catalogue, change))

    def demand(self, item: int, shop: int, now: float) -> Demand:
        """Return the demand for a listing at a moment."""
        history = self._histories[item][shop]
        return forecast(history, self._level(shop, now), _calendar(now)).demand

    def crowd(self) -> Crowd:
        """Return how many orders follow an order."""
        return self._crowds.crowd()

    def _record_crowd(self, sale: Sale) -> None:
        """Count the other shops' orders of the same moment, and those that were to be expected."""
        others = [
            self.demand(sale.item, shop, sale.placed_at)
            for shop in range(len(self._sums))
            if shop != sale.shop
        ]
        seen = sum(_in_one_crowd(sale, each) for each in self._recent[sale.item])
        self._crowds = self._crowds.with_order(others_per_s=followers_per_s(others), seen=seen)
        self._recent[sale.item].append(sale)

    def _level(self, shop: int, now: float) -> Level:
        kept = self._levels[shop]
        if kept is None or not 0.0 <= now - kept[0] <= LEVEL_AGE_S_MAX:
            moment = _calendar(now)
            catalogue = catalogue_level(
                self._catalogue, moment, first_orders_per_s=self._first_orders_per_s
            )
            level = replace(shop_level(self._sums[shop], catalogue, now=moment))
            kept = self._levels[shop] = (now, level)
        return kept[1]


def _in_one_crowd(sale: Sale, other: Sale) -> bool:
    """Tell whether two shops sold within the same moments."""
    return sale.shop != other.shop and in_one_crowd(
        Instant(sale.placed_at), Instant(other.placed_at)
    )


def _calendar(moment: float) -> Instant:
    """Return a moment of the replay as one after the landmark of the histories."""
    return Instant(LANDMARK + moment)
