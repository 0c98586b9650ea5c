"""What a level of a race costs: orders that will be cancelled, and sales that are lost.

Both are counted per order that is placed; `race` says what they are, and how they are weighed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from .order_counts import after_an_order, chances_beyond
from .quantities import Units
from .race_levels import Level, Sizes
from .race_numbers import Race
from .race_terms import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What the listings of a pool may show, in their order, and what that costs per order.

    `read_closely`: the race was priced as if the listings are read closely, and must be.
    """

    caps: tuple[Units, ...]
    risk_orders: float
    lost_orders: float
    read_closely: bool = False

    def total(self, price: float) -> float:
        """Return what it costs per order, in lost sales."""
        return self.lost_orders + price * self.risk_orders


def cost_of(race: Race, level: Level, *, closely: bool) -> Overlap:
    """Return what it costs to show the lots of a level."""
    shown = level.shown
    if race.orders_per_s <= 0.0 or not race.sizes:
        return Overlap(caps=shown, risk_orders=0.0, lost_orders=0.0, read_closely=closely)
    windows = race.terms.close_windows if closely else race.terms.windows
    return Overlap(
        caps=shown,
        risk_orders=risk(race, level, windows),
        lost_orders=max(1.0 - level.found_share, 0.0) * still_there(race, level),
        read_closely=closely,
    )


def still_there(race: Race, level: Level) -> float:
    """Return the chance that the last lot is unsold when new stock comes.

    New stock comes at a time that nobody knows: taken as exponential, so that a sale comes first
    with the odds of the demand.
    """
    sold = sum(lots * found for (lots, _), found in zip(race.sizes, level.found, strict=True))
    lots = sold * race.orders_per_s * race.terms.restock_every_s
    return 1.0 - float((lots / (1.0 + lots)) ** race.lots)


def risk(race: Race, level: Level, windows: Sequence[Window]) -> float:
    """Return the orders that will be cancelled because of one order."""
    return sales_after(race, level, windows).beyond(race, level)


@dataclass(frozen=True, slots=True)
class Sales:
    """What is sold in the windows after an order.

    `past` has for each window its chance and a running sum: at place n, the chances that sales go
    past 0, past 1 … and past n - 1 lots, in all.
    """

    lots_per_order: float = 1.0
    past: tuple[tuple[float, Sequence[float]], ...] = ()

    def beyond(self, race: Race, level: Level) -> float:
        """Return the orders beyond what is there, per order, where a level's lots may be sold."""
        most, units = sum(level.shown), 0.0
        if most <= race.lots:
            return 0.0
        for chance, past in self.past:
            last = len(past) - 1
            for (lots, _), found in zip(race.sizes, level.found, strict=True):
                within = past[min(most - lots, last)] - past[min(race.lots - lots, last)]
                units += chance * found * within
        return units / self.lots_per_order


def sales_after(race: Race, level: Level, windows: Sequence[Window]) -> Sales:
    """Return what is sold in windows if as many orders find enough as at a level."""
    share = level.found_share
    if share <= 0.0:
        return Sales()
    pairs = zip(race.sizes, level.found, strict=True)
    sizes = tuple((lots, found / share) for (lots, _), found in pairs if found > 0.0)
    return Sales(
        lots_per_order=sum(lots * chance for lots, chance in sizes),
        past=tuple((each.chance, _past(race, share, sizes, each.seconds)) for each in windows),
    )


def _past(race: Race, share: float, sizes: Sizes, seconds: float) -> list[float]:
    """Return the running sum of `Sales.past` for one window."""
    mean, most = followers(race, share, seconds), len(race.shares) * race.lots
    return [0.0, *accumulate(chances_beyond(mean, race.shape + 1.0, sizes, most))]


def followers(race: Race, share: float, seconds: float) -> float:
    """Return how many orders to expect after an order, of those that a share of all finds."""
    crowd = race.terms.crowd
    rate = after_an_order(race.orders_per_s, race.shape) * crowd.factor + crowd.orders_per_s
    return rate * share * seconds
