"""What waits in the queue of record for one shop: how much of each urgency, and since when."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select

from reconciliation.quantities import Instant

from .engine import AnyRow
from .tables import WORK, WRITES
from .work_rows import is_open


LOOKED_AT_MAX = 20_000
"""The newest writes that are looked through: at 50 calls a second, those of minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Open rows of one queue and rank: `due`, `claimed` by somebody, and `put_off` until later.

    `due_since`: since when the longest due of them has been; None where none is due.
    """

    queue: str
    rank: int
    due: int
    claimed: int
    put_off: int
    due_since: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """Rows of one queue that failed for one reason; the first is tried again at `next_at`."""

    queue: str
    reason: str
    rows: int
    next_at: Instant


def waiting_of(
    connection: Connection, shop: str, queues: Collection[str], now: Instant
) -> tuple[Waiting, ...]:
    """Return what is open of a shop in some queues, by queue and then the most urgent."""
    rows = connection.execute(_waiting(shop, queues, now))
    return tuple(_waiting_in(row) for row in rows)


def _waiting(shop: str, queues: Collection[str], now: Instant) -> Select[*tuple[Any, ...]]:
    is_claimed = WORK.c.leased_until > now
    is_due = (WORK.c.leased_until <= now) & (WORK.c.due_at <= now)
    return (
        select(
            WORK.c.queue,
            WORK.c.rank,
            func.count().label("rows"),
            _count_if(is_due).label("due"),
            _count_if(is_claimed).label("claimed"),
            func.min(case((is_due, WORK.c.due_at))).label("due_since"),
        )
        .where(*_open_of(shop, queues))
        .group_by(WORK.c.queue, WORK.c.rank)
        .order_by(WORK.c.queue, WORK.c.rank)
    )


def _waiting_in(row: AnyRow) -> Waiting:
    return Waiting(
        queue=row.queue,
        rank=row.rank,
        due=row.due,
        claimed=row.claimed,
        put_off=row.rows - row.due - row.claimed,
        due_since=row.due_since,
    )


def put_off_of(
    connection: Connection, shop: str, queues: Collection[str], now: Instant
) -> tuple[PutOff, ...]:
    """Return what of a shop has failed and is not tried again before later, by queue."""
    rows = connection.execute(
        select(
            WORK.c.queue,
            WORK.c.last_error,
            func.count().label("rows"),
            func.min(WORK.c.due_at).label("next_at"),
        )
        .where(
            *_open_of(shop, queues),
            WORK.c.last_error != "",
            WORK.c.leased_until <= now,
            WORK.c.due_at > now,
        )
        .group_by(WORK.c.queue, WORK.c.last_error)
        .order_by(WORK.c.queue, WORK.c.last_error)
    )
    return tuple(
        PutOff(queue=row.queue, reason=row.last_error, rows=row.rows, next_at=row.next_at)
        for row in rows
    )


def written_since(connection: Connection, shop: str, since: Instant) -> dict[int, int]:
    """Return how many quantities of a shop were sent since then, by class of write."""
    newest = (
        select(WRITES.c.shop, WRITES.c.write_class, WRITES.c.intended_at)
        .order_by(WRITES.c.sequence.desc())
        .limit(LOOKED_AT_MAX)
        .subquery()
    )
    rows = connection.execute(
        select(newest.c.write_class, func.count())
        .where(newest.c.shop == shop, newest.c.intended_at >= since)
        .group_by(newest.c.write_class)
    )
    return {row[0]: int(row[1]) for row in rows}


def _open_of(shop: str, queues: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """Return what holds for a shop's open rows: their keys are its name, or begin with it."""
    start = f"{shop}/"
    is_its_own = or_(WORK.c.key == shop, func.substr(WORK.c.key, 1, len(start)) == start)
    return WORK.c.queue.in_(sorted(queues)), is_open(), is_its_own


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
