"""What stands and falls together on a board: pools that listings or calls tie to each other."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .board import Board, ListingFacts
from .catalog import PoolKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Pools that are tied to each other, with all listings that draw on any of them."""

    pools: frozenset[PoolKey]
    listings: tuple[ListingFacts, ...]


def components(board: Board) -> tuple[Sharing, ...]:
    """Return the parts of a board that have nothing to do with each other.

    A recipe ties its pools together, and so does a call: TikTok updates a SKU in all its
    warehouses at once.
    """
    root = {pool: pool for pool in board.pools}
    groups: dict[tuple[str, str, str], PoolKey] = {}
    for facts in board.listings:
        pools = [part.pool for part in facts.listing.recipe]
        tie(root, [groups.setdefault(facts.sku_group, pools[0]), *pools])
    members: dict[PoolKey, set[PoolKey]] = {}
    for pool in board.pools:
        members.setdefault(root_of(root, pool), set()).add(pool)
    drawing: dict[PoolKey, list[ListingFacts]] = {top: [] for top in members}
    for facts in board.listings:
        drawing[root_of(root, facts.listing.recipe[0].pool)].append(facts)
    return tuple(
        Sharing(pools=frozenset(pools), listings=tuple(drawing[top]))
        for top, pools in members.items()
    )


def separate(board: Board) -> tuple[Board, ...]:
    """Return a board for each part of a board, to be decided for by itself.

    Together they decide what the whole board does, in a time that grows with their number and
    not with its square.
    """
    return tuple(
        replace(
            board,
            pools={pool: board.pools[pool] for pool in sorted(sharing.pools)},
            listings=sharing.listings,
        )
        for sharing in components(board)
    )


def tie(root: dict[PoolKey, PoolKey], pools: Iterable[PoolKey]) -> None:
    """Put pools into one group; `root` leads from each pool to the first of its group."""
    first, *others = pools
    for other in others:
        root[root_of(root, other)] = root_of(root, first)


def root_of(root: dict[PoolKey, PoolKey], pool: PoolKey) -> PoolKey:
    """Return the pool that stands for the group of a pool."""
    while root[pool] != pool:
        pool = root[pool]
    return pool
