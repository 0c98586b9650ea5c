"""A race in few and rounded numbers, so that like items share one calculation.

The rate in all is rounded up to a grid. The shares of listings and of order sizes are rounded to
grains, and so that they stay the same when all rates are multiplied by one number.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .crowd import Crowd
from .demand import Demand
from .grid import rounded_up
from .quantities import Units
from .race_levels import Sizes
from .race_terms import RaceTerms


GRID_RATIO = 1.2
"""Rates are rounded up, and shapes down, by at most so much."""

SIZE_GRAIN = 50
"""Chances of order sizes are rounded to one part in so many."""

LOTS_MAX = 60
"""Larger quantities are counted in lots, rounded so that the risk is never smaller."""

SHARE_GRAIN = 24
"""The shares in which listings sell are rounded to one part in so many."""


@dataclass(frozen=True, slots=True)
class Race:
    """A race in rounded numbers; equal races share one calculation.

    `lots` of `lot_units` each are there. Listings sell `orders_per_s` in all and in these
    `shares`, the largest first. `sizes` are pairs of an order's lots and their chance, `shape`
    that of the gamma variable of the rates.
    """

    lots: int
    lot_units: Units
    orders_per_s: float
    shares: tuple[float, ...]
    sizes: Sizes
    shape: float
    terms: RaceTerms


def in_numbers(units: Units, demands: Sequence[Demand], terms: RaceTerms) -> Race:
    """Return the race over a pool of `units` between listings with these demands."""
    lot_units = max(-(-units // LOTS_MAX), 1)
    orders_per_s = math.fsum(demand.orders_per_s for demand in demands)
    return Race(
        lots=max(units, 0) // lot_units,
        lot_units=lot_units,
        orders_per_s=_on_grid(orders_per_s),
        shares=_shares([demands[place].orders_per_s for place in ranked(demands)], orders_per_s),
        sizes=_sizes(demands, units, lot_units),
        shape=_on_grid(_shape(demands)) / GRID_RATIO,
        terms=replace(terms, crowd=_crowd_on_grid(terms.crowd)),
    )


def ranked(demands: Sequence[Demand]) -> list[int]:
    """Return the places of the listings, that which sells most first, of equals the first one."""
    return sorted(range(len(demands)), key=lambda place: -demands[place].orders_per_s)


def _shares(rates: Sequence[float], total: float) -> tuple[float, ...]:
    """Return the parts of all orders that listings get: at least a grain, where any come."""
    if total <= 0.0:
        return (1.0 / max(len(rates), 1),) * len(rates)
    # Rounded twice: what lies between two grains does so whatever the rates are multiplied by.
    grains = [math.floor(round(rate / total * SHARE_GRAIN, 6) + 0.5) for rate in rates]
    least = [max(each, 1) if rate > 0.0 else 0 for each, rate in zip(grains, rates, strict=True)]
    return tuple(each / sum(least) for each in least)


def _crowd_on_grid(crowd: Crowd) -> Crowd:
    return Crowd(factor=_on_grid(crowd.factor), orders_per_s=_on_grid(crowd.orders_per_s))


def _on_grid(rate: float) -> float:
    return rounded_up(rate, GRID_RATIO)


def _shape(demands: Sequence[Demand]) -> float:
    """Return the gamma shape of the listings' common rate: a crowd looks at the item, in all."""
    total = math.fsum(demand.orders_per_s for demand in demands)
    if total <= 0.0:
        return math.inf
    uneven = math.fsum(demand.orders_per_s / demand.shape for demand in demands) / total
    return 1.0 / uneven if uneven > 0.0 else math.inf


def _sizes(demands: Sequence[Demand], units: Units, lot_units: Units) -> Sizes:
    """Return the order sizes that can be filled at all, in lots, of all listings together."""
    total = math.fsum(demand.orders_per_s for demand in demands)
    chances = dict[int, float]()
    for demand in demands:
        weight = demand.orders_per_s / total if total > 0.0 else 1.0 / len(demands)
        for size, chance in enumerate(demand.sizes[: max(units, 0)], start=1):
            lots = -(-size // lot_units)
            chances[lots] = chances.get(lots, 0.0) + weight * chance
    # Rounded twice, as shares are.
    grains = {lots: math.ceil(round(chance * SIZE_GRAIN, 6)) for lots, chance in chances.items()}
    whole = sum(grains.values())
    return tuple((lots, grain / whole) for lots, grain in sorted(grains.items()) if grain)
