"""What is due in the queue of record: looked at, and nothing claimed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Integer,
    String,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

from reconciliation.quantities import Instant

from .tables import WORK
from .wanted import among
from .work_rows import RANKS, Job, is_due, is_due_in_place, is_due_in_queue, is_open, job_of


def due(connection: Connection, now: Instant, *, most: int) -> list[tuple[str, str]]:
    """Return the queues and keys that are due and free, by rank and then the longest due."""
    rows = connection.execute(_due(), {"now": now, "most": most})
    return [(row.queue, row.key) for row in rows]


@cache
def _due() -> Any:  # noqa: ANN401 - the library's long names of a statement and its rows
    return (
        select(WORK.c.queue, WORK.c.key)
        .where(is_due())
        .order_by(WORK.c.rank, WORK.c.due_at)
        .limit(bindparam("most", type_=Integer))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRow:
    """A row of work that is not finished; `free_at` is when its claim, if any, runs out."""

    queue: str
    key: str
    due_at: Instant
    free_at: Instant
    attempts: int
    last_error: str


def open_rows(connection: Connection, *, until: Instant) -> tuple[OpenRow, ...]:
    """Return what is not finished and due by `until`, by rank and then the longest due."""
    rows = connection.execute(
        select(WORK).where(is_open(), WORK.c.due_at <= until).order_by(WORK.c.rank, WORK.c.due_at)
    )
    return tuple(
        OpenRow(
            queue=row.queue,
            key=row.key,
            due_at=row.due_at,
            free_at=row.leased_until,
            attempts=row.attempts,
            last_error=row.last_error,
        )
        for row in rows
    )


def open_counts(connection: Connection, now: Instant) -> dict[str, int]:
    """Return how many rows of each queue are due or being worked on."""
    rows = connection.execute(
        select(WORK.c.queue, func.count())
        .where(is_open(), WORK.c.due_at <= now)
        .group_by(WORK.c.queue)
    )
    return {row[0]: int(row[1]) for row in rows}


def due_keys(
    connection: Connection, queue: str, now: Instant, *, most: int, first: str = ""
) -> tuple[str, ...]:
    """Return keys of a queue that are due and free: `first`, then the most urgent, longest due."""
    asked = {"the_queue": queue, "now": now, "most": most, "the_first": first}
    return tuple(connection.execute(_due_keys(), asked).scalars())


@cache
def _due_keys() -> Any:  # noqa: ANN401 - as above
    return _keys_in_order()


def due_keys_not_under(
    connection: Connection, queue: str, now: Instant, *, names: Collection[str], most: int
) -> tuple[str, ...]:
    """Return keys as `due_keys` does, but for those whose part before the last slash is named."""
    asked = {"the_queue": queue, "now": now, "most": most, "the_first": ""}
    starts = [f"{name}/" for name in sorted(names)]
    others = [func.substr(WORK.c.key, 1, len(start)) != start for start in starts]
    return tuple(connection.execute(_keys_in_order(*others), asked).scalars())


def longest_due(connection: Connection, queue: str, now: Instant, *, since: Instant) -> str | None:
    """Return the key of a queue that has been due for longest, whatever its rank.

    None where none that is free has been due since `since` or before.
    """
    asked = {"the_queue": queue, "now": now, "the_moment": since, "most": 1}
    key: str | None = connection.execute(_longest_due(), asked).scalar()
    return key


@cache
def _longest_due() -> Any:  # noqa: ANN401 - as above
    is_old = WORK.c.due_at <= bindparam("the_moment", type_=Double)
    some = [_some_in_order(0, WORK.c.rank == literal_column(str(rank)), is_old) for rank in RANKS]
    found = union_all(*some).subquery()
    return select(found.c.key).order_by(found.c.due_at).limit(1)


def _keys_in_order(*conditions: ColumnElement[bool]) -> Any:  # noqa: ANN401 - as above
    """Return the query for keys that are due: `the_first`, then by rank and the longest due.

    A few of each rank are taken from the index, so that nobody puts in order all that is due.
    """
    is_first = WORK.c.key == bindparam("the_first", type_=String)
    some = [
        _some_in_order(1, ~is_first, WORK.c.rank == literal_column(str(rank)), *conditions)
        for rank in RANKS
    ]
    found = union_all(_some_in_order(0, is_first, *conditions), *some).subquery()
    return (
        select(found.c.key)
        .order_by(found.c.place, found.c.rank, found.c.due_at)
        .limit(bindparam("most", type_=Integer))
    )


def _some_in_order(place: int, *conditions: ColumnElement[bool]) -> Any:  # noqa: ANN401 - as above
    places = literal_column(str(place), Integer).label("place")
    some = (
        select(places, WORK.c.key, WORK.c.rank, WORK.c.due_at)
        .where(is_due_in_queue(), *conditions)
        .order_by(WORK.c.due_at)
    )
    # Only as a table of its own may a part of a union have an order and an end.
    return select(some.limit(bindparam("most", type_=Integer)).subquery())


def look_at(
    connection: Connection, queue: str, keys: Iterable[str], now: Instant
) -> tuple[Job, ...]:
    """Return those of the keys that are due and free, without claiming them.

    For work that one transaction does as a whole, under locks that others wait for: it ends with
    `finish_at_the_end`, and where it fails nothing has happened.
    """
    asked = {"wanted": [(queue, key) for key in keys], "now": now}
    rows = connection.execute(_looking_at(), asked)
    return tuple(job_of(row) for row in rows)


@cache
def _looking_at() -> Any:  # noqa: ANN401 - as above
    return select(WORK).where(among(WORK.c.queue, WORK.c.key), is_due_in_place())
