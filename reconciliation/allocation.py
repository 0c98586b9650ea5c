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
    given = dict.fromkeys((claimant.key for claimant in claimants), 0)
    for group in _apart(claimants):
        if len(group) == 1:
            given[group[0].key] = _all_it_can(left, group[0])
        else:
            _share_among(left, given, group)
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
    goods = min(left[part.pool] // part.units for part in claimant.recipe)
    return max(min(goods, claimant.units_max), 0)


@dataclass(slots=True)
class _Asking:
    """A claimant with its demand as a whole number, its step between turns, and its place."""

    claimant: Claimant
    weight: int
    step: int
    at: int


def _share_among(
    left: dict[PoolKey, Units], given: dict[ListingKey, Units], group: Sequence[Claimant]
) -> None:
    weights = _weights(group)
    whole = math.lcm(*weights)
    asking = [
        _Asking(claimant=claimant, weight=weight, step=whole // weight, at=at)
        for at, (claimant, weight) in enumerate(zip(group, weights, strict=True))
    ]
    while asking:
        _leap(left, given, asking)
        asking = _walk_until_one_stops(left, given, asking)


def _weights(group: Sequence[Claimant]) -> list[int]:
    """Return the demands in the same ratios to each other, as whole numbers."""
    scale = math.lcm(*(claimant.demand.denominator for claimant in group))
    return [
        claimant.demand.numerator * (scale // claimant.demand.denominator) for claimant in group
    ]


def _walk_until_one_stops(
    left: dict[PoolKey, Units], given: dict[ListingKey, Units], asking: list[_Asking]
) -> list[_Asking]:
    """Hand out sales one by one until somebody can take no more; return the others."""
    queue = [(*_turn(each, given[each.claimant.key]), each) for each in asking]
    heapq.heapify(queue)
    while True:
        *_, each = queue[0]
        claimant = each.claimant
        if given[claimant.key] >= claimant.units_max or not _take(left, claimant.recipe, 1):
            return [other for other in asking if other is not each]
        given[claimant.key] += 1
        heapq.heapreplace(queue, (*_turn(each, given[claimant.key]), each))


def _turn(each: _Asking, given: Units) -> tuple[int, int, int]:
    """Return when it is the claimant's turn, (given + 1/2) / demand scaled; the least is next."""
    return ((2 * given + 1) * each.step, each.claimant.rank, each.at)


def _take(left: dict[PoolKey, Units], recipe: Recipe, sales: Units) -> bool:
    """Take `sales` sales out of what is left, or leave it untouched and return False."""
    if any(left[part.pool] < part.units * sales for part in recipe):
        return False
    for part in recipe:
        left[part.pool] -= part.units * sales
    return True


def _leap(
    left: dict[PoolKey, Units], given: dict[ListingKey, Units], asking: Sequence[_Asking]
) -> None:
    """Hand out at once what the walk is sure to reach, so that it stays short.

    By the time it passes a level, the walk has given everybody round(level x demand) sales;
    as long as all of that fits, nobody has been stopped before.
    """
    rise, run = _sure_level(left, given, asking)
    for each in asking:
        claimant = each.claimant
        # The whole part of level x demand + 1/2, the level being rise / (2 x run).
        sales = min((rise * each.weight + run) // (2 * run), claimant.units_max)
        more = sales - given[claimant.key]
        if more > 0 and _take(left, claimant.recipe, more):
            given[claimant.key] = sales


def _sure_level(
    left: Mapping[PoolKey, Units], given: Mapping[ListingKey, Units], asking: Sequence[_Asking]
) -> tuple[int, int]:
    """Return a level that every pool can surely bear: rounding adds at most half a sale each.

    It is given as twice its numerator and its denominator, at least 0.
    """
    rises: dict[PoolKey, int] = {}
    runs: dict[PoolKey, int] = {}
    for each in asking:
        for part in each.claimant.recipe:
            room = rises.get(part.pool, 2 * left[part.pool])
            rises[part.pool] = room + part.units * (2 * given[each.claimant.key] - 1)
            runs[part.pool] = runs.get(part.pool, 0) + part.units * each.weight
    rise, run = max(next(iter(rises.values())), 0), next(iter(runs.values()))
    for pool, other in rises.items():
        if other * run < rise * runs[pool]:
            rise, run = max(other, 0), runs[pool]
    return rise, run
