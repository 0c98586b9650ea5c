"""The promise (design 3.4): what all listings could still sell never exceeds the goods.

    for every pool: sum over its listings of exposure x units per sale <= sellable

`Slack` keeps the difference while a plan is made, so that each planned write is paid for at
once. `breaches` computes it a second time from nothing, just before writes are sent: the two
must agree, and a write that fails here is never made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .board import Board
from .catalog import ListingKey, PoolKey, Recipe
from .exposure import exposure_units
from .quantities import Units


class Slack:
    """Units of each pool that nobody has been promised; negative while the bound is broken."""

    def __init__(self, left: dict[PoolKey, Units]) -> None:
        """Start from the units left of each pool."""
        self._left = left

    def sales(self, recipe: Recipe) -> Units:
        """Return how many more sales of a recipe the slack allows, 0 if none."""
        return max(min(self._left[part.pool] // part.units for part in recipe), 0)

    def spend(self, recipe: Recipe, sales: Units) -> None:
        """Promise `sales` more sales of a recipe. They must be there: ask `sales` first."""
        for part in recipe:
            self._left[part.pool] -= part.units * sales

    def units(self, pool: PoolKey) -> Units:
        """Return the slack of one pool."""
        return self._left[pool]

    def copied(self, pools: Iterable[PoolKey]) -> "Slack":
        """Return the slack of some pools, to try what it bears."""
        return Slack({pool: self._left[pool] for pool in pools})


def slack_of(board: Board) -> Slack:
    """Return what is left of each pool after every listing's exposure."""
    slack = Slack(board.sellable_units())
    for facts in board.listings:
        slack.spend(facts.listing.recipe, exposure_units(facts.book))
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
    """Return the pools in which `writes` would break the bound; writes of 0 promise nothing."""
    slack = slack_of(board)
    raised = [facts for facts in board.listings if writes.get(facts.key, 0) > 0]
    for facts in raised:
        slack.spend(facts.listing.recipe, writes[facts.key])
    unknown = set(_pools_of(f.listing.recipe for f in board.listings if not f.book.known))
    return tuple(
        Breach(pool=pool, beyond_units=max(-slack.units(pool), 0), unknown=pool in unknown)
        for pool in _pools_of(facts.listing.recipe for facts in raised)
        if slack.units(pool) < 0 or pool in unknown
    )


def _pools_of(recipes: Iterable[Recipe]) -> list[PoolKey]:
    return sorted({part.pool for recipe in recipes for part in recipe})
