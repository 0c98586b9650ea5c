"""Works off one row of work: claims it, runs its step, and finishes it or gives it back.

Whatever woke us, the row decides: no row due, nothing to do. A step that fails leaves its row
due again after a pause that doubles with each attempt, and the error with it; the row is never
lost, and nothing is retried in the broker.
"""

from collections.abc import Callable

import structlog

from connectors.errors import ConnectorError, NotAuthorised, TryLater
from connectors.store import shops, work
from connectors.store.engine import writing
from connectors.store.work import Job
from reconciliation.quantities import later

from .queues import (
    CATALOGUE,
    FEED,
    ORDERS,
    PLAN,
    PUSH,
    READ,
    TRAIL,
    pool_of_work,
    product_of_work,
)
from .services import Services
from .steps.forget_trail import forget_trail
from .steps.plan_pools import plan_pool
from .steps.push_listings import push_product
from .steps.read_stock import read_due
from .steps.record_orders import poll_orders
from .steps.sync_catalogue import sync_catalogue
from .steps.take_feed import take_feed


CLAIM_S = 60.0
"""How long a row stays claimed; a dead worker's row is due again after it."""

BACK_OFF_S_MIN = 0.5
BACK_OFF_S_MAX = 300.0
_OF_A_SHOP = frozenset({PUSH, READ, ORDERS, CATALOGUE})

BUSY_S = 0.05
"""When to look again where another writer has the shop."""

_LOG = structlog.get_logger("oversell_guard")


def work_off(services: Services, queue: str, key: str) -> None:
    """Claim and run a row of work until nothing of it is due."""
    while (job := _claim(services, queue, key)) is not None:
        if not _run(services, job):
            return


def _claim(services: Services, queue: str, key: str) -> Job | None:
    with writing(services.engine) as connection:
        return work.claim(
            connection, queue, key, holder=services.holder, now=services.now(), for_s=CLAIM_S
        )


def _run(services: Services, job: Job) -> bool:
    """Run one claimed row; return whether it was finished."""
    try:
        # What has left the configuration leaves nothing to do; its row ends quietly.
        done = not _is_configured(services, job) or _step(services, job)
    except TryLater as error:
        if job.attempts > 1:
            _note_trouble(services, job, str(error))
        _give_back(services, job, error.retry_after_s, str(error))
        return False
    except NotAuthorised as error:
        _note_trouble(services, job, str(error))
        _give_back(services, job, BACK_OFF_S_MAX, str(error))
        return False
    except Exception as error:  # noqa: BLE001 - a step must never lose its row, whatever failed
        _report(job, error)
        if isinstance(error, ConnectorError):
            _note_trouble(services, job, str(error))
        _give_back(services, job, _back_off_s(job), f"{type(error).__name__}: {error}")
        return False
    if not done:
        _give_back(services, job, BUSY_S, "", failed=False)
        return False
    with writing(services.engine) as connection:
        work.finish(connection, job)
    return True


def _is_configured(services: Services, job: Job) -> bool:
    """Tell whether the shop or feed of a row is still in the configuration."""
    if job.queue == FEED:
        return job.key in services.settings.feeds
    return job.queue not in _OF_A_SHOP or job.key.partition("/")[0] in services.settings.shops


def _step(services: Services, job: Job) -> bool:
    """Run the step of a row; return False if it has to wait for another."""
    if job.queue == PUSH:
        return push_product(services, *product_of_work(job.key))
    if job.queue == PLAN:
        plan_pool(services, pool_of_work(job.key), fact_at=job.fact_at)
    else:
        _STEPS[job.queue](services, job.key)
    return True


_STEPS: dict[str, Callable[[Services, str], None]] = {
    READ: read_due,
    ORDERS: poll_orders,
    FEED: take_feed,
    CATALOGUE: sync_catalogue,
    TRAIL: forget_trail,
}


def _give_back(
    services: Services, job: Job, after_s: float, error: str, *, failed: bool = True
) -> None:
    with writing(services.engine) as connection:
        due_at = later(services.now(), after_s)
        work.come_back(connection, job, due_at=due_at, error=error, failed=failed)
    if failed:
        services.meter.count("step_failures", {"queue": job.queue})


def _back_off_s(job: Job) -> float:
    return float(min(BACK_OFF_S_MIN * 2 ** min(job.attempts - 1, 20), BACK_OFF_S_MAX))


def _note_trouble(services: Services, job: Job, trouble: str) -> None:
    """Show in the shop's row what keeps it from being reached; the next good poll clears it."""
    if job.queue not in _OF_A_SHOP:
        return
    shop = job.key.partition("/")[0]
    with writing(services.engine) as connection:
        shops.note_trouble(connection, shop, trouble)


def _report(job: Job, error: Exception) -> None:
    """Say what failed: a failure of the outside in a line, one of ours with its traceback."""
    log = _LOG.bind(queue=job.queue, key=job.key, attempt=job.attempts)
    if isinstance(error, ConnectorError):
        log.warning("step_failed", error=str(error))
    else:
        log.error("step_failed", exc_info=error)
