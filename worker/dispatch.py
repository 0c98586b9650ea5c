"""Works off one row of work: claims it, runs its step, and finishes it or gives it back.

Whatever woke us, the row decides: no row due, nothing to do. A step that fails leaves its row
due again after a pause that doubles with each attempt, and the error with it; the row is never
lost, and nothing is retried in the broker.
"""

from collections.abc import Callable
from functools import partial

import structlog

from connectors.errors import ConnectorError, NotAuthorised, TryLater
from connectors.store import shops, work, work_due
from connectors.store.engine import reading, writing
from connectors.store.leases import Lease
from connectors.store.work_rows import Job
from reconciliation.quantities import Instant, later

from .claims import CLAIM_S
from .queues import (
    CATALOGUE,
    FEED,
    ORDERS,
    PLAN,
    PUSH,
    READ,
    TRAIL,
    WEBHOOKS,
    pool_of_work,
    product_of_work,
)
from .services import Services
from .steps.forget_trail import forget_trail
from .steps.plan_pools import plan_pools
from .steps.push_listings import may_begin_another, only_writer, push_product
from .steps.read_stock import read_due
from .steps.record_orders import poll_orders
from .steps.sync_catalogue import sync_catalogue
from .steps.take_feed import take_feed
from .steps.take_webhooks import take_webhooks


BACK_OFF_S_MIN = 0.5
BACK_OFF_S_MAX = 300.0
_OF_A_SHOP = frozenset({PUSH, READ, ORDERS, WEBHOOKS, CATALOGUE})

_LOG = structlog.get_logger("oversell_guard")


def work_off(services: Services, queue: str, key: str) -> bool:
    """Do what a row of work asks for, until nothing of it is due.

    Returns False where nothing was done: nothing was due, or somebody else is at it.
    """
    if queue == PUSH and product_of_work(key)[0] in services.settings.shops:
        return _push_shop(services, product_of_work(key)[0])
    if queue == PLAN:
        return _plan(services, key)
    return _work_off(services, queue, key)


def _work_off(services: Services, queue: str, key: str) -> bool:
    done = False
    while (job := _claim(services, queue, key)) is not None:
        done = True
        again_at = _run(services, job)
        if again_at is None or again_at > services.now():
            break
    return done


def _claim(services: Services, queue: str, key: str) -> Job | None:
    with writing(services.engine) as connection:
        return work.claim(
            connection, queue, key, holder=services.holder, now=services.now(), for_s=CLAIM_S
        )


def _plan(services: Services, key: str) -> bool:
    """Decide for a pool and others that are due, which needs no claim.

    Where deciding for several fails, the pool is decided for alone: another's fault is not its
    own. What fails even so is claimed to be put off.
    """
    try:
        return plan_pools(services, pool_of_work(key))
    except Exception:  # noqa: BLE001 - whose fault it was is found out below
        _LOG.warning("planning_together_failed", key=key)
    try:
        return plan_pools(services, pool_of_work(key), most=1)
    except Exception as error:  # noqa: BLE001 - a step must never lose its row, whatever failed
        job = _claim(services, PLAN, key)
        if job is not None:
            _put_off(services, job, error)
        return job is not None


def _push_shop(services: Services, shop: str) -> bool:
    """Write a shop's due products, the most urgent first, unless somebody else does.

    Whoever finds the shop taken leaves it to its writer, who looks once more after giving it
    back: what became due meanwhile is seen by one of the two.
    """
    done = False
    while _has_due_pushes(services, shop):
        with only_writer(services, shop) as lease:
            if lease is None:
                break
            _push_while(services, shop, lease)
            done = True
    return done


def _has_due_pushes(services: Services, shop: str) -> bool:
    with reading(services.engine) as connection:
        return work_due.has_due(connection, PUSH, f"{shop}/", services.now())


def _push_while(services: Services, shop: str, lease: Lease) -> None:
    """Write due products while the lease lasts."""
    while may_begin_another(services, lease):
        with writing(services.engine) as connection:
            job = work.claim_next(
                connection,
                PUSH,
                f"{shop}/",
                holder=services.holder,
                now=services.now(),
                for_s=CLAIM_S,
            )
        if job is None:
            return
        _attempt(services, job, partial(push_product, services, lease, shop, job))


def _run(services: Services, job: Job) -> Instant | None:
    """Run one claimed row; return when it is due again, where it was finished and is."""
    # What has left the configuration leaves nothing to do; its row ends quietly.
    if _is_configured(services, job) and not _attempt(
        services, job, lambda: _STEPS[job.queue](services, job.key)
    ):
        return None
    with writing(services.engine) as connection:
        return work.finish(connection, job)


def _attempt(services: Services, job: Job, step: Callable[[], None]) -> bool:
    """Make one attempt at a claimed row; one that fails is put off. Returns whether it did not."""
    try:
        with services.claims.keep(job):
            step()
    except Exception as error:  # noqa: BLE001 - a step must never lose its row, whatever failed
        _put_off(services, job, error)
        return False
    return True


def _put_off(services: Services, job: Job, error: Exception) -> None:
    """Say what failed, and give the row back to be tried again later."""
    match error:
        case TryLater():
            after_s, text, is_trouble = error.retry_after_s, str(error), job.attempts > 1
        case NotAuthorised():
            after_s, text, is_trouble = BACK_OFF_S_MAX, str(error), True
        case _:
            _report(job, error)
            after_s, text = _back_off_s(job), f"{type(error).__name__}: {error}"
            is_trouble = isinstance(error, ConnectorError)
    if is_trouble:
        _note_trouble(services, job, str(error))
    services.meter.count("step_failures", {"queue": job.queue})
    with writing(services.engine) as connection:
        work.come_back(connection, job, due_at=later(services.now(), after_s), error=text)


def _is_configured(services: Services, job: Job) -> bool:
    """Tell whether the shop or feed of a row is still in the configuration."""
    if job.queue == FEED:
        return job.key in services.settings.feeds
    return job.queue not in _OF_A_SHOP or job.key.partition("/")[0] in services.settings.shops


_STEPS: dict[str, Callable[[Services, str], None]] = {
    READ: read_due,
    ORDERS: poll_orders,
    WEBHOOKS: take_webhooks,
    FEED: take_feed,
    CATALOGUE: sync_catalogue,
    TRAIL: forget_trail,
}


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
