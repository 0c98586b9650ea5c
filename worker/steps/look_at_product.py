"""Looks at one product as TikTok lists it now, between two reads of the whole catalogue.

Something has told that it may have changed: a notification, or a refusal of TikTok's. What only
the joining of all listings can take in is left to that, at once: new SKUs, other warehouses, and
other names. So is a product that TikTok does not show by itself, since it is frozen or deleted.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from connectors.errors import RequestRefused
from connectors.store import bars, catalog, listings, locks, work
from connectors.store.engine import writing
from reconciliation.catalog import ListingKey, ListingSeen

from ..queues import CATALOGUE, PLAN, READ, pool_work, product_of_work
from ..services import Services


def look_at_product(services: Services, key: str) -> None:
    """Store what has changed of a product, and ask for the read and decisions that follow."""
    shop, product_id = product_of_work(key)
    try:
        seen = services.tiktok.product(shop, product_id)
    except RequestRefused:
        seen = None
    with writing(services.engine) as connection:
        locks.share_catalogue(connection)
        known = catalog.seen_of(connection, shop, product_id)
        pools = catalog.pools_of(connection, [each.key for each in known])
        locks.lock_pools(connection, pools)
        if seen is None or not _joins_alike(known, seen):
            work.ask(connection, CATALOGUE, [shop], due_at=services.now())
        changed = _changed(known, seen or ())
        keys: tuple[str, ...] = ()
        if changed:
            catalog.record_listings(connection, changed)
            _try_again(connection, services, [each.key for each in changed])
            keys = work.ask(connection, PLAN, map(pool_work, pools), due_at=services.now())
    services.ring_all(PLAN, keys)


def _joins_alike(known: Sequence[ListingSeen], seen: Sequence[ListingSeen]) -> bool:
    """Tell whether a product is joined to the same goods as before."""

    def names(listed: Sequence[ListingSeen]) -> set[tuple[ListingKey, str]]:
        return {(each.key, each.seller_sku) for each in listed if not each.is_virtual_bundle}

    return names(known) == names(seen)


def _changed(known: Sequence[ListingSeen], seen: Sequence[ListingSeen]) -> list[ListingSeen]:
    """Return the listings that TikTok shows otherwise than before, by their present status."""
    before = {each.key: each for each in known}
    return [
        each
        for each in seen
        if not each.is_virtual_bundle and each.key in before and each != before[each.key]
    ]


def _try_again(connection: Connection, services: Services, changed: Sequence[ListingKey]) -> None:
    """Believe no more what was refused before the change, and read what is shown after it."""
    now = services.now()
    barred = bars.load(connection, changed)
    for key in sorted(barred):
        listings.strand(connection, key, "")
    for shop, product_id in sorted({(key.shop, key.product_id) for key in barred}):
        bars.end(connection, shop, product_id, now)
    listings.want_read(connection, changed, now)
    work.ask(connection, READ, {key.shop for key in changed}, due_at=now)
