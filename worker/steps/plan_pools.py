"""Decides for pools and all they share, and asks for the writes that follow."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy import Connection

from connectors.store import work, work_due
from connectors.store.engine import writing
from connectors.store.work_rows import Job
from reconciliation.board import Board, ListingFacts
from reconciliation.catalog import PoolKey
from reconciliation.plan import decide
from reconciliation.quantities import Instant, later
from reconciliation.sharing import components
from reconciliation.verdict import Plan, Write

from ..boards import Gathered, gather, surround
from ..modes import may_write
from ..queues import PLAN, PUSH, pool_of_work, pool_work, push_work
from ..services import Services
from .decisions import keep


WIDEN_EVERY_S = 600.0
"""How often the growing safety stock of a stale feed is worked out anew."""


POOLS_AT_ONCE = 16
"""Pools that one transaction decides for: together they take a third of the time, and nobody who
waits for one of them waits long."""


def plan_pools(services: Services, pool: PoolKey, *, most: int = POOLS_AT_ONCE) -> bool:
    """Decide anew for a pool and others that are due, store why, and ring for the writes.

    All in one transaction, their rows of work included: where it fails nothing has happened.
    Whoever comes second waits for the pools, and finds them decided. Returns False where no
    decision was due.
    """
    keys: tuple[str, ...] = ()
    with writing(services.engine) as connection:
        now = services.now()
        if work_due.look(connection, PLAN, pool_work(pool), now) is None:
            return False
        wanted = {pool_work(pool), *work_due.look_at_more(connection, PLAN, now, most=most - 1)}
        around = surround(connection, map(pool_of_work, wanted))
        # Before any fact is read: what is asked for from here on is not taken for decided.
        jobs = work_due.look_at(connection, PLAN, wanted, services.now())
        if jobs:
            keys = _decide(connection, services, gather(connection, services, around), jobs)
    services.ring_all(PUSH, keys)
    return bool(jobs)


def _decide(
    connection: Connection, services: Services, gathered: Gathered, jobs: Sequence[Job]
) -> tuple[str, ...]:
    plan = decide(gathered.board)
    facts_at = {pool_of_work(job.key): job.fact_at for job in jobs if job.fact_at is not None}
    keep(connection, services, gathered, plan, facts_at=facts_at)
    for job in jobs:
        work.finish_at_the_end(connection, job)
    _ask_to_come_back(connection, gathered, {pool_of_work(job.key) for job in jobs})
    return ask_for_pushes(connection, services, plan, gathered.board.now)


def ask_for_decisions(
    connection: Connection,
    services: Services,
    pools: Iterable[PoolKey],
    *,
    fact_at: Instant | None = None,
) -> tuple[str, ...]:
    """Ask for a decision on each pool and return the keys of that work.

    `fact_at`: when what asks for it became known, None where nothing new is.
    """
    keys = [pool_work(pool) for pool in pools]
    return work.ask(connection, PLAN, keys, due_at=services.now(), fact_at=fact_at)


def ask_for_pushes(
    connection: Connection, services: Services, plan: Plan, now: Instant
) -> tuple[str, ...]:
    """Ask for a push of each product that has a write to make in a shop that is written to."""
    ranks: dict[str, int] = {}
    for write in plan.writes:
        if may_write(connection, services, write.key.shop):
            key = push_work(write.key.shop, write.key.product_id)
            ranks[key] = min(ranks.get(key, write.write_class), write.write_class)
    for key, rank in ranks.items():
        work.ask(connection, PUSH, [key], due_at=now, rank=rank)
    return tuple(ranks)


def due_writes(plan: Plan, shop: str, product_id: str) -> tuple[Write, ...]:
    """Return the writes of one product, which TikTok takes in one call."""
    return tuple(
        write
        for write in plan.writes
        if (write.key.shop, write.key.product_id) == (shop, product_id)
    )


def _ask_to_come_back(
    connection: Connection, gathered: Gathered, decided: AbstractSet[PoolKey]
) -> None:
    """Ask for new decisions at the next moments at which time alone can change them."""
    board = gathered.board
    ends = [each.expires_at for each in gathered.holds]
    for sharing in components(board):
        moments = [*ends, *(m for facts in sharing.listings for m in _moments(board, facts))]
        ahead = [moment for moment in moments if moment > board.now]
        keys = [pool_work(pool) for pool in sharing.pools & decided]
        if ahead:
            work.ask(connection, PLAN, keys, due_at=Instant(min(ahead)))


def _moments(board: Board, facts: ListingFacts) -> Iterator[Instant]:
    """Yield the ends of dwell times, rungs of the staleness ladder, and waits for a move."""
    policy, as_of = facts.policy, board.snapshot_as_of(facts)
    yield later(facts.since, policy.dwell_s_min)
    if as_of is not None:
        for after_s in (policy.freeze_after_s, policy.floor_after_s, policy.zero_after_s):
            yield later(as_of, after_s)
        yield max(later(as_of, policy.widen_after_s), later(board.now, WIDEN_EVERY_S))
    for part in facts.listing.recipe:
        moved_at = board.pools[part.pool].moved_at
        if moved_at is not None:
            yield later(moved_at, policy.move_s_min)
