"""Reads listings from TikTok and brings their books up to date: what settles every write."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connectors.store import catalog, holds, listings, locks, orders, shops, trail, work
from connectors.store.batches import batches
from connectors.store.engine import reading, writing
from connectors.store.holds import HoldRow
from connectors.store.listings import ListingRow
from connectors.store.trail import Event
from reconciliation.catalog import Listing, ListingKey, PoolKey
from reconciliation.exposure import ListingBook, ListingRead, close_ledger, record_read
from reconciliation.guard import GuardState
from reconciliation.policy import Assumptions
from reconciliation.quantities import Instant, later, normal_sku

from ..metrics.counting import observe_confirmed
from ..queues import ORDERS, PLAN, READ, pool_work
from ..services import Services
from .proof import provable_at, telling_read_at


EDIT_HOLD_S = 86_400.0
"""How long a person's edit in Seller Center is respected before stock may rise again."""

READ_AGAIN_S = 0.5
"""The least time between two reads of a listing, whatever waits for them."""

PROOF_S = 2.0
"""How long the poll that proves something, and the decision after it, may take."""

ABSENT_AGAIN_S = 60.0
"""When a listing is read again that TikTok did not answer for."""

SELLER_CENTER = "Seller Center"
"""Who is named in a hold that a person's edit on TikTok caused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A listing whose book a read or the ledger has changed."""

    row: ListingRow
    after: ListingBook


def read_due(services: Services, shop: str) -> None:
    """Read the shop's listings whose read is due, and ask for the next."""
    with reading(services.engine) as connection:
        keys = listings.reads_due(connection, shop, services.now())
    due_at: Instant | None = None
    for some in batches(keys):
        due_at = read_listings(services, shop, some)
    if not keys:
        with writing(services.engine) as connection:
            due_at = ask_for_next_read(connection, shop)
    if due_at is not None:
        services.ring_at(READ, shop, due_at)


def read_listings(services: Services, shop: str, keys: Sequence[ListingKey]) -> Instant | None:
    """Read listings now, settle what the read proves, and ask for new decisions.

    Asks for the shop's next read as well, and returns when that is due, None where none is.
    """
    if not keys:
        return None
    reads = services.tiktok.read_stock(shop, keys)
    with writing(services.engine) as connection:
        locks.share_catalogue(connection)
        locks.lock_pools(connection, catalog.pools_of(connection, keys))
        rows = listings.load(connection, keys)
        complete = shops.load(connection, shop).complete_up_to
        changed = [
            each
            for row in rows.values()
            if (each := _apply(connection, services, row, reads.get(row.key), complete))
        ]
        recipes = catalog.recipes_of(connection, [each.row.key for each in changed])
        _respect_edits(connection, services, changed, recipes, complete)
        pools = ask_for_plans(connection, services, recipes.values())
        _ask_for_poll(connection, services, shop, changed)
        due_at = ask_for_next_read(connection, shop)
    services.ring_all(PLAN, pools)
    return due_at


def ask_for_next_read(connection: Connection, shop: str) -> Instant | None:
    """Ask for the shop's next read; return when it is due, None if no read is wanted."""
    due_at = listings.next_read_due(connection, shop)
    if due_at is not None:
        work.ask(connection, READ, [shop], due_at=due_at)
    return due_at


def _apply(
    connection: Connection,
    services: Services,
    row: ListingRow,
    read: ListingRead | None,
    complete: Instant | None,
) -> Changed | None:
    """Bring one book up to date; return it where a decision may now come out differently."""
    assumptions = services.policies.assumptions
    if read is None:
        # TikTok did not answer for it: perhaps deleted, perhaps a hiccup. Ask again, not at once.
        listings.plan_next_read(connection, row.key, later(services.now(), ABSENT_AGAIN_S))
        return None
    with_backorder = replace(read, units=read.units + row.backorder_units)
    after = record_read(row.book, with_backorder, assumptions)
    if complete is not None:
        after = close_ledger(after, complete)
    settled = listings.save_book(connection, row.key, row.book, after, services.now())
    observe_confirmed(connection, services.meter, row.key.shop, settled)
    listings.plan_next_read(connection, row.key, _next_read(services, row, after, assumptions))
    says_nothing_new = replace(after, read=row.book.read) == row.book
    if says_nothing_new and not (row.decision or {}).get("waits_for_proof", True):
        return None
    return Changed(row=row, after=after)


def _next_read(
    services: Services, row: ListingRow, book: ListingBook, assumptions: Assumptions
) -> Instant:
    """Return when to read again: to settle a write or restock, near zero, or as an audit."""
    settled_by = [
        each.answered_at
        if each.answered_at is not None
        else later(each.sent_at, assumptions.write_horizon_s)
        for each in book.writes
    ]
    restocked_by = [
        later(each.cancelled_at, assumptions.restock_horizon_s + assumptions.clock_tolerance_s)
        for each in book.restocks
    ]
    if book.unasked_since is not None:
        settled_by.append(later(book.unasked_since, assumptions.write_horizon_s))
    due = [telling_read_at(by, assumptions) for by in (*settled_by, *restocked_by)]
    due.append(later(services.now(), services.settings.schedule.audit_s))
    if row.state is GuardState.THROTTLED:
        near_zero_at = later(services.now(), services.settings.schedule.read_near_zero_s)
        due.append(max(near_zero_at, _proven_by(services, book)))
    # A read that is overdue already was just made in vain: not at once again.
    soonest = later(services.now(), READ_AGAIN_S)
    return max(min(due), soonest)


def _proven_by(services: Services, book: ListingBook) -> Instant:
    """Return when the ledger is surely shown complete up to the last read.

    A read before that begins the wait anew, and a listing near zero that is read as often would
    never rise again.
    """
    read_at = book.read.finished_at if book.read is not None else services.now()
    return later(provable_at(services, read_at), PROOF_S)


def ask_for_plans(
    connection: Connection, services: Services, recipes: Iterable[Listing]
) -> tuple[str, ...]:
    """Ask for a new decision for every pool of the listings; return the keys of that work."""
    pools: set[PoolKey] = {part.pool for listing in recipes for part in listing.recipe}
    keys = [pool_work(pool) for pool in pools]
    return work.ask(connection, PLAN, keys, due_at=services.now())


def _ask_for_poll(
    connection: Connection, services: Services, shop: str, changed: Sequence[Changed]
) -> None:
    """Ask for the poll that can end new doubts: their end is what increases wait for."""
    waits = [
        since
        for each in changed
        for since in (*(d.seen_at for d in each.after.doubts), each.after.unproven_since)
        if since is not None
    ]
    if waits:
        due_at = provable_at(services, Instant(max(waits)))
        work.ask(connection, ORDERS, [shop], due_at=due_at)


# -- a person's edit (W10) ------------------------------------------------------------------------


def _respect_edits(
    connection: Connection,
    services: Services,
    changed: Sequence[Changed],
    recipes: dict[ListingKey, Listing],
    complete: Instant | None,
) -> None:
    """Hold listings that a person lowered: a drop that orders and our writes do not explain.

    It must have lasted past the write horizon, with the ledger complete up to a read after it.
    """
    horizon_s = services.policies.assumptions.write_horizon_s
    for each in changed:
        since, read = each.after.unasked_since, each.after.read
        if since is None or read is None or each.after.doubts or complete is None:
            continue
        proven = read.began_at >= later(since, horizon_s) and complete >= since
        if not proven or each.row.key not in recipes:
            continue
        if _was_sold(connection, services, each, since):
            _forget_drop(connection, services, each)
        else:
            _hold_edited(connection, services, each, recipes[each.row.key])


def _was_sold(connection: Connection, services: Services, each: Changed, since: Instant) -> bool:
    """Tell whether orders of the SKU, in whatever warehouse, are as many as went.

    The book can miss a sale that was told without a warehouse, or between a read and its record.
    """
    before = later(since, -services.policies.assumptions.write_horizon_s)
    return orders.sold_of_sku(connection, each.row.key, before) >= each.after.unasked_units


def _forget_drop(connection: Connection, services: Services, each: Changed) -> None:
    cleared = replace(each.after, unasked_units=0, unasked_since=None)
    listings.save_book(connection, each.row.key, each.after, cleared, services.now())


def _hold_edited(
    connection: Connection, services: Services, each: Changed, listing: Listing
) -> None:
    now, key = services.now(), each.row.key
    shown = each.after.shown_units
    holds.add(
        connection,
        HoldRow(
            hold_id=0,
            sku=normal_sku(listing.seller_sku, services.settings.catalog.sku_case),
            shop=key.shop,
            warehouse=listing.recipe[0].pool.warehouse,
            units_max=shown,
            set_aside_units=None,
            who=SELLER_CENTER,
            why=f"somebody lowered the listing to {shown}",
            began_at=now,
            expires_at=later(now, EDIT_HOLD_S),
            freezes=True,
        ),
    )
    _forget_drop(connection, services, each)
    trail.note(
        connection,
        Event(
            at=now,
            event="edited",
            subject=str(key),
            shop=key.shop,
            sku=listing.recipe[0].pool.sku,
            detail={"units": each.after.unasked_units, "shown_units": shown},
        ),
    )
