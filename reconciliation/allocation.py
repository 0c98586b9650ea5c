"""A pool's units shared between the listings that sell them.

Units are handed out one sale at a time, to the listing that has the fewest for its demand
(the method of Webster and Sainte-Laguë: the next sale goes where (given + 1/2) / demand is
least). Among listings whose sales take equal amounts it never takes a unit from anybody when
there are more to give, as the method of largest remainders does. Ties go by the shops'
configured order. A bundle takes from all its pools and stops when one of them runs out; a
multipack takes whole packs.

Fractions are exact but slow, so the demands are brought to whole numbers first (`_weights`): only
their ratios matter. Listings that have no pool in common do not wait for each other's turns.

Strict mode shares: every unit is promised once. The risk-bounded mode (design 3.4) will let
shares overlap; its place is a second function beside `share`, with the same arguments.
"""

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .catalog import ListingKey, PoolKey, Recipe
from .quantities import Units
from .sharing import root_of, tie


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """A listing that asks for a share: `demand` is its rate, `rank` its shop's order.

    `units_min` is its floor, which `reserve` sees to; `share` goes by demand alone.
    """

    key: ListingKey
    recipe: Recipe
    demand: Fraction
    units_max: Units
    units_min: Units = 0
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
    given: dict[ListingKey, Units] = {}
    for group in _apart(claimants):
        if len(group) == 1:
            given[group[0].key] = _all_it_can(left, group[0])
        else:
            given |= _share_among(left, group)
    return given


def _apart(claimants: Sequence[Claimant]) -> list[list[Claimant]]:
    """Return the claimants in groups that have no pool in common, each in its order."""
    root = {part.pool: part.pool for claimant in claimants for part in claimant.recipe}
    if len(root) == 1:
        return [list(claimants)]
    for claimant in claimants:
        tie(root, [part.pool for part in claimant.recipe])
    groups: dict[PoolKey, list[Claimant]] = {}
    for claimant in claimants:
        groups.setdefault(root_of(root, claimant.recipe[0].pool), []).append(claimant)
    return list(groups.values())


def _all_it_can(left: Mapping[PoolKey, Units], claimant: Claimant) -> Units:
    """Return what a claimant may promise whose pools nobody else draws on."""
    goods = min([left[part.pool] // part.units for part in claimant.recipe])
    return max(min(goods, claimant.units_max), 0)


@dataclass(slots=True)
class _Asking:
    """A claimant with its demand as a whole number, its step between turns, and its place.

    `given` is what it has been given so far.
    """

    claimant: Claimant
    weight: int
    step: int
    at: int
    given: Units = 0

    def turn(self) -> tuple[int, int, int]:
        """Return when it is its turn, (given + 1/2) / demand scaled; the least is next."""
        return ((2 * self.given + 1) * self.step, self.claimant.rank, self.at)

    def take(self, left: dict[PoolKey, Units], sales: Units) -> bool:
        """Take `sales` sales out of what is left, or leave it untouched and return False."""
        recipe = self.claimant.recipe
        for part in recipe:
            if left[part.pool] < part.units * sales:
                return False
        for part in recipe:
            left[part.pool] -= part.units * sales
        self.given += sales
        return True

    def is_done(self, left: Mapping[PoolKey, Units]) -> bool:
        """Tell whether it can take no more; then it never can, for nothing comes back."""
        if self.given >= self.claimant.units_max:
            return True
        return any(left[part.pool] < part.units for part in self.claimant.recipe)


def _share_among(left: dict[PoolKey, Units], group: Sequence[Claimant]) -> dict[ListingKey, Units]:
    weights = _weights(group)
    whole = math.lcm(*weights)
    everybody = [
        _Asking(claimant=claimant, weight=weight, step=whole // weight, at=at)
        for at, (claimant, weight) in enumerate(zip(group, weights, strict=True))
    ]
    asking = everybody
    while asking:
        _leap(left, asking)
        _walk_until_one_stops(left, asking)
        asking = [each for each in asking if not each.is_done(left)]
    return {each.claimant.key: each.given for each in everybody}


def _weights(group: Sequence[Claimant]) -> list[int]:
    """Return the demands in the same ratios to each other, as whole numbers."""
    demands = [claimant.demand for claimant in group]
    scale = math.lcm(*[demand.denominator for demand in demands])
    return [demand.numerator * (scale // demand.denominator) for demand in demands]


def _walk_until_one_stops(left: dict[PoolKey, Units], asking: Sequence[_Asking]) -> None:
    """Hand out sales one by one until somebody can take no more."""
    queue = [(*each.turn(), each) for each in asking]
    heapq.heapify(queue)
    while True:
        *_, each = queue[0]
        if each.given >= each.claimant.units_max or not each.take(left, 1):
            return
        heapq.heapreplace(queue, (*each.turn(), each))


def _leap(left: dict[PoolKey, Units], asking: Sequence[_Asking]) -> None:
    """Hand out at once what the walk is sure to reach, so that it stays short.

    By the time it passes a level, the walk has given everybody round(level x demand) sales;
    as long as all of that fits, nobody has been stopped before.
    """
    rise, run = _sure_level(left, asking)
    for each in asking:
        # The whole part of level x demand + 1/2, the level being rise / (2 x run).
        sales = min((rise * each.weight + run) // (2 * run), each.claimant.units_max)
        if sales > each.given:
            each.take(left, sales - each.given)


def _sure_level(left: Mapping[PoolKey, Units], asking: Sequence[_Asking]) -> tuple[int, int]:
    """Return a level that every pool can surely bear: rounding adds at most half a sale each.

    It is given as twice its numerator and its denominator, at least 0.
    """
    rises: dict[PoolKey, int] = {}
    runs: dict[PoolKey, int] = {}
    for each in asking:
        for part in each.claimant.recipe:
            pool = part.pool
            if pool not in rises:
                rises[pool], runs[pool] = 2 * left[pool], 0
            rises[pool] += part.units * (2 * each.given - 1)
            runs[pool] += part.units * each.weight
    rise, run = max(next(iter(rises.values())), 0), next(iter(runs.values()))
    for pool, other in rises.items():
        if other * run < rise * runs[pool]:
            rise, run = max(other, 0), runs[pool]
    return rise, run
