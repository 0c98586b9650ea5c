"""A row of the queue of record: what it is, and in which states it can be found."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Double, and_, bindparam

from reconciliation.quantities import Instant

from .engine import AnyRow
from .tables import WORK


RANKS = range(7)
"""How urgent a row can be, the lowest first: so many classes there are of what is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of work as its worker claimed it.

    `rank` is the most urgent that was asked. `fact_at` is when the oldest fact arrived that asks
    for it; None where there is none.
    """

    queue: str
    key: str
    version: int
    fence: int
    attempts: int
    rank: int
    fact_at: Instant | None


def is_open() -> ColumnElement[bool]:
    """Tell whether a row asks for work that is not done."""
    return WORK.c.version > WORK.c.done_version


def is_claimed() -> ColumnElement[bool]:
    """Tell whether somebody works on a row, or died over it."""
    return WORK.c.claimed_version > WORK.c.done_version


def is_due_in_queue() -> ColumnElement[bool]:
    """Tell whether a row of the queue `the_queue` is due at the moment `now`."""
    return and_(WORK.c.queue == bindparam("the_queue"), is_due())


def is_due() -> ColumnElement[bool]:
    """Tell whether a row is owed and nobody is at it at the moment `now`."""
    now = bindparam("now", type_=Double)
    return and_(is_open(), WORK.c.leased_until <= now, WORK.c.due_at <= now)


def is_due_in_place() -> ColumnElement[bool]:
    """Tell the same as `is_due`, in words for which no index is of use: rows are found by keys.

    PostgreSQL takes few rows of a table that it has not looked through yet to be due, and would
    read all of them in place of a few keys.
    """
    now = bindparam("now", type_=Double)
    versions_owed = WORK.c.version - WORK.c.done_version
    return and_(versions_owed > 0, WORK.c.leased_until <= now, WORK.c.due_at + 0.0 <= now)


def job_of(row: AnyRow) -> Job:
    """Return a row as whoever works on it has it."""
    return Job(
        queue=row.queue,
        key=row.key,
        version=row.version,
        fence=row.fence,
        attempts=row.attempts,
        rank=row.rank,
        fact_at=row.fact_at,
    )
