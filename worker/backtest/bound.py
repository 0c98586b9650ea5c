"""The least that a late sync loses: one pool in several shops, solved exactly.

Theory of operation
-------------------
Shops show the same goods. Each takes orders from what its own listing shows, which it counts down
at once; of the orders of the others nobody can know sooner than a delay after they were placed:
one read has to tell of them and one write to take effect. A sync chooses what each listing shows,
from no more than that.

Orders come as heads, at a rate, and each head has followers within the delay: the next ones, which
are sold from what was shown before anybody knew of the head. `Mood.followers` is the law of their
number: Poisson for orders that have nothing to do with each other, what was measured for real
ones. A mood may change. The sync is told when, and knows everything else about the pool; and at
the end of each delay it is told of every order up to that moment, although the youngest could not
be known yet. A real sync knows less, so that none which changes listings upon news loses less for
as few oversold orders. Listings that change by a timetable, without news, were tried in full in a
small case (`tests/worker/backtest/test_bound_timetables.py`): they gain nothing where an oversold
order weighs five lost sales or more.

Between news the pool waits with the same listings, so that the best ones follow by going up from
one unit: every sale leads to fewer units, and new stock ends the race. All listings that could be
shown are tried. What is made as large as can be is

    orders filled - price x orders oversold

and all prices together give the whole convex frontier of the two.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement


Shown = tuple[int, ...]
"""What the listings show, the least first: shops that sell alike are interchangeable."""

ALIKE = 1e-11
"""Listings whose worth differs by less, in orders, are equally good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """How orders come for a while.

    `chance` is how often a change of mood leads to this one. Heads come at `heads_per_s`;
    `followers` are the chances of 0, 1, 2 … further orders within the delay after one.
    """

    heads_per_s: float
    followers: tuple[float, ...]
    chance: float = 1.0

    def __post_init__(self) -> None:
        """Refuse chances that do not sum to 1."""
        if not math.isclose(math.fsum(self.followers), 1.0, rel_tol=1e-9):
            raise ValueError("the chances of the numbers of followers must sum to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePool:
    """One pool, and what is known of its orders.

    `sizes` are the chances of orders for 1, 2 … units. Moods end at `changes_per_s`; new stock
    comes at `restocks_per_s`.
    """

    moods: tuple[Mood, ...]
    restocks_per_s: float
    sizes: tuple[float, ...] = (1.0,)
    changes_per_s: float = 0.0
    shops: int = 3

    def __post_init__(self) -> None:
        """Refuse chances that do not sum to 1, and goods that never come."""
        for chances in (self.sizes, [mood.chance for mood in self.moods]):
            if not math.isclose(math.fsum(chances), 1.0, rel_tol=1e-9):
                raise ValueError("the chances of sizes, and of moods, must sum to 1")
        if not self.restocks_per_s > 0.0:
            raise ValueError("new stock comes after a time above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What is to be expected until new stock comes, in orders, and what is shown for it now."""

    filled: float = 0.0
    oversold: float = 0.0
    shown: Shown = ()

    def worth(self, price: float) -> float:
        """Return what it is worth, in orders filled."""
        return self.filled - price * self.oversold


def best(pool: LatePool, price: float, units: int) -> tuple[tuple[Prospect, ...], ...]:
    """Return the best prospect of 0 to `units` units left, for each mood.

    `price` is how many filled orders one oversold order weighs.
    """
    return _Solution(pool, price, units).prospects()


def atomic(pool: LatePool, units: int) -> tuple[tuple[Prospect, ...], ...]:
    """Return the same where all shops sell from one counter: nothing is oversold or hidden."""
    one_shop = LatePool(
        moods=pool.moods,
        restocks_per_s=pool.restocks_per_s,
        sizes=pool.sizes,
        changes_per_s=pool.changes_per_s,
        shops=1,
    )
    return best(one_shop, 1.0, units)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Some listings in a mood: what the next head brings, and how often it changes nothing."""

    shown: Shown
    filled: float
    oversold: float
    stays: float


class _Solution:
    """Prospects of one pool at one price, from few units to many."""

    def __init__(self, pool: LatePool, price: float, units: int) -> None:
        self._pool = pool
        self._price = price
        self._known = [[Prospect(shown=(0,) * pool.shops)] for _ in pool.moods]
        self._more = [_hazards(mood.followers) for mood in pool.moods]
        self._within = lru_cache(maxsize=None)(self._within_delay)
        for left in range(1, units + 1):
            for known, found in zip(self._known, self._solve(left), strict=True):
                known.append(found)

    def prospects(self) -> tuple[tuple[Prospect, ...], ...]:
        return tuple(tuple(known) for known in self._known)

    def _solve(self, units: int) -> list[Prospect]:
        """Return the best prospects of so many units: policies are bettered until none can be."""
        choices = [list(self._choices(mood, units)) for mood in range(len(self._pool.moods))]
        chosen = [options[-1] for options in choices]
        worth = -math.inf
        while True:
            found = self._settled(chosen)
            after = self._after_change(found)
            if after.worth(self._price) <= worth + ALIKE:
                return found
            worth = after.worth(self._price)
            chosen = [self._best_of(mood, each, after) for mood, each in enumerate(choices)]

    def _best_of(self, mood: int, options: Sequence[_Choice], after: Prospect) -> _Choice:
        """Return the best listings, if others do not matter: of those alike, the largest."""
        worths = [self._at(mood, each, after).worth(self._price) for each in options]
        enough = max(worths) - ALIKE
        return max(
            (each for each, worth in zip(options, worths, strict=True) if worth >= enough),
            key=lambda each: sum(each.shown),
        )

    def _settled(self, chosen: Sequence[_Choice]) -> list[Prospect]:
        """Return what choices amount to: moods lead to each other, so all are solved at once."""
        nothing, one = Prospect(), Prospect(filled=1.0)
        flat = self._after_change([self._at(m, c, nothing) for m, c in enumerate(chosen)])
        steep = self._after_change([self._at(m, c, one) for m, c in enumerate(chosen)])
        passed_on = 1.0 - (steep.filled - flat.filled)
        after = Prospect(filled=flat.filled / passed_on, oversold=flat.oversold / passed_on)
        return [self._at(mood, choice, after) for mood, choice in enumerate(chosen)]

    def _after_change(self, found: Sequence[Prospect]) -> Prospect:
        pairs = list(zip(self._pool.moods, found, strict=True))
        return Prospect(
            filled=math.fsum(mood.chance * each.filled for mood, each in pairs),
            oversold=math.fsum(mood.chance * each.oversold for mood, each in pairs),
        )

    def _at(self, mood: int, choice: _Choice, after: Prospect) -> Prospect:
        """Return a choice's prospect: a head, a change to what comes `after`, or new stock."""
        pool, heads = self._pool, self._pool.moods[mood].heads_per_s
        leaves = heads * (1.0 - choice.stays) + pool.changes_per_s + pool.restocks_per_s
        return Prospect(
            filled=(heads * choice.filled + pool.changes_per_s * after.filled) / leaves,
            oversold=(heads * choice.oversold + pool.changes_per_s * after.oversold) / leaves,
            shown=choice.shown,
        )

    def _choices(self, mood: int, units: int) -> Iterator[_Choice]:
        followers = self._pool.moods[mood].followers
        for shown in combinations_with_replacement(range(units + 1), self._pool.shops):
            refused = 1.0 - _found(self._pool, shown)
            stays = math.fsum(p * refused ** (n + 1) for n, p in enumerate(followers))
            filled, oversold = self._order(mood, shown, units, -1)
            yield _Choice(shown, filled, oversold, stays)

    def _within_delay(
        self, mood: int, shown: Shown, units: int, followers: int
    ) -> tuple[float, float]:
        """Return filled and oversold orders from here on, after so many followers of a head."""
        more = self._more[mood][followers]
        # While nothing is sold, what is to come is not known yet: `stays` tells how often.
        known = self._known[mood]
        rest = known[units] if units < len(known) else Prospect()
        filled, oversold = rest.filled, rest.oversold
        if more > 0.0:
            next_filled, next_oversold = self._order(mood, shown, units, followers)
            filled += more * (next_filled - filled)
            oversold += more * (next_oversold - oversold)
        return filled, oversold

    def _order(self, mood: int, shown: Shown, units: int, before: int) -> tuple[float, float]:
        """Return the same when one more order comes, in any shop and of any size."""
        within = self._within_delay if units == len(self._known[mood]) else self._within
        filled = oversold = refused = 0.0
        for at, shows in enumerate(shown):
            for size, chance in enumerate(self._pool.sizes, start=1):
                share = chance / len(shown)
                if size > shows:
                    refused += share
                    continue
                left = tuple(sorted((*shown[:at], shows - size, *shown[at + 1 :])))
                is_there = size <= units
                then = self._within(mood, left, units - size * is_there, before + 1)
                filled += share * (then[0] + is_there)
                oversold += share * (then[1] + (not is_there))
        if refused > 0.0:
            then = within(mood, shown, units, before + 1)
            filled, oversold = filled + refused * then[0], oversold + refused * then[1]
        return filled, oversold


def _found(pool: LatePool, shown: Shown) -> float:
    """Return the chance that an order finds enough."""
    return math.fsum(math.fsum(pool.sizes[:shows]) for shows in shown) / len(shown)


def _hazards(chances: Sequence[float]) -> list[float]:
    """Return the chance that there is one more, after each number of them."""
    beyond = [math.fsum(chances[at + 1 :]) for at in range(len(chances))]
    at_least = [math.fsum(chances[at:]) for at in range(len(chances))]
    return [
        more / all_ if all_ > 0.0 else 0.0 for more, all_ in zip(beyond, at_least, strict=True)
    ]
