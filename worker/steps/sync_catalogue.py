"""Reads a shop's listings and joins all listings to their goods anew."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from connectors.store import bars, catalog, intake, listings, locks, orders, shops, work
from connectors.store.engine import writing
from connectors.tiktok.seen import WarehouseSeen
from reconciliation.catalog import (
    Joinery,
    Listing,
    ListingSeen,
    PoolKey,
    Recipe,
    match_listings,
)
from reconciliation.quantities import Instant, later

from ..mapping_file import read_mapping
from ..queues import CATALOGUE, PLAN, READ, RESTOCK
from ..services import Services
from ..settings.values import warehouse_map
from .plan_pools import ask_for_decisions


REMAP_QUIET_S = 2 * 86_400.0
"""How long the last order under an old mapping must have left before a new one holds."""


_BUNDLE = "it is a virtual bundle now, whose stock is that of its parts"
_UNLISTED = "TikTok lists it no more"


def sync_catalogue(services: Services, shop: str) -> None:
    """Store what a shop lists now, join it, and ask for the reads and decisions that follow."""
    seen = services.tiktok.search_listings(shop)
    trouble = warehouse_trouble(services, shop, services.tiktok.warehouses(shop))
    with writing(services.engine) as connection:
        locks.own_catalogue(connection)
        shops.note_warehouse_trouble(connection, shop, trouble)
        _record_seen(connection, shop, seen, services.now())
        keys = rematch(connection, services)
        due_at = later(services.now(), services.settings.schedule.catalogue_refresh_s)
        work.ask(connection, CATALOGUE, [shop], due_at=due_at)
        work.ask(connection, RESTOCK, [shop], due_at=services.now())
    services.ring_all(READ, services.settings.shops)
    services.ring_all(PLAN, keys)


def warehouse_trouble(services: Services, shop: str, seen: Sequence[WarehouseSeen]) -> str:
    """Return in words which configured warehouses a shop does not have, or cannot sell from."""
    known = {each.warehouse_id: each for each in seen}
    troubles = []
    for (of_shop, warehouse_id), code in sorted(warehouse_map(services.settings).items()):
        if of_shop != shop:
            continue
        if warehouse_id not in known:
            troubles.append(f"it has no warehouse {warehouse_id} (configured for {code})")
        elif not known[warehouse_id].sells:
            status = known[warehouse_id].effect_status
            troubles.append(f"its warehouse {warehouse_id} ({code}) does not sell: {status}")
    return "; ".join(troubles)


def _record_seen(
    connection: Connection, shop: str, seen: Sequence[ListingSeen], now: Instant
) -> None:
    """Store the listings; one that was refused is tried again, unless it surely is in vain.

    What TikTok lists no more, or only as a bundle of others, cannot be written; what it last
    showed counts on until a person says otherwise.
    """
    own_stock = {each.key: each for each in seen if not each.is_virtual_bundle}
    stored = {each.key: each for each in catalog.seen_in(connection, shop)}
    changed = [each for key, each in own_stock.items() if stored.get(key) != each]
    catalog.record_listings(connection, changed)
    barred = {key for key, bar in bars.in_force(connection, shop, now).items() if bar.because}
    for key in sorted((catalog.stranded_keys(connection, shop) & own_stock.keys()) - barred):
        listings.strand(connection, key, "")
    bundles = {each.key for each in seen} - own_stock.keys()
    for key in sorted(stored.keys() - own_stock.keys()):
        listings.strand(connection, key, _BUNDLE if key in bundles else _UNLISTED)


def rematch(connection: Connection, services: Services) -> tuple[str, ...]:
    """Join every stored listing to its goods by the present items and mapping.

    Only what has changed is stored: all others wait meanwhile. Returns the keys of the decisions
    asked for: those of all pools that have a listing now.
    """
    match = match_listings(catalog.all_seen(connection), joinery(connection, services))
    joined = catalog.all_recipes(connection)
    faulty = {each.key: each for each in catalog.problems(connection)}
    fresh: set[PoolKey] = set()
    for listing in match.listings:
        if listing.key in faulty:
            catalog.set_problem(connection, listing.key)
        if joined.get(listing.key) != tuple(sorted(listing.recipe)):
            _join(connection, services, listing, joined.get(listing.key))
            fresh |= {part.pool for part in listing.recipe}
    for fault in match.problems:
        if fault != faulty.get(fault.key):
            catalog.set_problem(connection, fault.key, problem=fault.problem, remedy=fault.remedy)
        if fault.key in joined:
            listings.strand(connection, fault.key, f"its mapping was lost: {fault.remedy}")
    _ask_for_first_reads(connection, services)
    pools = {part.pool for listing in match.listings for part in listing.recipe}
    # A listing that is joined is a fact: from here on TikTok may show less than it could.
    ask_for_decisions(connection, services, fresh, fact_at=services.now())
    return ask_for_decisions(connection, services, pools)


def _join(
    connection: Connection, services: Services, listing: Listing, before: Recipe | None
) -> None:
    """Join a listing, unless orders are still open on what it was joined to before.

    Moving them would free goods that they hold: the change waits until they have left.
    """
    since = later(services.now(), -REMAP_QUIET_S)
    if before is not None and orders.has_open_lines(connection, listing.key, since):
        because = "its mapping has changed, and orders under the old one are open"
        listings.strand(connection, listing.key, because)
    else:
        catalog.set_recipe(connection, listing)


def joinery(connection: Connection, services: Services) -> Joinery:
    """Return what listings are joined by at present."""
    settings = services.settings.catalog
    path = Path(settings.mapping_file) if settings.mapping_file else None
    return Joinery(
        warehouses=warehouse_map(services.settings),
        items=intake.known_items(connection),
        rules=read_mapping(path, settings.sku_case, shops=services.settings.shops),
        case=settings.sku_case,
    )


def _ask_for_first_reads(connection: Connection, services: Services) -> None:
    """Ask for a read of every joined listing that was never read."""
    unread = listings.unread_keys(connection)
    listings.want_read(connection, unread, services.now())
    work.ask(connection, READ, {key.shop for key in unread}, due_at=services.now())
