"""The promise (design 3.4): what all listings could still sell never exceeds the goods.

    for every pool: sum over its listings of exposure x units per sale <= sellable

and in a pool that is raced, where overlap is priced (`race`), what no single listing may break:

    for every listing of it: (quantity + restocks + given back) x units per sale <= sellable

`Slack` keeps the difference while a plan is made, so that each planned write is paid for at
once. `breaches` computes it a second time from nothing, just before writes are sent: the two
must agree, and a write that fails here is never made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .board import Board, ListingFacts
from .catalog import Ingredient, ListingKey, PoolKey, Recipe
from .exposure import exposure_units, likely_units
from .quantities import Units
from .race_terms import RaceTerms
from .write_margin import margin_units


class Slack:
    """Units of each pool that nobody has been promised; negative while the bound is broken.

    A raced pool is not divided: there, the slack of a listing is all the goods, less what of them
    it may sell beside a new quantity.
    """

    def __init__(
        self, left: dict[PoolKey, Units], races: Mapping[PoolKey, RaceTerms | None]
    ) -> None:
        """Start from the units left of each pool."""
        self._left = left
        self._races = races

    def sales(self, facts: ListingFacts) -> Units:
        """Return how many more sales of a listing the slack allows, 0 if none."""
        return max(min(self._sales(facts, part) for part in facts.listing.recipe), 0)

    def _sales(self, facts: ListingFacts, part: Ingredient) -> Units:
        terms = self._races[part.pool]
        beside = _beside_units(facts, terms) if terms is not None else 0
        return self._left[part.pool] // part.units - beside

    def spend(self, facts: ListingFacts, sales: Units) -> None:
        """Promise `sales` more sales of a listing. They must be there: ask `sales` first."""
        for part in facts.listing.recipe:
            if self._races[part.pool] is None:
                self._left[part.pool] -= part.units * sales

    def units(self, pool: PoolKey) -> Units:
        """Return the slack of one pool."""
        return self._left[pool]

    def copied(self, pools: Iterable[PoolKey]) -> "Slack":
        """Return the slack of some pools, to try what it bears."""
        return Slack({pool: self._left[pool] for pool in pools}, self._races)


def _beside_units(facts: ListingFacts, terms: RaceTerms) -> Units:
    """Return what a listing of a raced pool may sell beside a new quantity.

    Pending restocks, and what the write gives back: sold while it was on its way (W6), never more
    than is likely shown.
    """
    shown = likely_units(facts.book)
    given_back = margin_units(facts.forecast, terms.write_s, terms.price_of_write) if shown else 0
    return facts.book.restock_units + min(given_back, shown)


def whole_slack(board: Board) -> Slack:
    """Return what is there of each pool, before any listing's exposure is taken off."""
    races = {pool: facts.race for pool, facts in board.pools.items()}
    return Slack({pool: board.goods_units(pool) for pool in board.pools}, races)


def slack_of(board: Board) -> Slack:
    """Return what is left of each pool after every listing's exposure."""
    slack = whole_slack(board)
    for facts in board.listings:
        slack.spend(facts, exposure_units(facts.book))
    return slack


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A pool that planned writes would promise beyond its goods, and by how many units.

    `unknown`: a listing that nobody has read draws on it, so that no promise can be counted.
    """

    pool: PoolKey
    beyond_units: Units
    unknown: bool = False


def breaches(board: Board, writes: Mapping[ListingKey, Units]) -> tuple[Breach, ...]:
    """Return the pools in which `writes` would break the bound.

    Writes of 0 promise nothing, and a decrease to the least that TikTok takes is all that can be
    done: without it more could be sold.
    """
    slack = slack_of(board)
    raised = [facts for facts in board.listings if _promises(facts, writes.get(facts.key, 0))]
    for facts in raised:
        slack.spend(facts, writes[facts.key])
    unknown = set(_pools_of(f.listing.recipe for f in board.listings if not f.book.known))
    raced = _beyond_in_races(board, raised, writes)
    return tuple(
        Breach(pool=pool, beyond_units=beyond, unknown=pool in unknown)
        for pool in _pools_of(facts.listing.recipe for facts in raised)
        for beyond in [max(-slack.units(pool), raced.get(pool, 0))]
        if beyond > 0 or pool in unknown
    )


def _promises(facts: ListingFacts, units: Units) -> bool:
    lowest = units <= facts.least_units and units < likely_units(facts.book)
    return units > 0 and not lowest


def _beyond_in_races(
    board: Board, raised: Iterable[ListingFacts], writes: Mapping[ListingKey, Units]
) -> dict[PoolKey, Units]:
    """Return by how many units one written listing would promise more than a raced pool has."""
    beyond = dict[PoolKey, Units]()
    for facts in raised:
        for part in facts.listing.recipe:
            terms = board.pools[part.pool].race
            if terms is None:
                continue
            most = writes[facts.key] + _beside_units(facts, terms)
            over = most * part.units - board.goods_units(part.pool)
            beyond[part.pool] = max(beyond.get(part.pool, 0), over)
    return beyond


def _pools_of(recipes: Iterable[Recipe]) -> list[PoolKey]:
    return sorted({part.pool for recipe in recipes for part in recipe})
