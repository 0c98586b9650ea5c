"""How likely it is that more than so many units are ordered, or go missing: whole tails at once.

A tail answers two questions of a random number N of units: P(N > k), and E[(N - k)+], the units
to be expected beyond k. Tails of orders are exact for compound negative binomial numbers. Those of
what goes missing are the highest of all the laws that the safety stock is held against
(`decline_law`), so that a less predictable partner never looks the safer one; what is held back
at a level is exceeded with no more than the rest.

Equal numbers share one tail; who asks for many rounds them first (`on_grid`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from .decline_law import LOG_LEAST, RATIOS, SPREADS, log_chance
from .grid import rounded_up
from .order_counts import REMAINING, chances_beyond
from .quantities import Units


ORDERS_MAX = 500.0
"""Above this mean orders are counted in lots: the chance of none is soon no float any more."""

UNITS_MAX = 20_000
"""A tail ends here, whatever it still holds; no law that was learned reaches it."""

GRID_RATIO = 1.05
"""Means are rounded up by at most so much."""


@dataclass(frozen=True, slots=True)
class Tails:
    """The tails of a number of units, counted in lots of `lot_units`.

    `beyond[k]` is P(more than k lots), `excess[k]` the lots to be expected beyond k.
    """

    beyond: tuple[float, ...]
    excess: tuple[float, ...]
    lot_units: Units = 1

    def chance_beyond(self, units: Units) -> float:
        """Return P(N > units); for less than none it is certain."""
        if units < 0:
            return 1.0
        lots = units // self.lot_units
        return self.beyond[lots] if lots < len(self.beyond) else 0.0

    def units_beyond(self, units: Units) -> float:
        """Return E[(N - units)+]."""
        if units < 0:
            return self.units_beyond(0) - units
        lots, rest = divmod(units, self.lot_units)
        if lots >= len(self.excess):
            return 0.0
        return self.excess[lots] * self.lot_units - rest * self.beyond[lots]

    def units_between(self, low: Units, high: Units) -> float:
        """Return E[(min(N, high) - low)+]: the units beyond `low`, none counted beyond `high`."""
        return max(self.units_beyond(low) - self.units_beyond(high), 0.0) if high > low else 0.0


NONE = Tails(beyond=(), excess=())
"""Nothing at all, for sure."""


def on_grid(mean: float) -> float:
    """Return a mean rounded up to the grid, so that like ones share one tail."""
    return rounded_up(mean, GRID_RATIO)


def _tails(chances_beyond: Sequence[float], lot_units: Units = 1) -> Tails:
    """Return the tails of which P(N > k) are given, the last being next to nothing."""
    excess = list(accumulate(reversed(chances_beyond)))
    return Tails(beyond=tuple(chances_beyond), excess=tuple(reversed(excess)), lot_units=lot_units)


# -- what is ordered ------------------------------------------------------------------------------


@lru_cache(maxsize=16_384)
def ordered(orders: float, shape: float, sizes: tuple[float, ...]) -> Tails:
    """Return the tails of the units in a negative binomial number of orders, of these sizes.

    `orders` is the mean, `shape` that of its gamma rate; `sizes[k]` is the chance of k + 1 units.
    """
    if orders <= 0.0:
        return NONE
    lot_units = max(math.ceil(orders / ORDERS_MAX), 1)
    by_units = tuple((units, chance) for units, chance in enumerate(sizes, start=1) if chance > 0)
    beyond = chances_beyond(orders / lot_units, shape, by_units, UNITS_MAX + 1)
    return _tails(beyond, lot_units)


# -- what goes missing ----------------------------------------------------------------------------


@lru_cache(maxsize=16_384)
def missing(mean: float, ratio: float, chance: float) -> Tails:
    """Return the highest tails of all laws of this mean: with any ratio up to `ratio`, or seldom.

    `ratio` is the variance over the mean, rounded up to one of `RATIOS`; `chance` that anything
    goes at all.
    """
    if mean <= 0.0:
        return NONE
    seldom = [chance * each for each in _clump_tail(mean / chance, 1.0)]
    laws = [seldom, *(_clump_tail(mean, each) for each in _ratios_up_to(ratio))]
    longest = max(map(len, laws))
    padded = (law + [0.0] * (longest - len(law)) for law in laws)
    return _tails([max(each) for each in zip(*padded, strict=True)])


def _ratios_up_to(ratio: float) -> tuple[float, ...]:
    return RATIOS[: sum(step < ratio for step in RATIOS) + 1]


def _clump_tail(mean: float, ratio: float) -> list[float]:
    """Return P(N > k) of a negative binomial number, Poisson at a ratio of 1.

    Where the chance of none is no float any more, it begins where anything matters.
    """
    units = 0
    if log_chance(0, mean, ratio) < LOG_LEAST:
        units = max(math.floor(mean - SPREADS * math.sqrt(mean * ratio)), 0)
    tail = [1.0] * units
    chance = math.exp(log_chance(units, mean, ratio))
    covered, first, growth = chance, mean / ratio, 1.0 - 1.0 / ratio
    while len(tail) < UNITS_MAX:
        tail.append(max(1.0 - covered, 0.0))
        if tail[-1] <= REMAINING:
            break
        chance *= (first + growth * units) / (units + 1)
        units += 1
        covered += chance
    return tail
