"""TikTok's notifications as they came, each kept once, and which of them still ask for work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from sqlalchemy import Connection, select

from reconciliation.quantities import Instant

from .engine import AnyRow, insert_into
from .tables import WEBHOOKS


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRow:
    """One notification; `shop` is ours for it, empty where it is none of ours.

    `told_at` is what its body says, `received_at` our own clock. `handled_at` is None while it
    asks for work.
    """

    notification: str
    shop: str
    type: int
    told_at: Instant
    received_at: Instant
    body: str
    handled_at: Instant | None = None


COLUMNS = tuple(field.name for field in fields(WebhookRow))


def store(connection: Connection, rows: Iterable[WebhookRow]) -> frozenset[str]:
    """Keep those not kept before, and return which they were; of equals the first."""
    # In the order of their keys, so that two processes that keep the same ones never wait for
    # each other in a ring.
    fresh = {row.notification: row for row in reversed(tuple(rows))}
    values = [{name: getattr(fresh[key], name) for name in COLUMNS} for key in sorted(fresh)]
    if not values:
        return frozenset()
    return frozenset(connection.execute(_storing(connection.dialect.name), values).scalars())


@cache
def _storing(dialect: str) -> Any:  # noqa: ANN401 - two dialects' inserts
    return (
        insert_into(dialect, WEBHOOKS)
        .on_conflict_do_nothing(index_elements=["notification"])
        .returning(WEBHOOKS.c.notification)
    )


def unhandled(connection: Connection, shop: str, *, most: int) -> tuple[WebhookRow, ...]:
    """Return a shop's notifications that ask for work, the oldest first."""
    rows = connection.execute(
        select(WEBHOOKS)
        .where(WEBHOOKS.c.shop == shop, WEBHOOKS.c.handled_at.is_(None))
        .order_by(WEBHOOKS.c.received_at, WEBHOOKS.c.notification)
        .limit(most)
    )
    return tuple(_webhook(row) for row in rows)


def mark_handled(connection: Connection, notifications: Sequence[str], now: Instant) -> None:
    """Note that notifications ask for nothing any more."""
    connection.execute(
        WEBHOOKS.update()
        .where(WEBHOOKS.c.notification.in_(notifications), WEBHOOKS.c.handled_at.is_(None))
        .values(handled_at=now)
    )


def give_up_before(connection: Connection, shop: str, moment: Instant, *, now: Instant) -> int:
    """Mark a shop's notifications received before a moment as handled; return how many."""
    given_up = connection.execute(
        WEBHOOKS.update()
        .where(
            WEBHOOKS.c.shop == shop,
            WEBHOOKS.c.handled_at.is_(None),
            WEBHOOKS.c.received_at < moment,
        )
        .values(handled_at=now)
    )
    return given_up.rowcount


def forget_before(connection: Connection, moment: Instant) -> None:
    """Delete notifications received before a moment."""
    connection.execute(WEBHOOKS.delete().where(WEBHOOKS.c.received_at < moment))


def _webhook(row: AnyRow) -> WebhookRow:
    return WebhookRow(
        notification=row.notification,
        shop=row.shop,
        type=row.type,
        told_at=Instant(row.told_at),
        received_at=Instant(row.received_at),
        body=row.body,
        handled_at=row.handled_at,
    )
