"""Decides what is written to products and commits it, before anything is sent (design W2, W4).

Several products are decided for in one transaction, under the locks of all their pools: what they
are to show is checked against the bound together, as it will count together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from sqlalchemy import Connection

from connectors.errors import TryLater
from connectors.store import catalog, intake, leases, listings, shops, trail, work, writes
from connectors.store.engine import writing
from connectors.store.leases import Lease
from connectors.store.trail import Event
from connectors.store.work_rows import Job
from connectors.store.writes import Intended
from reconciliation.board import Board
from reconciliation.bound import Breach, breaches
from reconciliation.catalog import ListingKey, PoolKey
from reconciliation.plan import decide
from reconciliation.quantities import Instant, Units, later
from reconciliation.sharing import components
from reconciliation.verdict import Plan, Write, WriteClass

from ..boards import Gathered, gather, surround
from ..claims import Failure
from ..modes import written_to
from ..queues import READ, product_of_work
from ..services import Services
from .decisions import keep
from .proof import telling_read_at


LOST_S = 0.5
"""When a product is tried again whose writer had been away for longer than its lease."""

BREACH = "bound_breach"
"""The trail's word for a planned write that the second check of the bound refused."""

Product: TypeAlias = tuple[str, str]
"""A product's shop and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A product whose row of work is ours, with the lease of its shop's one writer."""

    job: Job
    lease: Lease

    @property
    def product(self) -> Product:
        """The product's shop and id."""
        return product_of_work(self.job.key)

    @property
    def shop(self) -> str:
        """The shop that lists it."""
        return self.product[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Writes of a product that were committed and are about to be sent in one call.

    `pools`: all goods whose decisions they can change. `backorders`: what can be bought of each
    listing beside its quantity.
    """

    claimed: Claimed
    writes: tuple[Write, ...]
    sequences: dict[ListingKey, int]
    pools: frozenset[PoolKey]
    backorders: dict[ListingKey, Units]

    @property
    def sent(self) -> tuple[Write, ...]:
        """The writes as TikTok is told: it sells backorders on top of a quantity (section 4)."""
        return tuple(
            replace(write, units=max(write.units - self.backorders[write.key], 0))
            for write in self.writes
        )


def commit_intents(
    services: Services, some: Sequence[Claimed]
) -> tuple[tuple[Intent, ...], tuple[Failure, ...]]:
    """Decide for products and commit what is to be sent; finish those that need nothing.

    Also returns what failed. Where deciding for several fails, each is decided for alone:
    another's fault is not its own.
    """
    intents: list[Intent] = []
    failures: list[Failure] = []
    try:
        return _commit(services, some)
    except Exception as error:  # noqa: BLE001 - whose fault it was is found out below
        if len(some) == 1:
            return (), ((some[0].job, error),)
    for each in some:
        intended, failed = commit_intents(services, [each])
        intents += intended
        failures += failed
    return tuple(intents), tuple(failures)


def _commit(
    services: Services, some: Sequence[Claimed]
) -> tuple[tuple[Intent, ...], tuple[Failure, ...]]:
    """Decide from the present state under the pools' locks and commit what is to be sent."""
    with writing(services.engine) as connection:
        keys = listings.keys_of_products(connection, {each.product for each in some})
        around = surround(connection, catalog.pools_of(connection, keys))
        # Whoever stops the writing waits for us: what is not committed by then is not sent.
        shops.keep_switches(connection, {each.shop for each in some})
        gathered = gather(connection, services, around)
        # The write's horizon counts from here, not from before the wait for the pools.
        held = leases.still_held(connection, {e.lease for e in some}, gathered.board.now)
        ours = [each for each in some if each.lease.name in held]
        plan = decide(gathered.board)
        due = _due(connection, services, gathered.board, plan, ours)
        keep(connection, services, gathered, plan, facts_at={})
        for each in ours:
            if each.product not in due:
                work.finish_at_the_end(connection, each.job)
        intents = _store(connection, gathered, ours, due)
        _ask_for_late_reads(connection, services, due, gathered.board.now)
    return intents, tuple(_lost(each) for each in some if each.lease.name not in held)


def _lost(each: Claimed) -> Failure:
    text = f"the lease of {each.shop} ended before the write"
    return each.job, TryLater(text, retry_after_s=LOST_S)


def _due(
    connection: Connection,
    services: Services,
    board: Board,
    plan: Plan,
    ours: Sequence[Claimed],
) -> dict[Product, tuple[Write, ...]]:
    """Return what is to be written to those of the products that need it and may have it."""
    written = written_to(connection, services, {each.shop for each in ours})
    planned: dict[Product, tuple[Write, ...]] = {
        each.product: () for each in ours if each.shop in written
    }
    for write in plan.writes:
        product = (write.key.shop, write.key.product_id)
        if product in planned:
            planned[product] += (write,)
    due = {product: some for product, some in planned.items() if some}
    return within_bound(connection, services, board, due)


def within_bound(
    connection: Connection,
    services: Services,
    board: Board,
    due: Mapping[Product, tuple[Write, ...]],
) -> dict[Product, tuple[Write, ...]]:
    """Check the bound a second time, with all writes; leave out the products that break it.

    Where all together would, each is added to those before it: the most urgent come first.
    """
    if not breaches(board, _units(write for some in due.values() for write in some)):
        return dict(due)
    kept: dict[Product, tuple[Write, ...]] = {}
    for product, some in due.items():
        before = (write for others in kept.values() for write in others)
        broken = breaches(board, _units([*before, *some]))
        if not broken:
            kept[product] = some
        for breach in broken:
            trail.note(connection, _breach_event(board.now, breach, some))
            services.meter.count("bound_breaches", {"shop": product[0]})
    return kept


def _units(some: Iterable[Write]) -> dict[ListingKey, int]:
    return {write.key: write.units for write in some}


def _breach_event(now: Instant, breach: Breach, due: tuple[Write, ...]) -> Event:
    return Event(
        at=now,
        event=BREACH,
        subject=str(breach.pool),
        sku=breach.pool.sku,
        detail={
            "beyond_units": breach.beyond_units,
            "unknown": breach.unknown,
            "writes": {str(write.key): write.units for write in due},
        },
    )


def _store(
    connection: Connection,
    gathered: Gathered,
    ours: Sequence[Claimed],
    due: Mapping[Product, tuple[Write, ...]],
) -> tuple[Intent, ...]:
    """Store the intents of all products: they count as exposure from their commit."""
    now = gathered.board.now
    intended = [
        Intended(write=write, fence=each.lease.fence, fact_at=gathered.rows[write.key].fact_at)
        for each in ours
        for write in due.get(each.product, ())
    ]
    sequences = writes.commit_intents(connection, intended, now)
    _note_writes(connection, gathered.board, [each.write for each in intended])
    tied = {
        facts.key: sharing.pools
        for sharing in components(gathered.board)
        for facts in sharing.listings
    }
    return tuple(
        Intent(
            claimed=each,
            writes=due[each.product],
            sequences={write.key: sequences[write.key] for write in due[each.product]},
            pools=frozenset().union(*(tied[write.key] for write in due[each.product])),
            backorders={
                write.key: gathered.rows[write.key].backorder_units for write in due[each.product]
            },
        )
        for each in ours
        if each.product in due
    )


def _note_writes(connection: Connection, board: Board, due: Sequence[Write]) -> None:
    """Note intents in the trail; where one moves stock, remember when for its pools."""
    recipes = {facts.key: facts.listing.recipe for facts in board.listings}
    moved = {
        part.pool
        for write in due
        if write.write_class is WriteClass.MOVE
        for part in recipes[write.key]
    }
    intake.note_move(connection, moved, board.now)
    trail.note_all(
        connection,
        [_write_event(board.now, write, recipes[write.key][0].pool.sku) for write in due],
    )


def _write_event(now: Instant, write: Write, sku: str) -> Event:
    return Event(
        at=now,
        event="write",
        subject=str(write.key),
        shop=write.key.shop,
        sku=sku,
        detail={
            "from": write.shown_units,
            "to": write.units,
            "class": write.write_class.name.lower(),
            "reason": write.reason,
        },
    )


def _ask_for_late_reads(
    connection: Connection,
    services: Services,
    due: Mapping[Product, tuple[Write, ...]],
    now: Instant,
) -> None:
    """Ask now for the reads that settle the writes should this process die before the answers."""
    assumptions = services.policies.assumptions
    due_at = telling_read_at(later(now, assumptions.write_horizon_s), assumptions)
    listings.want_read(connection, [write.key for some in due.values() for write in some], due_at)
    work.ask(connection, READ, {shop for shop, _ in due}, due_at=due_at)
