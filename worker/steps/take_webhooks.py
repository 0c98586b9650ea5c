"""Fetches the orders that TikTok's notifications name, and records them as a poll does.

A notification moves nothing by itself: it says where to look. One whose order TikTok does not
answer for is tried again for a while and then left to polling, which looks at all orders anyway.
"""

from collections.abc import Sequence

import structlog

from connectors.store import webhooks, work
from connectors.store.engine import reading, writing
from connectors.store.webhooks import WebhookRow
from connectors.tiktok.webhooks import NotificationUnreadable, read_notification
from reconciliation.quantities import Instant, later

from ..queues import WEBHOOKS
from ..services import Services
from .record_orders import record_looks
from .shop_notices import look_at_access


EVENTS_MAX = 500
"""The most notifications of one run: ten calls to TikTok, which fit well into a claim."""

TRY_AGAIN_S = 30.0
"""When to ask again for orders that TikTok did not answer for."""

GIVE_UP_S = 3_600.0
"""How long a notification is tried; by then many polls have looked at its order."""

_LOG = structlog.get_logger("oversell_guard")


def take_webhooks(services: Services, shop: str) -> None:
    """Record the orders of a shop's waiting notifications, and ask to go on with what is left."""
    began_at = services.now()
    with writing(services.engine) as connection:
        oldest = later(began_at, -GIVE_UP_S)
        given_up = webhooks.give_up_before(connection, shop, oldest, now=began_at)
    if given_up:
        _LOG.warning("webhooks_given_up", shop=shop, notifications=given_up)
    with reading(services.engine) as connection:
        waiting = webhooks.unhandled(connection, shop, most=EVENTS_MAX)
    look_at_access(services, shop, waiting)
    absent = _record(services, shop, waiting, began_at)
    _finish(services, shop, waiting, absent)


def _record(
    services: Services, shop: str, waiting: Sequence[WebhookRow], began_at: Instant
) -> frozenset[str]:
    """Fetch and record the orders that are named; return those that were not answered."""
    order_ids = sorted({order_id for row in waiting if (order_id := _order_of(row))})
    if not order_ids:
        return frozenset()
    found = services.tiktok.orders_by_id(shop, order_ids)
    record_looks(services, found.lines, began_at)
    return found.absent_order_ids


def _finish(
    services: Services, shop: str, waiting: Sequence[WebhookRow], absent: frozenset[str]
) -> None:
    """Mark what is recorded, and ask for a run that goes on: at once if there may be more."""
    done = [row.notification for row in waiting if _order_of(row) not in absent]
    now = services.now()
    with writing(services.engine) as connection:
        webhooks.mark_handled(connection, done, now)
        if len(waiting) == EVENTS_MAX and done:
            work.ask(connection, WEBHOOKS, [shop], due_at=now)
        elif len(done) < len(waiting):
            work.ask(connection, WEBHOOKS, [shop], due_at=later(now, TRY_AGAIN_S))


def _order_of(row: WebhookRow) -> str:
    """Return the order that a kept notification is about, empty if it is about none."""
    try:
        return read_notification(row.body.encode()).order_id
    except NotificationUnreadable:
        # It was read when it came: a later release reads more strictly. Polling has its order.
        return ""
