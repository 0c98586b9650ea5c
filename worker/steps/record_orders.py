"""Polls a shop's orders into the ledger and shows up to when the ledger is complete.

Two windows are read. The one by update time, overlapping the last, brings what changed. The
one by placing time ends the orders-index lag before the poll began; where its distinct orders
are as many as TikTok counts, no order placed before its end is missing (design W5).
"""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy import Connection

from connectors.store import catalog, listings, locks, orders, shops, work
from connectors.store.engine import reading, writing
from connectors.store.listings import BookChange
from connectors.store.orders import LineChange, TouchedListings
from connectors.store.shops import ShopRow
from reconciliation.catalog import ListingKey
from reconciliation.exposure import (
    ListingBook,
    close_ledger,
    record_cancellation,
    record_sale,
)
from reconciliation.orders import LineSeen
from reconciliation.policy import Assumptions, AutoRestock
from reconciliation.quantities import Instant, Units, later

from ..queues import ORDERS, PLAN, READ, pool_work
from ..races import listing_policy
from ..services import Services
from .learn_demand import learn_demand
from .missing_goods import note_missing_goods
from .proof import telling_read_at


SECONDS_PER_DAY = 86_400.0

OUTAGE_S = 900.0
"""Without a poll for so long, nobody can say what else was missed."""

LOOK_BACK_S = 86_400.0
"""How far a poll after an outage reaches back: TikTok sends a notification again for 15.5 hours,
and then drops it (API page, section 6)."""

WINDOW_S = 5 * 86_400.0
"""How much of a long history is read at once, and kept in memory."""

AHEAD_S = 60.0
"""How far beyond now changes are asked for: TikTok's clock may be ahead of ours."""

LINES_AT_ONCE = 200
"""Lines that one transaction records, give or take an order: it ends in a fraction of a second."""


def poll_orders(services: Services, shop: str) -> None:
    """Poll a shop once, record what changed, and ask for the next poll."""
    began_at = services.now()
    with reading(services.engine) as connection:
        row = shops.load(connection, shop)
    history_s = services.settings.schedule.orders_history_days * SECONDS_PER_DAY
    since = _poll_since(services, row, began_at, history_s)
    # Orders that moved between pages were not seen: the next poll starts where they were missed.
    polled_up_to = _read_updated(services, shop, since, began_at)
    complete = _prove_complete(services, row, began_at, history_s)
    _close(services, shop, polled_up_to, complete)


def _poll_since(services: Services, row: ShopRow, began_at: Instant, history_s: float) -> Instant:
    """Return from when on changes are asked for: from the last poll, less an overlap.

    After an outage it reaches further back than TikTok sends a notification again: what was told
    before it may have been lost, and an index that lagged then may have hidden it from the polls.
    """
    if row.polled_up_to is None:
        return later(began_at, -history_s)
    overlap_s = services.settings.schedule.orders_overlap_s
    usual_s = services.settings.schedule.orders_poll_s
    if began_at - row.polled_up_to > max(OUTAGE_S, 3 * usual_s):
        overlap_s = max(overlap_s, LOOK_BACK_S)
    return later(row.polled_up_to, -overlap_s)


def _read_updated(
    services: Services, shop: str, since: Instant, began_at: Instant
) -> Instant | None:
    """Record what changed since a moment; return up to when, None where the first part failed.

    It is read in parts, and each that is whole moves the point from which the next poll starts:
    whoever dies over a long history goes on with the rest.
    """
    reached: Instant | None = None
    whole = True
    for start, end in _windows(since, later(began_at, AHEAD_S)):
        updated = services.tiktok.orders_updated_between(shop, start, end)
        record_looks(services, updated.lines, began_at)
        whole = whole and updated.complete
        if not whole:
            continue
        reached = min(end, began_at)
        if end <= began_at:
            with writing(services.engine) as connection:
                shops.save_progress(connection, shop, polled_up_to=reached, complete_up_to=None)
    return reached


def _windows(since: Instant, until: Instant) -> Iterator[tuple[Instant, Instant]]:
    """Yield the parts of a time, one after the other, that are read at once."""
    start = since
    while start < until:
        end = min(later(start, WINDOW_S), until)
        yield start, end
        start = end


def _prove_complete(
    services: Services, row: ShopRow, began_at: Instant, history_s: float
) -> Instant | None:
    """Return the moment up to which the ledger is now shown complete, None if it is not."""
    assumptions = services.policies.assumptions
    margin_s = assumptions.orders_lag_s + assumptions.clock_tolerance_s
    # TikTok's windows and placing times are whole seconds, and the end is not included.
    end = Instant(float(math.floor(later(began_at, -margin_s))))
    known = row.complete_up_to if row.complete_up_to is not None else later(began_at, -history_s)
    start = Instant(float(math.floor(later(known, -assumptions.clock_tolerance_s - 1.0))))
    reached: Instant | None = None
    for first, last in _windows(start, end):
        placed = services.tiktok.orders_placed_between(row.shop, first, last)
        record_looks(services, placed.lines, began_at)
        if not placed.complete:
            break
        reached = later(last, -assumptions.clock_tolerance_s)
    return reached


def record_looks(services: Services, looks: Sequence[LineSeen], began_at: Instant) -> None:
    """Record looks at orders with the books that they touch, and ring for new decisions.

    Recording is the same whatever told us of the orders, and however often.
    """
    for some in _by_whole_orders(looks):
        with writing(services.engine) as connection:
            keys = _record_some(connection, services, some, began_at)
        services.ring_all(PLAN, keys)


def _by_whole_orders(looks: Sequence[LineSeen]) -> Iterator[list[LineSeen]]:
    """Yield looks in parts that one transaction takes quickly, no order torn apart."""
    some: list[LineSeen] = []
    for _, lines in groupby(looks, key=lambda seen: (seen.shop, seen.order_id)):
        some.extend(lines)
        if len(some) >= LINES_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _record_some(
    connection: Connection, services: Services, looks: Sequence[LineSeen], began_at: Instant
) -> tuple[str, ...]:
    _lock(connection, looks)
    changes = orders.record_lines(connection, looks, now=began_at)
    touched = orders.listings_of(connection, changes)
    _touch_books(connection, services, touched)
    learn_demand(connection, touched)
    note_missing_goods(connection, services, touched)
    moved = {key for change, key, _ in touched if change.moves_stock}
    recipes = catalog.recipes_of(connection, moved)
    pools = {part.pool for listing in recipes.values() for part in listing.recipe}
    now = services.now()
    keys = [pool_work(pool) for pool in pools]
    return work.ask(connection, PLAN, keys, due_at=now, fact_at=now)


def _lock(connection: Connection, looks: Sequence[LineSeen]) -> None:
    """Have the ledgers of the shops and the goods of all that was sold to ourselves."""
    locks.share_catalogue(connection)
    for shop in sorted({seen.shop for seen in looks}):
        locks.lock_ledger(connection, f"orders/{shop}")
    sold = {(seen.shop, sku_id) for seen in looks for sku_id, _ in seen.decrements()}
    locks.lock_pools(connection, catalog.pools_of_skus(connection, sold))


def _touch_books(connection: Connection, services: Services, touched: TouchedListings) -> None:
    """Bring the books of listings up to date with sales and cancellations, one by one."""
    rows = listings.load(connection, sorted({key for _, key, _ in touched}))
    books = {key: row.book for key, row in rows.items()}
    assumptions = services.policies.assumptions
    _ask_what_is_shown(connection, services, touched)
    alone = _alone(touched)
    for change, key, units in touched:
        book = books[key]
        if change.is_sale and (change.seen.order_id, change.seen.line_id, key) in alone:
            book = record_sale(
                book, units=units, placed_at=change.after.placed_at, assumptions=assumptions
            )
        if change.is_cancellation and _may_restock(connection, services, key):
            book = _with_restock(connection, book, change, key, units, assumptions)
        books[key] = book
    changes = [
        BookChange(key=key, before=rows[key].book, after=book)
        for key, book in books.items()
        if book != rows[key].book
    ]
    listings.save_books(connection, changes, services.now())


def _ask_what_is_shown(
    connection: Connection, services: Services, touched: TouchedListings
) -> None:
    """Ask for reads where only TikTok knows whether a new order came off its listing."""
    untold = {
        key for change, key, _ in touched if change.is_sale and not change.seen.lowers_listing
    }
    due_at = telling_read_at(services.now(), services.policies.assumptions)
    listings.want_read(connection, untold, due_at)
    work.ask(connection, READ, {key.shop for key in untold}, due_at=due_at)


def _alone(touched: TouchedListings) -> frozenset[tuple[str, str, ListingKey]]:
    """Return the sales of which it is known on which listing they were made.

    A sale without a warehouse could be any warehouse's, and a sample may have come off none: it
    lowers no book, and the next read shows where it was.
    """
    warehouses: dict[tuple[str, str, str], set[ListingKey]] = {}
    for change, key, _ in touched:
        if not change.seen.lowers_listing:
            continue
        line = (change.seen.order_id, change.seen.line_id, key.sku_id)
        warehouses.setdefault(line, set()).add(key)
    return frozenset(
        (order_id, line_id, key)
        for (order_id, line_id, _), keys in warehouses.items()
        if len(keys) == 1
        for key in keys
    )


def _with_restock(
    connection: Connection,
    book: ListingBook,
    change: LineChange,
    key: ListingKey,
    units: Units,
    assumptions: Assumptions,
) -> ListingBook:
    """Count a cancelled unit as one that may come back, and ask for the read that shows it."""
    cancelled_at = change.after.cancelled_at
    if cancelled_at is None:
        return book
    listings.add_restock(
        connection,
        key,
        order_id=change.seen.order_id,
        line_id=change.seen.line_id,
        units=units,
        cancelled_at=cancelled_at,
    )
    horizon_s = assumptions.restock_horizon_s + assumptions.clock_tolerance_s
    due_at = telling_read_at(later(cancelled_at, horizon_s), assumptions)
    listings.want_read(connection, [key], due_at)
    work.ask(connection, READ, [key.shop], due_at=due_at)
    return record_cancellation(book, units=units, cancelled_at=cancelled_at)


def _may_restock(connection: Connection, services: Services, key: ListingKey) -> bool:
    """Tell whether TikTok may put a cancelled unit of the listing back on sale by itself."""
    recipes = catalog.recipes_of(connection, [key])
    policy = listing_policy(services, recipes[key])
    return policy.auto_restock is not AutoRestock.OFF


def _close(
    services: Services, shop: str, polled_up_to: Instant | None, complete: Instant | None
) -> None:
    """Store the progress, end the doubts that it ends, and ask for the next poll."""
    with writing(services.engine) as connection:
        # The books first: under their locks nobody decides on half of what is now known.
        keys = _close_books(connection, services, shop, complete) if complete else ()
        shops.save_progress(connection, shop, polled_up_to=polled_up_to, complete_up_to=complete)
        shops.note_trouble(connection, shop, "")
        due_at = later(services.now(), services.settings.schedule.orders_poll_s)
        work.ask(connection, ORDERS, [shop], due_at=due_at)
    services.ring_all(PLAN, keys)
    services.ring_at(ORDERS, shop, due_at)


def _close_books(
    connection: Connection, services: Services, shop: str, complete: Instant
) -> tuple[str, ...]:
    waiting = listings.keys_in_doubt(connection, shop)
    locks.share_catalogue(connection)
    locks.lock_pools(connection, catalog.pools_of(connection, waiting))
    rows = listings.load(connection, waiting)
    closed = {row.key: close_ledger(row.book, complete) for row in rows.values()}
    changes = [
        BookChange(key=key, before=rows[key].book, after=book)
        for key, book in closed.items()
        if book != rows[key].book
    ]
    listings.save_books(connection, changes, services.now())
    # Raises wait for a complete ledger even where no doubt is left: decide for them too.
    waiting_raises = listings.keys_waiting_for_proof(connection, shop)
    recipes = catalog.recipes_of(connection, {*rows, *waiting_raises})
    pools = {part.pool for listing in recipes.values() for part in listing.recipe}
    return work.ask(connection, PLAN, [pool_work(pool) for pool in pools], due_at=services.now())
