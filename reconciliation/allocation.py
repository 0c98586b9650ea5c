"""A pool's units shared between the listings that sell them.

Units are handed out one sale at a time, to the listing that has the fewest for its demand
(the method of Webster and Sainte-Laguë: the next sale goes where (given + 1/2) / demand is
least). Among listings whose sales take equal amounts it never takes a unit from anybody when
there are more to give, as the method of largest remainders does. Ties go by the shops'
configured order. A bundle takes from all its pools and stops when one of them runs out; a
multipack takes whole packs.

Strict mode shares: every unit is promised once. The risk-bounded mode (design 3.4) will let
shares overlap; its place is a second function beside `share`, with the same arguments.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .catalog import ListingKey, PoolKey, Recipe
from .quantities import Units


_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """A listing that asks for a share: `demand` is its rate, `rank` its shop's order."""

    key: ListingKey
    recipe: Recipe
    demand: Fraction
    units_max: Units
    rank: int = 0

    def __post_init__(self) -> None:
        """Refuse a demand that cannot be compared."""
        if self.demand <= 0:
            raise ValueError(f"the demand of {self.key} must be above 0, not {self.demand}")


def share(
    sellable: Mapping[PoolKey, Units], claimants: Sequence[Claimant]
) -> dict[ListingKey, Units]:
    """Return the sales that each listing may promise; together never more than is sellable."""
    left = dict(sellable)
    given = dict.fromkeys((claimant.key for claimant in claimants), 0)
    asking = list(claimants)
    while asking:
        _leap(left, given, asking)
        asking = _walk_until_one_stops(left, given, asking)
    return given


def _walk_until_one_stops(
    left: dict[PoolKey, Units], given: dict[ListingKey, Units], asking: list[Claimant]
) -> list[Claimant]:
    """Hand out sales one by one until somebody can take no more; return the others."""
    queue = [_turn(claimant, given[claimant.key], at) for at, claimant in enumerate(asking)]
    heapq.heapify(queue)
    while True:
        _, _, at = queue[0]
        claimant = asking[at]
        if given[claimant.key] >= claimant.units_max or not _take(left, claimant.recipe, 1):
            return [each for each in asking if each is not claimant]
        given[claimant.key] += 1
        heapq.heapreplace(queue, _turn(claimant, given[claimant.key], at))


def _turn(claimant: Claimant, given: Units, at: int) -> tuple[Fraction, int, int]:
    """Return when it is the claimant's turn; the least goes first."""
    return ((given + _HALF) / claimant.demand, claimant.rank, at)


def _take(left: dict[PoolKey, Units], recipe: Recipe, sales: Units) -> bool:
    """Take `sales` sales out of what is left, or leave it untouched and return False."""
    if any(left[part.pool] < part.units * sales for part in recipe):
        return False
    for part in recipe:
        left[part.pool] -= part.units * sales
    return True


def _leap(
    left: dict[PoolKey, Units], given: dict[ListingKey, Units], asking: Sequence[Claimant]
) -> None:
    """Hand out at once what the walk is sure to reach, so that it stays short.

    By the time it passes a level, the walk has given everybody round(level x demand) sales;
    as long as all of that fits, nobody has been stopped before.
    """
    level = _sure_level(left, given, asking)
    for claimant in asking:
        sales = min(int(level * claimant.demand + _HALF), claimant.units_max)
        more = sales - given[claimant.key]
        if more > 0 and _take(left, claimant.recipe, more):
            given[claimant.key] = sales


def _sure_level(
    left: Mapping[PoolKey, Units], given: Mapping[ListingKey, Units], asking: Sequence[Claimant]
) -> Fraction:
    """Return a level that every pool can surely bear: rounding adds at most half a sale each."""
    room, rate, halves = (
        dict(left),
        dict.fromkeys(left, Fraction(0)),
        dict.fromkeys(left, _HALF * 0),
    )
    for claimant in asking:
        for part in claimant.recipe:
            room[part.pool] += part.units * given[claimant.key]
            rate[part.pool] += part.units * claimant.demand
            halves[part.pool] += part.units * _HALF
    levels = [(room[pool] - halves[pool]) / rate[pool] for pool in left if rate[pool]]
    return max(min(levels, default=Fraction(0)), Fraction(0))
