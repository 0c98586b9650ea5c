"""Which SKUs of a file no listing would be made of, were it taken: told before it is."""

from dataclasses import replace

from sqlalchemy import Connection

from connectors.store import catalog
from reconciliation.catalog import PoolKey, match_listings
from reconciliation.feed import ParsedFeed
from reconciliation.quantities import Sku

from .services import Services
from .steps.sync_catalogue import joinery


def unsold_skus(
    connection: Connection, services: Services, feed: str, parsed: ParsedFeed
) -> tuple[Sku, ...] | None:
    """Return the good SKUs that no listing sells, in the file's order.

    None before any listing is known: then nothing is said of them. Raises `MappingFault`.
    """
    seen = catalog.all_seen(connection)
    if not seen:
        return None
    warehouse = services.settings.feeds[feed].warehouse
    stated = {row.sku: PoolKey(warehouse=warehouse, sku=row.sku) for row in parsed.rows}
    joined = joinery(connection, services)
    match = match_listings(seen, replace(joined, items={*joined.items, *stated.values()}))
    sold = {part.pool for listing in match.listings for part in listing.recipe}
    return tuple(sku for sku, pool in stated.items() if pool not in sold)
