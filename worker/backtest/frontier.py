"""The frontier of lost sales and oversold orders that no late sync gets below, over many goods.

Each price of an oversold order gives one point of it, summed over all goods (`bound`). Whoever
oversells no more than so many loses at least what a point's tangent says there, and the reverse:
the highest of the tangents is the bound.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .bound import Prospect, Shown, atomic, best
from .nearly_gone import Known, NearlyGone
from .outcome import PER_ORDERS


PRICES = (0.1, 1.0, 3.0, 8.0, 20.0, 50.0, 120.0, 400.0, 1_500.0)
"""Lost sales that one oversold order weighs."""

Plans = dict[int, tuple[Shown, ...]]
"""What goods of each class show best, by the units that are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The best that can be had at a price, in orders of the whole record.

    `orders` is what one counter for all shops fills.
    """

    price: float
    orders: int
    oversold_orders: float
    lost_orders: float

    @property
    def oversold_orders_per_10k(self) -> float:
        """Return the oversold ones of 10,000 orders."""
        return PER_ORDERS * self.oversold_orders / self.orders

    @property
    def lost_sales_pct(self) -> float:
        """Return the lost sales in percent of what one counter fills."""
        return 100.0 * self.lost_orders / self.orders


def least_lost_pct(points: Sequence[Point], oversold_per_10k: float) -> float:
    """Return the lost sales, in percent, without which nobody oversells so few.

    They may be below 0: whoever refuses a large order may fill two small ones instead.
    """
    tangents = [
        each.lost_sales_pct
        + each.price * (each.oversold_orders_per_10k - oversold_per_10k) * 100.0 / PER_ORDERS
        for each in points
    ]
    return max(tangents)


def least_oversold_per_10k(points: Sequence[Point], lost_pct: float) -> float:
    """Return the oversold of 10,000 orders without which nobody loses so few sales."""
    tangents = [
        each.oversold_orders_per_10k
        + (each.lost_sales_pct - lost_pct) / each.price * PER_ORDERS / 100.0
        for each in points
    ]
    return max(0.0, *tangents)


def point(
    classes: Mapping[int, NearlyGone], price: float, known: Known, *, shops: int, units_max: int
) -> Point:
    """Return the best that can be had at a price, from all goods together."""
    oversold = lost = 0.0
    for counts in classes.values():
        if not counts.has_races():
            continue
        pool, kinds = counts.pool(known, shops), counts.hours(known)
        one_counter = atomic(pool, units_max)
        found = best(pool, price, units_max)
        for (units, hour), times in counts.begins.items():
            mood = _mood_of(kinds, hour)
            oversold += times * found[mood][units].oversold
            lost += times * (one_counter[mood][units].filled - found[mood][units].filled)
    orders = sum(counts.filled for counts in classes.values())
    return Point(price=price, orders=orders, oversold_orders=oversold, lost_orders=lost)


def plans(classes: Mapping[int, NearlyGone], price: float, *, shops: int, units_max: int) -> Plans:
    """Return what is shown for that by whoever knows the rates.

    Goods whose orders were never followed hide nothing: there is no plan for them.
    """
    return {
        key: _shown(best(counts.pool(Known.RATES, shops), price, units_max)[0])
        for key, counts in classes.items()
        if counts.has_races() and counts.is_followed()
    }


def _shown(prospects: Sequence[Prospect]) -> tuple[Shown, ...]:
    return tuple(each.shown for each in prospects)


def _mood_of(kinds: Sequence[frozenset[int]], hour: int) -> int:
    return next((mood for mood, hours in enumerate(kinds) if hour in hours), 0)
