"""Looks where TikTok's notifications point: at orders, products, stock and promotions.

Orders are recorded as a poll does. A notification moves nothing by itself. One whose order TikTok
does not answer for is tried again for a while and then left to polling, which looks at all orders
anyway.
"""

from collections.abc import Iterable, Mapping, Sequence

import structlog
from sqlalchemy import Connection

from connectors.store import catalog, listings, webhooks, work
from connectors.store.engine import reading, writing
from connectors.store.webhooks import WebhookRow
from connectors.tiktok.webhooks import (
    CANCELLATION,
    Notification,
    NotificationUnreadable,
    read_notification,
)
from reconciliation.quantities import Instant, later

from ..queues import ACTIVITIES, CANCELLATIONS, LOOK, READ, WEBHOOKS, push_work
from ..services import Services
from .proof import provable_at
from .record_orders import record_looks
from .shop_notices import look_at_access


EVENTS_MAX = 500
"""The most notifications of one run: ten calls to TikTok, which fit well into a claim."""

TRY_AGAIN_S = 30.0
"""When to ask again for orders that TikTok did not answer for."""

PROOF_S = 2.0
"""How long the poll that proves the ledger complete may take."""

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
    told = {row.notification: _notification(row) for row in waiting}
    absent = _record(services, shop, told.values(), began_at)
    _finish(services, shop, told, absent)


def _record(
    services: Services, shop: str, told: Iterable[Notification], began_at: Instant
) -> frozenset[str]:
    """Fetch and record the orders that are named; return those that were not answered."""
    order_ids = sorted({each.order_id for each in told} - {""})
    if not order_ids:
        return frozenset()
    found = services.tiktok.orders_by_id(shop, order_ids)
    record_looks(services, found.lines, began_at)
    return found.absent_order_ids


def _finish(
    services: Services, shop: str, told: Mapping[str, Notification], absent: frozenset[str]
) -> None:
    """Mark what is recorded, and ask for a run that goes on: at once if there may be more."""
    done = [key for key, each in told.items() if each.order_id not in absent]
    now = services.now()
    with writing(services.engine) as connection:
        webhooks.mark_handled(connection, done, now)
        _ask_for_looks(connection, services, shop, [told[key] for key in done])
        if len(told) == EVENTS_MAX and done:
            work.ask(connection, WEBHOOKS, [shop], due_at=now)
        elif len(done) < len(told):
            work.ask(connection, WEBHOOKS, [shop], due_at=later(now, TRY_AGAIN_S))


def _ask_for_looks(
    connection: Connection, services: Services, shop: str, told: Sequence[Notification]
) -> None:
    """Ask for what else notifications call for: what they say themselves is not believed."""
    now = services.now()
    products = {each.product_id for each in told} - {""}
    work.ask(connection, LOOK, [push_work(shop, each) for each in products], due_at=now)
    if any(each.about_promotions for each in told):
        work.ask(connection, ACTIVITIES, [shop], due_at=now)
    if any(each.type == CANCELLATION for each in told):
        work.ask(connection, CANCELLATIONS, [shop], due_at=now)
    skus = {each.sku_id for each in told} - {""}
    if keys := catalog.keys_of_skus(connection, shop, skus):
        # Not at once: it is told of each sale, and every read begins the wait for the ledger anew.
        due_at = later(provable_at(services, now), PROOF_S)
        listings.want_read(connection, keys, due_at)
        work.ask(connection, READ, [shop], due_at=due_at)


def _notification(row: WebhookRow) -> Notification:
    """Return what a kept notification says; one that is odd now says nothing."""
    try:
        return read_notification(row.body.encode())
    except NotificationUnreadable:
        # It was read when it came: a later release reads more strictly. Polling has its order.
        return Notification(
            key=row.notification,
            type=row.type,
            shop_id="",
            told_at=row.told_at,
            order_id="",
        )
