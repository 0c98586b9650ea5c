"""The trail: what happened to a listing, a pool or a feed, when, and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Double, Select, bindparam, func, or_, select

from reconciliation.quantities import Instant

from .engine import AnyRow, insert_many
from .tables import TRAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened; `detail` holds its terms."""

    at: Instant
    event: str
    subject: str
    shop: str = ""
    sku: str = ""
    detail: Mapping[str, Any]


def note(connection: Connection, event: Event) -> None:
    """Store an event."""
    connection.execute(TRAIL.insert(), _row(event))


def note_all(connection: Connection, events: Sequence[Event]) -> None:
    """Store many events."""
    insert_many(connection, TRAIL, [_row(event) for event in events])


def _row(event: Event) -> dict[str, Any]:
    return {
        "at": event.at,
        "event": event.event,
        "shop": event.shop,
        "sku": event.sku,
        "subject": event.subject,
        "detail": dict(event.detail),
    }


def about(
    connection: Connection,
    sku: str,
    subjects: Sequence[str],
    *,
    shops: Collection[str] | None = None,
    shopless: Collection[str] | None = None,
    most: int,
) -> tuple[Event, ...]:
    """Return the newest events of an item or of any of the subjects, the latest first.

    Of those `shops`, and of none in particular, where given; of the latter only those on a
    subject in `shopless`, where given.
    """
    query = select(TRAIL).where(or_(TRAIL.c.sku == sku, TRAIL.c.subject.in_(subjects)))
    if shops is not None:
        query = query.where(TRAIL.c.shop.in_(["", *shops]))
    if shopless is not None:
        query = query.where(or_(TRAIL.c.shop != "", TRAIL.c.subject.in_(shopless)))
    rows = connection.execute(query.order_by(TRAIL.c.at.desc(), TRAIL.c.id.desc()).limit(most))
    return tuple(_event(row) for row in rows)


def times_by_subject(
    connection: Connection, subjects: Sequence[str], event: str, *, since: Instant
) -> dict[str, tuple[Instant, ...]]:
    """Return when an event happened to each subject, from `since` on; never: left out."""
    asked = {"subjects": list(subjects), "the_event": event, "since": since}
    rows = connection.execute(_times(), asked)
    times: dict[str, tuple[Instant, ...]] = {}
    for row in rows:
        times[row.subject] = (*times.get(row.subject, ()), Instant(row.at))
    return times


def events_of(
    connection: Connection, subjects: Sequence[str], event: str, *, since: Instant
) -> list[Event]:
    """Return each time that something happened to one of the subjects, in that order."""
    named = (TRAIL.c.subject.in_(subjects), TRAIL.c.event == event, TRAIL.c.at >= since)
    rows = connection.execute(select(TRAIL).where(*named).order_by(TRAIL.c.id)).all()
    return [_event(row) for row in rows]


@cache
def _times() -> Select[*tuple[Any, ...]]:
    return select(TRAIL.c.subject, TRAIL.c.at).where(
        TRAIL.c.subject.in_(bindparam("subjects", expanding=True)),
        TRAIL.c.event == bindparam("the_event"),
        TRAIL.c.at >= bindparam("since", type_=Double),
    )


def count_of(connection: Connection, event: str) -> int:
    """Return how often an event happened."""
    return sum(counts_by_subject(connection, event).values())


def counts_by_subject(connection: Connection, event: str) -> dict[str, int]:
    """Return how often an event happened to each subject; never: left out."""
    rows = connection.execute(
        select(TRAIL.c.subject, func.count())
        .where(TRAIL.c.event == event)
        .group_by(TRAIL.c.subject)
    )
    return {row[0]: int(row[1]) for row in rows}


def forget_before(connection: Connection, moment: Instant) -> None:
    """Delete events older than a moment."""
    connection.execute(TRAIL.delete().where(TRAIL.c.at < moment))


def _event(row: AnyRow) -> Event:
    return Event(
        at=Instant(row.at),
        event=row.event,
        subject=row.subject,
        shop=row.shop,
        sku=row.sku,
        detail=row.detail,
    )
