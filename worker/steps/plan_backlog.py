"""Decides for all pools that are due, in the order of their keys: for when they are very many.

A round of `plan_due` takes the most urgent few of all that is due. Where everything is, after a
new policy or a whole feed, it puts a million rows in order for each few. Here page follows page,
each in one transaction, so that the time for all grows as their number does. What is urgent is
decided by the rounds meanwhile.
"""

import structlog
from sqlalchemy import Connection

from connectors.store import work, work_walk
from connectors.store.engine import reading
from reconciliation.quantities import Instant

from ..queues import BACKLOG, PLAN, pool_of_work
from ..services import Services
from .plan_pools import plan_pools


POOLS_AT_ONCE = 200
"""Pools of one transaction: whoever waits for one of them waits for less than a tenth of a second,
and more would save little."""

MANY_POOLS = 2_000
"""From so many decisions asked for at once on, they are worked off in pages; rounds would take
longer to choose what is next than to decide for it."""

_LOG = structlog.get_logger("oversell_guard")


def ask_for_backlog(connection: Connection, pools: int, *, due_at: Instant) -> None:
    """Ask for pages where decisions on so many pools were asked for that rounds would be slow."""
    if pools >= MANY_POOLS:
        work.ask(connection, BACKLOG, ["all"], due_at=due_at)


def plan_backlog(services: Services, _key: str) -> None:
    """Decide once for each pool that is due.

    It may be called again at any time. A page that fails is left to the rounds, which find out
    whose fault it was.
    """
    last = ""
    while keys := _page(services, last):
        last = keys[-1]
        try:
            plan_pools(services, map(pool_of_work, keys), most=POOLS_AT_ONCE)
        except Exception as error:  # noqa: BLE001 - one pool's fault must not keep the others waiting
            _LOG.warning("planning_a_page_failed", first=keys[0], last=last, error=str(error))
    if last:
        # Who was turned away at one of ours has left to us what was asked for meanwhile.
        services.ring(PLAN, last)


def _page(services: Services, last: str) -> tuple[str, ...]:
    with reading(services.engine) as connection:
        return work_walk.page(connection, PLAN, services.now(), after=last, most=POOLS_AT_ONCE)
