"""Asks for everything of some shops to be decided anew: what was not written is due again."""

from collections.abc import Iterable

from sqlalchemy import Connection

from connectors.store import catalog, listings, work
from connectors.store.batches import batches
from reconciliation.catalog import ListingKey, PoolKey
from reconciliation.quantities import Instant

from .queues import PLAN, pool_work


def ask_for_shops(connection: Connection, shops: Iterable[str], now: Instant) -> tuple[str, ...]:
    """Ask for decisions on all pools of the shops; return the keys of what was asked for."""
    pools = {
        pool
        for shop in shops
        for pool in pools_of(connection, listings.keys_of_shop(connection, shop))
    }
    return work.ask(connection, PLAN, map(pool_work, pools), due_at=now)


def pools_of(connection: Connection, keys: Iterable[ListingKey]) -> set[PoolKey]:
    """Return the pools that listings draw on."""
    return {
        part.pool
        for some in batches(tuple(keys))
        for listing in catalog.recipes_of(connection, some).values()
        for part in listing.recipe
    }
