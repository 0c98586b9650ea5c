"""Decides for pools and all they share, and asks for the writes that follow."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

import structlog
from sqlalchemy import Connection

from connectors.store import locks, work, work_due
from connectors.store.engine import reading, writing
from connectors.store.work_rows import Job
from reconciliation.ageing import ageing_moments
from reconciliation.board import Board, ListingFacts
from reconciliation.catalog import PoolKey
from reconciliation.guard import GuardState
from reconciliation.plan import decide
from reconciliation.quantities import Instant, later
from reconciliation.sharing import components
from reconciliation.verdict import Decision, Plan

from ..boards import Gathered, gather, surround
from ..claims import CLAIM_S, Failure, Round
from ..modes import written_to
from ..queues import AT_ONCE, PLAN, PUSH, pool_of_work, pool_work, push_work
from ..services import Services
from .decisions import keep


LOOKED_AT = 4 * AT_ONCE[PLAN]
"""Due pools among which a round chooses: others may be at the first of them."""

_LOG = structlog.get_logger("oversell_guard")


def plan_due(services: Services, first: str) -> Round | None:
    """Decide for some pools that are due, `first` among them.

    None where no decision was due, or others are at all of them. Where deciding for several
    fails, each is decided for alone: another's fault is not its own.
    """
    with reading(services.engine) as connection:
        keys = work_due.due_keys(connection, PLAN, services.now(), most=LOOKED_AT, first=first)
    if not keys:
        return None
    try:
        decided = plan_pools(services, map(pool_of_work, keys))
    except Exception:  # noqa: BLE001 - whose fault it was is found out below
        _LOG.warning("planning_together_failed", keys=keys)
        alone = [_plan_alone(services, key) for key in keys]
        return Round(failures=tuple(failure for failures in alone for failure in failures))
    # Who was turned away at one of ours has left to us what was asked for meanwhile: look again.
    return Round() if decided else None


def _plan_alone(services: Services, key: str) -> tuple[Failure, ...]:
    """Decide for one pool; where that fails its row is claimed, to be put off."""
    try:
        plan_pools(services, [pool_of_work(key)])
    except Exception as error:  # noqa: BLE001 - a step must never lose its row, whatever failed
        with writing(services.engine) as connection:
            jobs = work.claim_some(
                connection,
                PLAN,
                [key],
                holder=services.holder,
                now=services.now(),
                for_s=CLAIM_S,
            )
        return tuple((job, error) for job in jobs)
    return ()


def plan_pools(services: Services, pools: Iterable[PoolKey], *, most: int = AT_ONCE[PLAN]) -> bool:
    """Decide anew for some of the pools that are due, store why, and ring for the writes.

    For `most` at most, of those that nobody else decides for at this moment. All in one
    transaction, their rows of work included: where it fails nothing has happened, and no claim is
    needed. Returns False where no decision was due.
    """
    keys: tuple[str, ...] = ()
    wanted = tuple(map(pool_work, pools))
    jobs: tuple[Job, ...] = ()
    with writing(services.engine) as connection:
        ours = locks.take_turns(connection, wanted, most=most)
        if ours:
            around = surround(connection, map(pool_of_work, ours))
            # Before any fact is read: what is asked for from here on is not taken for decided.
            jobs = work_due.look_at(connection, PLAN, ours, services.now())
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
    _ask_to_come_back(connection, gathered, plan, {pool_of_work(job.key) for job in jobs})
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
    written = written_to(connection, services, {write.key.shop for write in plan.writes})
    ranks: dict[str, int] = {}
    for write in plan.writes:
        if write.key.shop in written:
            key = push_work(write.key.shop, write.key.product_id)
            ranks[key] = min(ranks.get(key, write.write_class), write.write_class)
    for key, rank in ranks.items():
        work.ask(connection, PUSH, [key], due_at=now, rank=rank)
    # Who rings for these begins with the most urgent.
    return tuple(sorted(ranks, key=lambda key: ranks[key]))


def _ask_to_come_back(
    connection: Connection, gathered: Gathered, plan: Plan, decided: AbstractSet[PoolKey]
) -> None:
    """Ask for new decisions at the next moments at which time alone can change them."""
    board = gathered.board
    ends = [each.expires_at for each in gathered.holds]
    decisions = {decision.key: decision for decision in plan.decisions}
    for sharing in components(board):
        moments = [
            *ends,
            *(
                m
                for facts in sharing.listings
                for m in _moments(board, facts, decisions[facts.key])
            ),
        ]
        ahead = [moment for moment in moments if moment > board.now]
        keys = [pool_work(pool) for pool in sharing.pools & decided]
        if ahead:
            work.ask(connection, PLAN, keys, due_at=Instant(min(ahead)))


def _moments(board: Board, facts: ListingFacts, decision: Decision) -> Iterator[Instant]:
    """Yield the ends of dwell times, rungs of the staleness ladder, and waits for a move."""
    if decision.state is GuardState.PAUSED:
        as_of = board.snapshot_as_of(facts)
        since = facts.since if decision.state is facts.state else board.now
        # Before there is a feed from after the pause its end changes nothing, and a feed asks.
        if as_of is not None and as_of > since:
            yield later(since, facts.policy.dwell_s_min)
    for part in facts.listing.recipe:
        pool = board.pools[part.pool]
        yield from ageing_moments(pool.position, facts.policy, board.now)
        if pool.moved_at is not None:
            yield later(pool.moved_at, facts.policy.move_s_min)
