"""Writes a product's quantities to TikTok: the one place from which TikTok is changed.

The order of things is the promise (design W1 to W7):

1. take the shop's lease: one writer per shop at a time;
2. wait for the quota, so that nothing is decided long before it is sent;
3. in one transaction lock the pools, decide anew from the present state, check the bound a
   second time with everybody's exposure, and commit the intent;
4. see that the lease outlives the call's deadline, and call;
5. record the outcome under the lease's fencing token. No clean answer: the write stays in the
   exposure until the write horizon has passed and a read has shown what became of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import Connection

from connectors.errors import NotAuthorised, OutcomeUnknown, RequestRefused, TryLater
from connectors.store import (
    catalog,
    intake,
    leases,
    listings,
    locks,
    shops,
    trail,
    work,
    writes,
)
from connectors.store.engine import writing
from connectors.store.leases import Lease
from connectors.store.trail import Event
from connectors.store.work_rows import Job
from connectors.store.writes import Outcome
from reconciliation.board import Board
from reconciliation.bound import Breach, breaches
from reconciliation.catalog import ListingKey, PoolKey
from reconciliation.plan import decide
from reconciliation.quantities import Instant, later
from reconciliation.verdict import DECREASES, Write, WriteClass

from ..boards import gather, surround
from ..metrics.counting import count_pushes
from ..modes import may_write
from ..queues import PLAN, READ, pool_work, product_of_work
from ..services import Services
from .decisions import keep
from .plan_pools import due_writes
from .proof import telling_read_at


LOST_S = 0.5
"""When a product is tried again whose writer had been away for longer than its lease."""

LEASE_S = 30.0
"""How long a writer keeps a shop; well above the deadline of one call."""

BREACH = "bound_breach"
"""The trail's word for a planned write that the second check of the bound refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Writes that were committed and are about to be sent in one call."""

    product_id: str
    writes: tuple[Write, ...]
    sequences: dict[ListingKey, int]
    pools: tuple[PoolKey, ...]


@contextmanager
def only_writer(services: Services, shop: str) -> Iterator[Lease | None]:
    """Yield the lease of the shop's one writer, None while somebody else is it."""
    holder = f"{services.holder}/{uuid4().hex[:8]}"
    with writing(services.engine) as connection:
        lease = leases.take(
            connection, f"shop/{shop}", holder=holder, now=services.now(), for_s=LEASE_S
        )
    try:
        yield lease
    finally:
        if lease is not None:
            with writing(services.engine) as connection:
                leases.give_up(connection, lease)


def may_begin_another(services: Services, lease: Lease) -> bool:
    """Tell whether what is left of a lease is enough for one more call."""
    return services.now() < later(lease.expires_at, -services.tiktok.call_deadline_s - 1.0)


def push_product(services: Services, lease: Lease, shop: str, job: Job) -> None:
    """Write what is due for a product, as the shop's one writer, and finish its row of work."""
    # The row's rank is the class of the most urgent write that was asked for.
    urgent = job.rank in DECREASES
    services.tiktok.wait_for_write_turn(shop, urgent=urgent, sleep=services.sleep)
    intent = _commit_intent(services, lease, shop, product_of_work(job.key)[1])
    if intent is None:
        with writing(services.engine) as connection:
            work.finish(connection, job)
        return
    services.ring_all(PLAN, _send(services, lease, job, intent))


# -- deciding and committing --------------------------------------------------------------------


def _commit_intent(services: Services, lease: Lease, shop: str, product_id: str) -> Intent | None:
    """Decide from the present state under the pools' locks and commit what is to be sent."""
    with writing(services.engine) as connection:
        keys = listings.keys_of_product(connection, shop, product_id)
        around = surround(connection, catalog.pools_of(connection, keys))
        # Whoever stops the writing waits for us: what is not committed by then is not sent.
        shops.keep_switch(connection, shop)
        gathered = gather(connection, services, around)
        board = gathered.board
        # The write's horizon counts from here, not from before the wait for the pools.
        now = board.now
        if not leases.holds(connection, lease, now):
            raise TryLater(f"the lease of {shop} ended before the write", retry_after_s=LOST_S)
        if not may_write(connection, services, shop):
            return None
        plan = decide(board)
        due = within_bound(connection, services, board, due_writes(plan, shop, product_id))
        keep(connection, services, gathered, plan, facts_at={})
        if not due:
            return None
        sequences = {
            write.key: writes.commit_intent(
                connection,
                write,
                fence=lease.fence,
                now=now,
                fact_at=gathered.rows[write.key].fact_at,
            )
            for write in due
        }
        _note_writes(connection, board, due)
        _ask_for_late_read(connection, services, shop, due, now)
        return Intent(
            product_id=product_id, writes=due, sequences=sequences, pools=tuple(board.pools)
        )


def within_bound(
    connection: Connection, services: Services, board: Board, due: tuple[Write, ...]
) -> tuple[Write, ...]:
    """Check the bound a second time; a product that would break it is written nothing."""
    broken = breaches(board, {write.key: write.units for write in due})
    if not broken:
        return due
    for breach in broken:
        trail.note(connection, _breach_event(board.now, breach, due))
        services.meter.count("bound_breaches", {"shop": due[0].key.shop})
    return ()


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


def _note_writes(connection: Connection, board: Board, due: tuple[Write, ...]) -> None:
    """Note intents in the trail; where one moves stock, remember when for its pools."""
    recipes = {facts.key: facts.listing.recipe for facts in board.listings}
    moved = {
        part.pool
        for write in due
        if write.write_class is WriteClass.MOVE
        for part in recipes[write.key]
    }
    intake.note_move(connection, moved, board.now)
    for write in due:
        trail.note(connection, _write_event(board.now, write, recipes[write.key][0].pool.sku))


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


def _ask_for_late_read(
    connection: Connection, services: Services, shop: str, due: tuple[Write, ...], now: Instant
) -> None:
    """Ask now for the read that settles the writes should this process die before the answer."""
    assumptions = services.policies.assumptions
    due_at = telling_read_at(later(now, assumptions.write_horizon_s), assumptions)
    listings.want_read(connection, [write.key for write in due], due_at)
    work.ask(connection, READ, [shop], due_at=due_at)


# -- sending and recording ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a call ended: one outcome for its writes, but for those that it names otherwise."""

    outcome: Outcome
    detail: str = ""
    refused: dict[ListingKey, str] = field(default_factory=dict)
    unclear: dict[ListingKey, str] = field(default_factory=dict)

    def of(self, key: ListingKey) -> tuple[Outcome, str]:
        """Return how the write of one listing ended, with TikTok's words."""
        if key in self.refused:
            return Outcome.REFUSED, self.refused[key]
        if key in self.unclear:
            return Outcome.UNKNOWN, self.unclear[key]
        return self.outcome, self.detail


def _send(services: Services, lease: Lease, job: Job, intent: Intent) -> tuple[str, ...]:
    """Make the call and record how it ended; return the decisions that this asks for."""
    shop, _ = product_of_work(job.key)
    left_s = lease.expires_at - services.now() - 1.0
    if left_s < services.tiktok.call_deadline_s:
        late = Ending(outcome=Outcome.REFUSED, detail="not sent: the lease would end first")
        return _record(services, lease, job, intent, late)
    try:
        answer = services.tiktok.write_stock(
            shop, intent.product_id, intent.writes, deadline_s=left_s
        )
        ending = Ending(outcome=Outcome.ANSWERED, refused=answer.refused, unclear=answer.unclear)
    except OutcomeUnknown as error:
        ending = Ending(outcome=Outcome.UNKNOWN, detail=str(error))
    except RequestRefused as error:
        ending = Ending(outcome=Outcome.REFUSED, detail=str(error), refused=_all(intent, error))
    except (TryLater, NotAuthorised) as error:
        # It surely had no effect, and says nothing of the product: the row waits its turn.
        _record_no_effect(services, lease, intent, str(error))
        raise
    return _record(services, lease, job, intent, ending)


def _all(intent: Intent, error: RequestRefused) -> dict[ListingKey, str]:
    return {write.key: str(error) for write in intent.writes}


def _record_no_effect(services: Services, lease: Lease, intent: Intent, detail: str) -> None:
    """Take writes that surely did not land out of the exposure."""
    with writing(services.engine) as connection:
        locks.lock_pools(connection, intent.pools)
        writes.record_outcome(
            connection,
            intent.sequences.values(),
            Outcome.REFUSED,
            fence=lease.fence,
            detail=detail,
        )
    count_pushes(
        services.meter, lease.name.partition("/")[2], [Outcome.REFUSED] * len(intent.writes)
    )


def _record(
    services: Services, lease: Lease, job: Job, intent: Intent, ending: Ending
) -> tuple[str, ...]:
    """Record how each write ended, finish the row, and ask for what comes next: return that.

    What was answered is settled by a read, after which is decided anew. Anything else is news.
    """
    now, shop = services.now(), product_of_work(job.key)[0]
    settled_at = telling_read_at(now, services.policies.assumptions)
    with writing(services.engine) as connection:
        work.finish_at_the_end(connection, job)
        locks.share_catalogue(connection)
        locks.lock_pools(connection, intent.pools)
        for key, sequence in sorted(intent.sequences.items()):
            outcome, detail = ending.of(key)
            answered_at = now if outcome is Outcome.ANSWERED else None
            writes.record_outcome(
                connection,
                [sequence],
                outcome,
                fence=lease.fence,
                answered_at=answered_at,
                detail=detail,
            )
            if answered_at is not None:
                listings.want_read(connection, [key], settled_at)
                work.ask(connection, READ, [shop], due_at=settled_at)
        for key, why in ending.refused.items():
            listings.strand(connection, key, f"TikTok refused the write: {why}")
        outcomes = [ending.of(key)[0] for key in intent.sequences]
        is_news = any(outcome is not Outcome.ANSWERED for outcome in outcomes)
        keys = [pool_work(pool) for pool in intent.pools] if is_news else []
        asked = work.ask(connection, PLAN, keys, due_at=now)
    services.ring_at(READ, shop, settled_at)
    count_pushes(services.meter, shop, outcomes)
    return asked
