"""Sums and counts over the whole record, for those who watch it. Nothing here decides anything."""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from reconciliation.quantities import Instant
from reconciliation.verdict import WriteClass

from .tables import LISTINGS, WORK, WRITES
from .writes import OPEN_OUTCOMES


def unmapped_listings(connection: Connection) -> dict[str, int]:
    """Return, for each shop that has any, how many listings could not be joined to goods."""
    rows = connection.execute(
        select(LISTINGS.c.shop, func.count())
        .where(LISTINGS.c.problem != "")
        .group_by(LISTINGS.c.shop)
    )
    return {row[0]: int(row[1]) for row in rows}


def oldest_unsettled(connection: Connection) -> dict[str, Instant]:
    """Return, for each shop that has any, when its oldest unsettled write was intended."""
    rows = connection.execute(
        select(WRITES.c.shop, func.min(WRITES.c.intended_at))
        .where(WRITES.c.outcome.in_(OPEN_OUTCOMES))
        .group_by(WRITES.c.shop)
    )
    return {row[0]: Instant(row[1]) for row in rows}


def oldest_due(connection: Connection, now: Instant) -> dict[str, Instant]:
    """Return, for each queue with due work, since when the oldest row has been due.

    Work that somebody has claimed counts until it is done.
    """
    rows = connection.execute(
        select(WORK.c.queue, func.min(WORK.c.due_at))
        .where(WORK.c.version > WORK.c.done_version, WORK.c.due_at <= now)
        .group_by(WORK.c.queue)
    )
    return {row[0]: Instant(row[1]) for row in rows}


def confirmed_after_s(
    connection: Connection, sequences: Collection[int]
) -> tuple[tuple[str, float], ...]:
    """Return, for each of these writes that is settled, its shop and the seconds until its proof.

    From the fact on; without those that no fact asked for, and those that were only sent along
    with another.
    """
    rows = connection.execute(_confirmed_after(), {"wanted": list(sequences)})
    return tuple((row.shop, float(row.seconds)) for row in rows)


@cache
def _confirmed_after() -> Select[*tuple[Any, ...]]:
    seconds = (WRITES.c.settled_at - WRITES.c.fact_at).label("seconds")
    return select(WRITES.c.shop, seconds).where(
        WRITES.c.sequence.in_(bindparam("wanted", expanding=True)),
        WRITES.c.settled_at.is_not(None),
        WRITES.c.fact_at.is_not(None),
        WRITES.c.write_class != WriteClass.SENT_ALONG,
    )
