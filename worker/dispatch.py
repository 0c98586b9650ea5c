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
from connectors.store.work_rows import Job
from reconciliation.quantities import Instant, later

from .claims import CLAIM_S, Round
from .queues import (
    ACTIVITIES,
    BACKLOG,
    CANCELLATIONS,
    CATALOGUE,
    FEED,
    FEED_FILES,
    LOOK,
    OFF_SALE,
    ORDERS,
    PLAN,
    POLICY,
    PULL,
    PUSH,
    READ,
    RESTOCK,
    SHOP_QUEUES,
    TOKENS,
    TRAIL,
    WEBHOOKS,
)
from .services import Services
from .steps.follow_off_sale import follow_off_sale
from .steps.forget_files import forget_files
from .steps.forget_trail import forget_trail
from .steps.keep_tokens import keep_tokens
from .steps.look_at_product import look_at_product
from .steps.plan_backlog import plan_backlog
from .steps.plan_pools import plan_due
from .steps.pull_files import pull_files
from .steps.push_listings import push_due
from .steps.read_activities import read_activities
from .steps.read_cancellations import read_cancellations
from .steps.read_stock import read_due
from .steps.record_orders import poll_orders
from .steps.spread_policy import spread_policy
from .steps.switch_restock_off import switch_restock_off
from .steps.sync_catalogue import sync_catalogue
from .steps.take_feed import take_feed
from .steps.take_webhooks import take_webhooks


BACK_OFF_S_MIN = 0.5
BACK_OFF_S_MAX = 300.0

ROUNDS_MAX = 20
"""How many rounds one ring is good for."""

_LOG = structlog.get_logger("oversell_guard")


def work_off(services: Services, queue: str, key: str) -> bool:
    """Do what a row of work asks for, until nothing of it is due.

    Returns False where nothing was done: nothing was due, or somebody else is at it.
    """
    # A shop that has left the configuration has nothing to write or to read: see `_run`.
    if queue in _ROUNDS and _is_configured(services, queue, key):
        return _in_rounds(services, queue, key)
    return _work_off(services, queue, key)


def _in_rounds(services: Services, queue: str, key: str) -> bool:
    """Do what is due in a queue, some rows at a time and the most urgent first, `key` with them.

    What is left after a while is rung for, so that other queues and the end get their turn.
    """
    for done in range(ROUNDS_MAX):
        worked = _ROUNDS[queue](services, key)
        if worked is None:
            return done > 0
        for job, error in worked.failures:
            _put_off(services, job, error)
        if worked.is_last:
            return True
    services.ring(queue, key)
    return True


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


def _run(services: Services, job: Job) -> Instant | None:
    """Run one claimed row; return when it is due again, where it was finished and is."""
    # What has left the configuration leaves nothing to do; its row ends quietly.
    if _is_configured(services, job.queue, job.key):
        if job.queue == FEED:
            # Its last transaction finishes the row as well: inboxes are looked into often.
            _attempt(services, job, lambda: take_feed(services, job))
            return None
        if not _attempt(services, job, lambda: _STEPS[job.queue](services, job.key)):
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


def _is_configured(services: Services, queue: str, key: str) -> bool:
    """Tell whether the shop or feed of a row is still in the configuration."""
    if queue in (FEED, FEED_FILES):
        return key in services.settings.feeds
    if queue == PULL:
        return key in services.sources
    return queue not in SHOP_QUEUES or key.partition("/")[0] in services.settings.shops


_STEPS: dict[str, Callable[[Services, str], None]] = {
    ORDERS: poll_orders,
    WEBHOOKS: take_webhooks,
    TOKENS: keep_tokens,
    CATALOGUE: sync_catalogue,
    LOOK: look_at_product,
    OFF_SALE: follow_off_sale,
    ACTIVITIES: read_activities,
    RESTOCK: switch_restock_off,
    CANCELLATIONS: read_cancellations,
    POLICY: spread_policy,
    BACKLOG: plan_backlog,
    TRAIL: forget_trail,
    PULL: pull_files,
    FEED_FILES: forget_files,
}

_ROUNDS: dict[str, Callable[[Services, str], Round | None]] = {
    PLAN: plan_due,
    PUSH: push_due,
    READ: read_due,
}
"""What is done for several rows together, a row that is rung for among them."""


def _back_off_s(job: Job) -> float:
    return float(min(BACK_OFF_S_MIN * 2 ** min(job.attempts - 1, 20), BACK_OFF_S_MAX))


def _note_trouble(services: Services, job: Job, trouble: str) -> None:
    """Show in the shop's row what keeps it from being reached; the next good poll clears it."""
    if job.queue not in SHOP_QUEUES:
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
