"""Asks for decisions on every pool that an applied policy concerns, once it counts everywhere.

A pool is concerned if its own policy, or that of a listing on it, is another than before the
steps that were not spread yet. What is asked for is due only when no process decides by the
policy before any more: a decision that was made too early would not be made again.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import Connection

from connectors.store import catalog, policies, pool_walk, work
from connectors.store.engine import reading, writing
from connectors.store.policies import StepRow
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, later
from reconciliation.rollout import Rollout

from ..policy.in_force import TAKES_HOLD_S, rollout_after
from ..queues import PLAN, pool_work
from ..services import Services
from ..settings.values import partner_of
from .plan_backlog import ask_for_backlog


POOLS_AT_ONCE = 500
"""Pools of one transaction: it ends within milliseconds, whatever the size of the catalogue."""

POLICY_RANK = 1
"""What a policy asks for comes after what new facts ask for, whose rank is 0."""

Tell = Callable[[int, int], None]
"""Takes how many pools were looked at, and of how many."""


def spread_policy(services: Services, _key: str) -> None:
    """Ask for the decisions that follow from every step not spread yet."""
    spread_steps(services, lambda _done, _of: None)


def spread_steps(services: Services, tell: Tell) -> int:
    """Ask for the decisions that follow from every step not spread yet; return how many.

    It may be called again at any time, and goes on from the beginning where it was broken off.
    """
    with reading(services.engine) as connection:
        steps = policies.all_steps(connection)
        rollouts = _rollouts(connection, services, steps)
        pools_in_all = pool_walk.count(connection)
    if len(rollouts) < 2:  # noqa: PLR2004 - before and after
        return 0
    asked, looked_at, last = 0, 0, None
    while pools := _page(services, last):
        asked += _ask(services, pools, rollouts)
        looked_at, last = looked_at + len(pools), pools[-1]
        tell(looked_at, pools_in_all)
    with writing(services.engine) as connection:
        policies.mark_spread(connection, up_to_step=steps[-1].step, now=services.now())
        ask_for_backlog(connection, asked, due_at=_due_at(services))
    return asked


def _rollouts(
    connection: Connection, services: Services, steps: tuple[StepRow, ...]
) -> list[Rollout]:
    """Return what counted before the steps that were not spread, and after each of them."""
    spread = [step for step in steps if step.spread_at is not None]
    unspread = [step for step in steps if step.spread_at is None]
    moments = [spread[-1] if spread else None, *unspread]
    return [rollout_after(connection, services.settings, step) for step in moments]


def _page(services: Services, last: PoolKey | None) -> tuple[PoolKey, ...]:
    with reading(services.engine) as connection:
        return pool_walk.page(connection, last, most=POOLS_AT_ONCE)


def _ask(services: Services, pools: tuple[PoolKey, ...], rollouts: Iterable[Rollout]) -> int:
    before, *after = rollouts
    with reading(services.engine) as connection:
        shops = catalog.shops_on(connection, pools)
    keys = [
        pool_work(pool)
        for pool in pools
        if any(_differs(services, pool, shops[pool], before, each) for each in after)
    ]
    if keys:
        with writing(services.engine) as connection:
            work.ask(connection, PLAN, keys, due_at=_due_at(services), rank=POLICY_RANK)
    return len(keys)


def _due_at(services: Services) -> Instant:
    """Return when no process decides by the policy before, by whichever clock."""
    tolerance_s = services.policies.assumptions.clock_tolerance_s
    return later(services.now(), TAKES_HOLD_S + tolerance_s)


def _differs(
    services: Services,
    pool: PoolKey,
    shops: frozenset[str],
    one: Rollout,
    other: Rollout,
) -> bool:
    partner = partner_of(services.settings, pool.warehouse)
    return one.assumptions != other.assumptions or any(
        one.for_listing(shop=shop, partner=partner, sku=pool.sku)
        != other.for_listing(shop=shop, partner=partner, sku=pool.sku)
        for shop in ("", *shops)
    )
