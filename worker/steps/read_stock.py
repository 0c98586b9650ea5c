"""Reads listings from TikTok and brings their books up to date: what settles every write."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from connectors.store import (
    catalog,
    holds,
    listings,
    locks,
    orders,
    shops,
    stock_shares,
    trail,
    work,
    work_due,
)
from connectors.store.batches import BATCH
from connectors.store.engine import reading, writing
from connectors.store.holds import HoldRow
from connectors.store.listings import BookChange, ListingRow
from connectors.store.stock_shares import StockShare
from connectors.store.trail import Event
from connectors.store.work_rows import Job
from reconciliation.catalog import Listing, ListingKey, PoolKey
from reconciliation.exposure import ListingBook, ListingRead, close_ledger, record_read
from reconciliation.guard import GuardState
from reconciliation.policy import Assumptions
from reconciliation.quantities import Instant, later, normal_sku

from ..claims import CLAIM_S, Failure, Round
from ..metrics.counting import observe_confirmed
from ..queues import AT_ONCE, ORDERS, PLAN, READ, pool_work, read_work, shop_of_read
from ..services import Services
from ..side_by_side import side_by_side
from ..tiktok_desk import StockLook
from .proof import provable_at, telling_read_at
from .refusals import lift_ended


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


def read_due(services: Services, first: str) -> Round | None:
    """Read the listings of some shops whose read is due, `first` among them if it is free.

    None where no read was due.
    """
    with reading(services.engine) as connection:
        now, most = services.now(), AT_ONCE[READ]
        keys = work_due.due_keys(connection, READ, now, most=most, first=first)
    taken = take(services, [key for key in keys if shop_of_read(key) in services.settings.shops])
    if not taken.wanted:
        return None
    with services.claims.keep(*taken.wanted):
        failures = tuple(_read_all(services, taken.wanted))
    return Round(failures=failures, is_last=taken.is_all and len(keys) < most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The listings that are to be read for each claimed row; `is_all`: no others are due."""

    wanted: dict[Job, tuple[ListingKey, ...]]
    is_all: bool


def take(services: Services, keys: Sequence[str]) -> Taken:
    """Claim those of the reads that are free; of two for one shop, the second reads nothing."""
    if not keys:
        return Taken(wanted={}, is_all=True)
    with writing(services.engine) as connection:
        now = services.now()
        jobs = work.claim_some(
            connection, READ, keys, holder=services.holder, now=now, for_s=CLAIM_S
        )
        first = {shop_of_read(job.key): job for job in reversed(jobs)}
        due = listings.reads_due(connection, first, now)
        # The rest of a large shop stays due: its turn comes with the next round.
        some = {shop: tuple(due[shop])[: BATCH // len(due)] for shop in due}
        closely = {key: due[key.shop][key] for keys in some.values() for key in keys}
        rows = _ask_for_close_reads(connection, closely, now)
    for row, due_at in rows.items():
        services.ring_at(READ, row, due_at)
    wanted = dict.fromkeys(jobs, ()) | {first[shop]: keys for shop, keys in some.items()}
    return Taken(wanted=wanted, is_all=all(len(some[shop]) == len(due[shop]) for shop in due))


def _ask_for_close_reads(
    connection: Connection, due: Mapping[ListingKey, float | None], now: Instant
) -> dict[str, Instant]:
    """Ask for the next reads of what is read closely; return when each row of work is due.

    They begin while the present ones are under way: an answer takes longer than the time between.
    """
    next_at = {key: later(now, every_s) for key, every_s in due.items() if every_s is not None}
    listings.plan_next_reads(connection, next_at)
    return _ask_for_reads_at(connection, [(key.shop, at) for key, at in next_at.items()])


def _ask_for_reads_at(
    connection: Connection, wanted: Iterable[tuple[str, Instant]]
) -> dict[str, Instant]:
    """Ask for reads of shops at moments; return when each row of work is due."""
    rows: dict[str, Instant] = {}
    for shop, due_at in wanted:
        row = read_work(shop, due_at)
        rows[row] = min(due_at, rows.get(row, due_at))
    for row, due_at in rows.items():
        work.ask(connection, READ, [row], due_at=due_at)
    return rows


def _read_all(services: Services, some: Mapping[Job, Sequence[ListingKey]]) -> Iterator[Failure]:
    """Read shops side by side, bring in what comes together; yield what is to be put off."""
    calls = {
        job: partial(_read, services, shop_of_read(job.key), keys) for job, keys in some.items()
    }
    for answers in side_by_side(calls, at_once=services.calls_at_once):
        looks: dict[str, StockLook] = {}
        done: list[Job] = []
        for job, answer in answers.items():
            if isinstance(answer, Exception):
                yield job, answer
            else:
                done.append(job)
                # Of two rows of work for a shop, one has all that is read and the other nothing.
                if some[job]:
                    looks[shop_of_read(job.key)] = answer
        try:
            _bring_in(services, [key for job in done for key in some[job]], looks, done)
        except Exception as error:  # noqa: BLE001 - a step must never lose its rows
            yield from ((job, error) for job in done)


def _read(services: Services, shop: str, keys: Sequence[ListingKey]) -> StockLook:
    return services.tiktok.read_stock(shop, keys) if keys else StockLook(reads={})


def read_listings(services: Services, shop: str, keys: Sequence[ListingKey]) -> None:
    """Read listings of a shop now, settle what the read proves, and ask for new decisions."""
    if keys:
        _bring_in(services, keys, {shop: services.tiktok.read_stock(shop, keys)}, ())


def _bring_in(
    services: Services,
    keys: Sequence[ListingKey],
    looks: Mapping[str, StockLook],
    done: Sequence[Job],
) -> None:
    """Settle what looks at shops prove of listings, ask for decisions and next reads, and ring.

    All in one transaction, with the rows of work that are done by it.
    """
    reads = {key: read for look in looks.values() for key, read in look.reads.items()}
    with writing(services.engine) as connection:
        locks.share_catalogue(connection)
        locks.lock_pools(connection, catalog.pools_of(connection, keys))
        rows = listings.load(connection, keys)
        complete = shops.complete_up_to(connection, {key.shop for key in keys})
        changed = _apply(connection, services, rows, reads, complete)
        tried = lift_ended(connection, rows, services.now())
        _save_shares(connection, services, reads, looks)
        recipes = catalog.recipes_of(connection, {each.key for each in changed} | tried)
        _respect_edits(connection, services, changed, recipes, complete)
        pools = ask_for_plans(connection, services, recipes.values())
        _ask_for_polls(connection, services, changed)
        for job in done:
            work.finish_at_the_end(connection, job)
        of_shops = {key.shop for key in keys} | {shop_of_read(job.key) for job in done}
        due = _ask_for_next_reads(connection, of_shops)
    services.ring_all(PLAN, pools)
    # One ring for a moment: whoever hears it reads all shops that are due then.
    for due_at, key in {due_at: key for key, due_at in due.items()}.items():
        services.ring_at(READ, key, due_at)


def _save_shares(
    connection: Connection,
    services: Services,
    reads: Iterable[ListingKey],
    looks: Mapping[str, StockLook],
) -> None:
    """Keep what of the SKUs that were read is promised to campaigns and creators."""
    shares = [
        StockShare(
            shop=shop,
            sku_id=each.sku_id,
            campaign_units=each.campaign_units,
            creator_units=each.creator_units,
        )
        for shop, look in looks.items()
        for each in look.shares
    ]
    read = {(key.shop, key.sku_id) for key in reads}
    stock_shares.save(connection, read, shares, services.now())


def _ask_for_next_reads(connection: Connection, shops: Iterable[str]) -> dict[str, Instant]:
    """Ask for the shops' next reads; return when each row of work is due."""
    return _ask_for_reads_at(connection, listings.next_reads_due(connection, shops).items())


def _apply(
    connection: Connection,
    services: Services,
    rows: Mapping[ListingKey, ListingRow],
    reads: Mapping[ListingKey, ListingRead],
    complete: Mapping[str, Instant],
) -> list[BookChange]:
    """Bring books up to date; return those where a decision may now come out differently."""
    changes: list[BookChange] = []
    # TikTok did not answer for the others: perhaps deleted, perhaps a hiccup. Ask, not at once.
    absent_at = later(services.now(), ABSENT_AGAIN_S)
    next_reads: dict[ListingKey, Instant | None] = dict.fromkeys(rows, absent_at)
    for key in rows.keys() & reads.keys():
        row, read = rows[key], reads[key]
        after = _book_after(services, row, read, complete.get(key.shop))
        changes.append(BookChange(key=key, before=row.book, after=after))
        next_reads[key] = _next_read(services, row, after, services.policies.assumptions)
    listings.save_books(connection, changes, services.now())
    listings.plan_next_reads(connection, next_reads)
    settled = [sequence for change in changes for sequence in change.settled]
    observe_confirmed(connection, services.meter, settled)
    return [change for change in changes if _is_news(rows[change.key], change.after)]


def _book_after(
    services: Services, row: ListingRow, read: ListingRead, complete: Instant | None
) -> ListingBook:
    with_backorder = replace(read, units=read.units + row.backorder_units)
    after = record_read(row.book, with_backorder, services.policies.assumptions)
    return after if complete is None else close_ledger(after, complete)


def _is_news(row: ListingRow, after: ListingBook) -> bool:
    """Tell whether a decision may come out differently after a read."""
    says_nothing_new = replace(after, read=row.book.read) == row.book
    return not says_nothing_new or bool((row.decision or {}).get("waits_for_proof", True))


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
    every_s = (row.decision or {}).get("read_closely_every_s")
    if every_s is not None:
        # The next read was asked for when this one began, and whatever waits for one waits for it.
        return row.read_due_at or later(services.now(), every_s)
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


def _ask_for_polls(
    connection: Connection, services: Services, changed: Sequence[BookChange]
) -> None:
    """Ask for the polls that can end new doubts: their end is what increases wait for."""
    newest: dict[str, Instant] = {}
    for each in changed:
        for since in (*(d.seen_at for d in each.after.doubts), each.after.unproven_since):
            if since is not None:
                newest[each.key.shop] = max(newest.get(each.key.shop, since), since)
    for shop, since in newest.items():
        work.ask(connection, ORDERS, [shop], due_at=provable_at(services, since))


# -- a person's edit (W10) ------------------------------------------------------------------------


def _respect_edits(
    connection: Connection,
    services: Services,
    changed: Sequence[BookChange],
    recipes: dict[ListingKey, Listing],
    complete: Mapping[str, Instant],
) -> None:
    """Hold listings that a person lowered: a drop that orders and our writes do not explain.

    It must have lasted past the write horizon, with the ledger complete up to a read after it.
    """
    horizon_s = services.policies.assumptions.write_horizon_s
    for each in changed:
        since, read = each.after.unasked_since, each.after.read
        known = complete.get(each.key.shop)
        if since is None or read is None or each.after.doubts or known is None:
            continue
        proven = read.began_at >= later(since, horizon_s) and known >= since
        if not proven or each.key not in recipes:
            continue
        if _was_sold(connection, services, each, since):
            _forget_drop(connection, services, each)
        else:
            _hold_edited(connection, services, each, recipes[each.key])


def _was_sold(
    connection: Connection, services: Services, each: BookChange, since: Instant
) -> bool:
    """Tell whether orders of the SKU, in whatever warehouse, are as many as went.

    The book can miss a sale that was told without a warehouse, or between a read and its record.
    """
    before = later(since, -services.policies.assumptions.write_horizon_s)
    return orders.sold_of_sku(connection, each.key, before) >= each.after.unasked_units


def _forget_drop(connection: Connection, services: Services, each: BookChange) -> None:
    cleared = replace(each.after, unasked_units=0, unasked_since=None)
    forgotten = BookChange(key=each.key, before=each.after, after=cleared)
    listings.save_books(connection, [forgotten], services.now())


def _hold_edited(
    connection: Connection, services: Services, each: BookChange, listing: Listing
) -> None:
    now, key = services.now(), each.key
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
