"""Decides for a pool and all it shares, and asks for the writes that follow."""

from collections.abc import Iterable

from sqlalchemy import Connection

from connectors.store import work
from connectors.store.engine import writing
from reconciliation.board import Board
from reconciliation.catalog import PoolKey
from reconciliation.plan import decide
from reconciliation.quantities import Instant, later
from reconciliation.verdict import Plan, Write

from ..boards import Gathered, gather
from ..modes import may_write
from ..queues import PLAN, PUSH, pool_work, push_work
from ..services import Services
from .decisions import keep


WIDEN_EVERY_S = 600.0
"""How often the growing safety stock of a stale feed is worked out anew."""


def plan_pool(services: Services, pool: PoolKey) -> bool:
    """Decide anew for one pool from the stored state, store why, and ring for the writes.

    Returns False where no decision was due.

    All in one transaction, its row of work included: where it fails nothing has happened. Whoever
    comes second waits for the pool, and finds it decided.
    """
    keys: tuple[str, ...] = ()
    with writing(services.engine) as connection:
        if work.look(connection, PLAN, pool_work(pool), services.now()) is None:
            return False
        gathered = gather(connection, services, [pool])
        job = work.look(connection, PLAN, pool_work(pool), services.now())
        if job is not None:
            keys = _decide(connection, services, gathered, pool, fact_at=job.fact_at)
            work.finish_at_the_end(connection, job)
    services.ring_all(PUSH, keys)
    return job is not None


def _decide(
    connection: Connection,
    services: Services,
    gathered: Gathered,
    pool: PoolKey,
    *,
    fact_at: Instant | None,
) -> tuple[str, ...]:
    plan = decide(gathered.board)
    keep(connection, services, gathered, plan, fact_at=fact_at)
    _ask_to_come_back(connection, gathered, pool)
    return ask_for_pushes(connection, services, plan, gathered.board.now)


def ask_for_decisions(
    connection: Connection, services: Services, pools: Iterable[PoolKey]
) -> tuple[str, ...]:
    """Ask for a decision on each pool and return the keys of that work."""
    return work.ask(connection, PLAN, [pool_work(pool) for pool in pools], due_at=services.now())


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


def _ask_to_come_back(connection: Connection, gathered: Gathered, pool: PoolKey) -> None:
    """Ask for a new decision at the next moment at which time alone can change it."""
    moments = [*_moments(gathered.board), *(each.expires_at for each in gathered.holds)]
    ahead = [moment for moment in moments if moment > gathered.board.now]
    if ahead:
        work.ask(connection, PLAN, [pool_work(pool)], due_at=Instant(min(ahead)))


def _moments(board: Board) -> list[Instant]:
    """Return the ends of dwell times, rungs of the staleness ladder, and waits for a move."""
    moments = []
    for facts in board.listings:
        policy, as_of = facts.policy, board.snapshot_as_of(facts)
        moments.append(later(facts.since, policy.dwell_s_min))
        if as_of is not None:
            ladder = (policy.freeze_after_s, policy.floor_after_s, policy.zero_after_s)
            widens_at = later(as_of, policy.widen_after_s)
            moments.extend(later(as_of, after_s) for after_s in ladder)
            moments.append(max(widens_at, later(board.now, WIDEN_EVERY_S)))
        for part in facts.listing.recipe:
            moved_at = board.pools[part.pool].moved_at
            if moved_at is not None:
                moments.append(later(moved_at, policy.move_s_min))
    return moments
