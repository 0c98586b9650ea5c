"""The queue of record: what has to be worked out anew, by queue and key.

Asking twice is asking once: `ask` raises the version of a row. A worker claims the row under
a lease, works from the stored state, and finishes the version that it claimed; if somebody
asked again meanwhile, the row is still due. A row whose worker died is due again when its
lease ends. Messages only ring; losing one costs the time until the sweeper looks here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from reconciliation.quantities import Instant

from .tables import WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of work as its worker claimed it.

    `fact_at` is when the oldest fact arrived that asks for it; None where there is none.
    """

    queue: str
    key: str
    version: int
    fence: int
    attempts: int
    fact_at: Instant | None


def ask(
    connection: Connection,
    queue: str,
    keys: Iterable[str],
    *,
    due_at: Instant,
    fact_at: Instant | None = None,
    rank: int = 0,
) -> tuple[str, ...]:
    """Ask for work on each key, at `due_at` or earlier if already asked; return the keys.

    Of what is due, the lowest `rank` goes first.
    """
    wanted = tuple(sorted(set(keys)))
    for key in wanted:
        _ask_one(connection, queue, key, due_at=due_at, fact_at=fact_at, rank=rank)
    return wanted


def _ask_one(
    connection: Connection,
    queue: str,
    key: str,
    *,
    due_at: Instant,
    fact_at: Instant | None,
    rank: int,
) -> None:
    row = connection.execute(
        select(WORK).where(WORK.c.queue == queue, WORK.c.key == key).with_for_update()
    ).one_or_none()
    if row is None:
        blank = dict.fromkeys(("done_version", "claimed_version", "fence", "attempts"), 0)
        asked = {"rank": rank, "due_at": due_at, "fact_at": fact_at, "version": 1}
        new = {"queue": queue, "key": key, "leased_until": 0.0, **blank, **asked}
        connection.execute(WORK.insert().values(**new))
        return
    # A version that somebody works on has its own time; what is asked now comes after it.
    waiting = row.version > max(row.done_version, row.claimed_version)
    facts = [fact_at, row.fact_at if waiting else None]
    connection.execute(
        WORK.update()
        .where(WORK.c.queue == queue, WORK.c.key == key)
        .values(
            version=row.version + 1,
            rank=min(rank, row.rank) if waiting else rank,
            due_at=min(due_at, row.due_at) if waiting else due_at,
            fact_at=min((each for each in facts if each is not None), default=None),
        )
    )


def claim(
    connection: Connection, queue: str, key: str, *, holder: str, now: Instant, for_s: float
) -> Job | None:
    """Claim a key that is due and free; return None if there is nothing to do."""
    row = connection.execute(
        select(WORK)
        .where(WORK.c.queue == queue, WORK.c.key == key, _open(), _free(now))
        .with_for_update()
    ).one_or_none()
    if row is None or row.due_at > now:
        return None
    job = Job(
        queue=queue,
        key=key,
        version=row.version,
        fence=row.fence + 1,
        attempts=row.attempts + 1,
        fact_at=row.fact_at,
    )
    connection.execute(
        WORK.update()
        .where(WORK.c.queue == queue, WORK.c.key == key)
        .values(
            claimed_version=job.version,
            fence=job.fence,
            holder=holder,
            leased_until=now + for_s,
            attempts=job.attempts,
        )
    )
    return job


def finish(connection: Connection, job: Job) -> None:
    """Mark the claimed version as done; newer requests stay open. A stale claim does nothing."""
    connection.execute(
        WORK.update()
        .where(*_claimed(job))
        .values(done_version=job.version, leased_until=0.0, attempts=0, last_error="")
    )


def come_back(
    connection: Connection, job: Job, *, due_at: Instant, error: str = "", failed: bool = True
) -> None:
    """Give the claim back to be tried again at `due_at`, or sooner if asked for meanwhile.

    One that has not `failed`, but had to wait for another, does not count as an attempt.
    """
    row = connection.execute(select(WORK).where(*_claimed(job))).one_or_none()
    if row is None:
        return
    asked_again = row.version > job.version
    connection.execute(
        WORK.update()
        .where(*_claimed(job))
        .values(
            due_at=min(due_at, row.due_at) if asked_again else due_at,
            claimed_version=WORK.c.done_version,
            attempts=job.attempts if failed else job.attempts - 1,
            leased_until=0.0,
            last_error=error[:500],
        )
    )


def due(
    connection: Connection, now: Instant, *, most: int, queue: str = "", prefix: str = ""
) -> list[tuple[str, str]]:
    """Return the queues and keys that are due and free, by rank and then the longest due.

    Of one queue, and with keys that begin with `prefix`, where given.
    """
    query = select(WORK.c.queue, WORK.c.key).where(_open(), _free(now), WORK.c.due_at <= now)
    if queue:
        query = query.where(WORK.c.queue == queue, WORK.c.key.startswith(prefix, autoescape=True))
    rows = connection.execute(query.order_by(WORK.c.rank, WORK.c.due_at).limit(most))
    return [(row.queue, row.key) for row in rows]


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
        select(WORK).where(_open(), WORK.c.due_at <= until).order_by(WORK.c.rank, WORK.c.due_at)
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
        .where(_open(), WORK.c.due_at <= now)
        .group_by(WORK.c.queue)
    )
    return {row[0]: int(row[1]) for row in rows}


def _open() -> ColumnElement[bool]:
    return WORK.c.version > WORK.c.done_version


def _free(now: Instant) -> ColumnElement[bool]:
    return WORK.c.leased_until <= now


def _claimed(job: Job) -> tuple[ColumnElement[bool], ...]:
    return (WORK.c.queue == job.queue, WORK.c.key == job.key, WORK.c.fence == job.fence)
