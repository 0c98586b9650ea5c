"""Which orders to give up where goods are missing, so that it does the least harm.

Theory of operation
-------------------
Pools are short by some units each, and orders wait for them. Giving an order up frees all that
it takes, of several pools at once if it is for a bundle, and costs one cancellation. Of all sets
of orders that free enough, this takes one

1. that breaks the fewest parcels which are packed already,
2. of the least harm, where one order weighs from 1 (its shop has all its room left) to 2 (its
   shop is at the limit), and nothing if it is lost anyway,
3. whose orders are due last, since a delivery has longest to come in time for those.

That is a covering problem, solved exactly one knot of pools and orders at a time, orders that
join nothing apart. Orders that are alike differ by their cost only, so that of each kind the
cheapest are looked at, and no more than would cover everything alone; if all are of one kind,
that is the answer. Otherwise every count of units still missing is a state, and the cheapest way
to each is kept, the small knots first. Where `STEPS_MAX` steps are not enough, the order that
costs least for each unit it frees is taken, again and again: at most 1 + 1/2 + ... + 1/n times
the least cost, n being the most missing units that one order frees (Wolsey 1982), and the choice
says so.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .catalog import PoolKey
from .quantities import Instant, Units
from .risk import OrderKey


STEPS_MAX = 500_000
"""Steps of all exact searches together: about half a second."""

HARM_GRAIN = 1_000_000
"""Harm is compared in millionths: whole numbers add up alike in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An order that waits for pools that are short, and what cancelling it would cost.

    `units` is what it takes of each of these pools. `harm` is as `harm_of_cancelling` gives it.
    `due_at` is when TikTok cancels it by itself, None where nobody told.
    """

    order: OrderKey
    units: Mapping[PoolKey, Units]
    harm: float
    placed_at: Instant
    due_at: Instant | None = None
    packed: bool = False

    def __post_init__(self) -> None:
        """Refuse an order for nothing, and one that it would do good to cancel."""
        if not self.units or min(self.units.values()) < 1:
            raise ValueError(f"{self.order} takes at least one unit of each pool it names")
        if self.harm < 0:
            raise ValueError(f"cancelling {self.order} does harm or none, not {self.harm}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The orders to give up; `exact` tells whether no other choice does less harm."""

    given_up: frozenset[OrderKey]
    exact: bool = True


def harm_of_cancelling(*, lost_chance: float, limit_used_ratio: float) -> float:
    """Return what it weighs to cancel an order, from 0 to 2.

    `lost_chance` is the probability that it counts against the seller anyway. `limit_used_ratio`
    is its shop's projected rate over its limit; beyond 1 an order weighs no more than at 1.
    """
    return (1.0 - lost_chance) * (1.0 + min(max(limit_used_ratio, 0.0), 1.0))


def least_harm(
    missing: Mapping[PoolKey, Units], claims: Iterable[Claim], *, steps_max: int = STEPS_MAX
) -> Choice:
    """Return the orders to give up so that every pool's missing units are freed.

    Where all orders of a pool together are for less than is missing, all of them are given up.
    """
    short = {pool: units for pool, units in missing.items() if units > 0}
    given_up, exact, steps_left = set[OrderKey](), True, steps_max
    for knot in sorted(_knots(short, claims), key=lambda knot: knot.steps):
        if knot.all_alike:
            found = knot.candidates
        elif knot.steps <= steps_left:
            found = knot.searched()
            steps_left -= knot.steps
        else:
            found, exact = knot.taken_one_by_one(), False
        given_up.update(each.order for each in found)
    return Choice(given_up=frozenset(given_up), exact=exact)


# -- knots ----------------------------------------------------------------------------------------

_Cost = tuple[int, int, int]
"""Packed parcels, harm, and places in the order of due times; compared in this order."""

_Left = tuple[Units, ...]
"""Units still missing of each pool of a knot."""

_Way = tuple[_Cost, Any]
"""The cost of a set of candidates; and the last of them with the way to the others, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """An order in a knot: what it frees of each of the knot's pools, and at what cost."""

    order: OrderKey
    frees: _Left
    cost: _Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class _Knot:
    """Pools that orders join, directly or through others; the candidates are cheapest first."""

    missing: _Left
    candidates: Sequence[_Candidate]

    @property
    def steps(self) -> int:
        """How many steps an exact search takes at most."""
        return len(self.candidates) * math.prod(units + 1 for units in self.missing)

    @property
    def all_alike(self) -> bool:
        """Tell whether every candidate frees the same: then there are just enough of them."""
        return len({each.frees for each in self.candidates}) == 1

    def searched(self) -> list[_Candidate]:
        """Return the cheapest cover, by the cheapest way to every count of missing units."""
        ways: dict[_Left, _Way] = {self.missing: ((0, 0, 0), None)}
        for each in self.candidates:
            for left, way in list(ways.items()):
                after, cost = _less(left, each.frees), _plus(way[0], each.cost)
                if after != left and (after not in ways or cost < ways[after][0]):
                    ways[after] = (cost, (each, way))
        return list(_along(ways[(0,) * len(self.missing)]))

    def taken_one_by_one(self) -> list[_Candidate]:
        """Return a cover: what costs least for each unit it frees, less what was in vain."""
        left, rest, taken = self.missing, list(self.candidates), list[_Candidate]()
        while any(left):
            chosen = min(rest, key=lambda each: _dearness(each, left))
            rest.remove(chosen)
            taken.append(chosen)
            left = _less(left, chosen.frees)
        for each in sorted(taken, key=lambda each: each.cost, reverse=True):
            others = [other for other in taken if other is not each]
            if not any(_left_by(others, self.missing)):
                taken = others
        return taken


def _along(way: _Way) -> Iterator[_Candidate]:
    while way[1] is not None:
        last, way = way[1]
        yield last


def _dearness(candidate: _Candidate, left: _Left) -> tuple[float, float, int]:
    """Return what a candidate costs for each unit that it frees of what is still missing."""
    freed = sum(map(min, candidate.frees, left))
    packed, harm, place = candidate.cost
    return (packed / freed, harm / freed, place) if freed else (math.inf, math.inf, place)


def _left_by(candidates: Iterable[_Candidate], missing: _Left) -> _Left:
    for each in candidates:
        missing = _less(missing, each.frees)
    return missing


def _less(left: _Left, frees: _Left) -> _Left:
    return tuple(max(still - units, 0) for still, units in zip(left, frees, strict=True))


def _plus(one: _Cost, other: _Cost) -> _Cost:
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2])


# -- how orders make knots ------------------------------------------------------------------------


def _knots(short: Mapping[PoolKey, Units], claims: Iterable[Claim]) -> Iterator[_Knot]:
    """Yield the knots, each with as many of each kind of order as can be of use."""
    grouped: dict[PoolKey, list[Claim]] = {}
    joined = {pool: pool for pool in short}
    for claim in sorted(claims, key=_due_last_first):
        pools = [pool for pool in claim.units if pool in short]
        for pool in pools[1:]:
            joined[_root(joined, pool)] = _root(joined, pools[0])
        if pools:
            grouped.setdefault(pools[0], []).append(claim)
    by_root: dict[PoolKey, list[Claim]] = {}
    for pool, some in grouped.items():
        by_root.setdefault(_root(joined, pool), []).extend(some)
    for some in by_root.values():
        yield _knot(short, sorted(some, key=_due_last_first))


def _due_last_first(claim: Claim) -> tuple[float, float, OrderKey]:
    due_at = math.inf if claim.due_at is None else claim.due_at
    return (-due_at, -claim.placed_at, claim.order)


def _root(joined: dict[PoolKey, PoolKey], pool: PoolKey) -> PoolKey:
    while joined[pool] != pool:
        pool = joined[pool]
    return pool


def _knot(short: Mapping[PoolKey, Units], claims: Sequence[Claim]) -> _Knot:
    pools = sorted({pool for claim in claims for pool in claim.units if pool in short})
    missing = tuple(
        min(short[pool], sum(claim.units.get(pool, 0) for claim in claims)) for pool in pools
    )
    kinds: dict[_Left, list[_Candidate]] = {}
    for place, claim in enumerate(claims):
        frees = tuple(map(min, (claim.units.get(pool, 0) for pool in pools), missing))
        cost = (int(claim.packed), round(claim.harm * HARM_GRAIN), place)
        kinds.setdefault(frees, []).append(
            _Candidate(order=claim.order, frees=frees, cost=cost if cost[1] else (0, *cost[1:]))
        )
    useful = [
        each
        for frees, kind in kinds.items()
        for each in sorted(kind, key=lambda each: each.cost)[: _enough(missing, frees)]
    ]
    return _Knot(missing=missing, candidates=sorted(useful, key=lambda each: each.cost))


def _enough(missing: _Left, frees: _Left) -> int:
    """Return how many of a kind of order cover alone all that they can."""
    return max(-(-units // freed) for units, freed in zip(missing, frees, strict=True) if freed)
