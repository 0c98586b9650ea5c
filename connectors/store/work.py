"""The queue of record: what has to be worked out anew, by queue and key.

Asking twice is asking once: `ask` raises the version of a row. A worker claims the row under
a lease, works from the stored state, and finishes the version that it claimed; if somebody
asked again meanwhile, the row is still due, at the time that was asked for. A row whose worker
died is due again when its lease ends. Messages only ring; losing one costs the time until the
sweeper looks here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Integer,
    String,
    Update,
    and_,
    bindparam,
    case,
    func,
    null,
    select,
    tuple_,
)
from sqlalchemy.types import TypeEngine

from reconciliation.quantities import Instant

from .engine import AnyRow, at_the_end, insert_into
from .given_rows import Given, execute_for_rows, given, inserting
from .tables import WORK
from .wanted import among
from .work_rows import RANKS, Job, is_claimed, is_due_in_place, is_open, job_of


PAUSE_S = 2.0
"""How soon what has failed is tried again, if it is asked for anew: a shop that is away would be
called as fast as somebody decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What one transaction asks of a row: the earliest, oldest and most urgent of all it said."""

    due_at: Instant
    fact_at: Instant | None
    rank: int

    def with_another(self, other: "_Asked") -> "_Asked":
        facts = [each for each in (self.fact_at, other.fact_at) if each is not None]
        return _Asked(
            due_at=min(self.due_at, other.due_at),
            fact_at=min(facts, default=None),
            rank=min(self.rank, other.rank),
        )


class _Asks(dict[tuple[str, str], _Asked]):
    """All that a transaction asks for, and the rows that it has done; stored at its end.

    Rows are locked in the order of queues and keys. What is asked of a row that is done comes
    after its end: it asks for another run.
    """

    def __init__(self) -> None:
        super().__init__()
        self.done: list[Job] = []

    def add(self, row: tuple[str, str], asked: _Asked) -> None:
        before = self.get(row)
        self[row] = asked if before is None else before.with_another(asked)

    def __call__(self, connection: Connection) -> None:
        done = {(job.queue, job.key): job for job in self.done}
        if done:
            _lock(connection, sorted({*done, *self}))
            rows = [_claim_of(job) for _, job in sorted(done.items())]
            execute_for_rows(connection, _finishing(connection.dialect.name), rows)
        _store(connection, sorted(self.items()))


def _lock(connection: Connection, places: Sequence[tuple[str, str]]) -> None:
    """Lock rows in one order, before they are touched in another."""
    if connection.dialect.name == "postgresql":
        connection.execute(_locking(), {"wanted": places})


@cache
def _locking() -> Any:  # noqa: ANN401 - the library's long names of a statement and its rows
    place = (WORK.c.queue, WORK.c.key)
    return select(WORK.c.key).where(among(*place)).order_by(*place).with_for_update(of=WORK)


def _store(connection: Connection, asks: Sequence[tuple[tuple[str, str], _Asked]]) -> None:
    rows = [
        {
            "queue": queue,
            "key": key,
            "rank": asked.rank,
            "due_at": asked.due_at,
            "fact_at": asked.fact_at,
        }
        for (queue, key), asked in asks
    ]
    execute_for_rows(connection, _storing(connection.dialect.name), rows)


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

    Of what is due, the lowest `rank` goes first. A row that was put off after a failure is
    brought forward to no sooner than `PAUSE_S` from then. The rows are touched at the
    transaction's end. Raises `ValueError` for a rank that is none of `RANKS`.
    """
    if rank not in RANKS:
        raise ValueError(f"rank {rank}: work has a rank from {RANKS[0]} to {RANKS[-1]}")
    wanted = tuple(sorted(set(keys)))
    asks = at_the_end(connection, "work", _Asks)
    asked = _Asked(due_at=due_at, fact_at=fact_at, rank=rank)
    for key in wanted:
        asks.add((queue, key), asked)
    return wanted


@cache
def _storing(dialect: str) -> Any:  # noqa: ANN401 - two dialects' inserts
    """Return the statement that asks for a row: anew, together with what waits, or for later.

    Where somebody works on the row, what is asked now is kept beside it and has its own time.
    """
    blank = dict.fromkeys(("claimed_version", "done_version", "fence", "attempts"), 0)
    names = ("queue", "key", *_ASKED)
    asked_for = given(dialect, {name: WORK.c[name].type for name in names})
    values = {"version": 1, "leased_until": 0.0, **blank, **asked_for}
    new = inserting(dialect, insert_into(dialect, WORK), values)
    asked = new.excluded
    changes: dict[str, Any] = {"version": WORK.c.version + 1}
    pause_s = case((WORK.c.attempts > 0, PAUSE_S), else_=0.0)
    sooner = {name: asked[name] for name in _ASKED} | {"due_at": asked.due_at + pause_s}
    for name in _ASKED:
        stored, later_name = WORK.c[name], f"next_{name}"
        changes[name] = case(
            (is_claimed(), stored),
            (is_open(), _least(stored, sooner[name])),
            else_=asked[name],
        )
        changes[later_name] = case(
            (is_claimed(), _least(WORK.c[later_name], asked[name])), else_=null()
        )
    return new.on_conflict_do_update(index_elements=["queue", "key"], set_=changes)


_ASKED = ("rank", "due_at", "fact_at")
"""What is asked of a row; beside each stands, as `next_`, what was asked during the work on it."""


def _least(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((one.is_(None), other), (other.is_(None), one), (one < other, one), else_=other)


def _taken_over() -> dict[str, Any]:
    """Return the changes by which what was asked meanwhile becomes part of the row."""
    return {
        **{name: _least(WORK.c[name], WORK.c[f"next_{name}"]) for name in _ASKED},
        **_nothing_meanwhile(),
    }


def _nothing_meanwhile() -> dict[str, Any]:
    return {f"next_{name}": null() for name in _ASKED}


def claim(
    connection: Connection, queue: str, key: str, *, holder: str, now: Instant, for_s: float
) -> Job | None:
    """Claim a key that is due and free; return None if there is nothing to do."""
    wanted = {"the_queue": queue, "the_key": key}
    claimed = {"now": now, "the_holder": holder, "until": now + for_s}
    return _claimed_job(connection.execute(_claiming(), {**wanted, **claimed}).one_or_none())


def claim_some(
    connection: Connection,
    queue: str,
    keys: Sequence[str],
    *,
    holder: str,
    now: Instant,
    for_s: float,
) -> tuple[Job, ...]:
    """Claim those of the keys that are due and free, and return them in the keys' order.

    What another is about to claim or to ask for is left to it.
    """
    wanted = {"wanted": sorted((queue, key) for key in keys)}
    claimed = {"now": now, "the_holder": holder, "until": now + for_s}
    jobs = {
        row.key: job_of(row) for row in connection.execute(_claiming_some(), {**wanted, **claimed})
    }
    return tuple(jobs[key] for key in keys if key in jobs)


def _claimed_job(row: AnyRow | None) -> Job | None:
    return None if row is None else job_of(row)


@cache
def _claiming() -> Any:  # noqa: ANN401 - the library's long names of a statement and its rows
    one = and_(WORK.c.queue == bindparam("the_queue"), WORK.c.key == bindparam("the_key"))
    return _claiming_where(one)


@cache
def _claiming_some() -> Any:  # noqa: ANN401 - as above
    place = (WORK.c.queue, WORK.c.key)
    due = select(*place).where(among(*place), is_due_in_place()).correlate(None)
    free = due.with_for_update(of=WORK, skip_locked=True)
    return _claiming_where(tuple_(*place).in_(free))


def _claiming_where(wanted: ColumnElement[bool]) -> Any:  # noqa: ANN401 - as above
    return (
        WORK.update()
        .where(wanted, is_due_in_place())
        .values(
            claimed_version=WORK.c.version,
            fence=WORK.c.fence + 1,
            holder=bindparam("the_holder"),
            leased_until=bindparam("until"),
            attempts=WORK.c.attempts + 1,
            **_taken_over(),
        )
        .returning(WORK)
    )


def keep_claimed(connection: Connection, jobs: Iterable[Job], *, until: Instant) -> None:
    """Prolong the claims of jobs that are still worked on.

    One that was overtaken stays lost, and one that has just ended stays free.
    """
    prolonging = (
        WORK.update().where(*_claimed(_one_claim()), is_claimed()).values(leased_until=until)
    )
    for job in sorted(jobs, key=lambda each: (each.queue, each.key)):
        connection.execute(prolonging, _claim_of(job, version=False))


def finish_at_the_end(connection: Connection, job: Job) -> None:
    """Mark a version as done with the transaction that did it, at its very end."""
    at_the_end(connection, "work", _Asks).done.append(job)


def finish(connection: Connection, job: Job) -> Instant | None:
    """Mark a version as done; return when what was asked for meanwhile is due.

    None where nothing was, or where another has claimed the row since: then nothing is changed.
    """
    row = connection.execute(_finishing_one(), _claim_of(job)).one_or_none()
    if row is None or row.version <= row.done_version:
        return None
    return Instant(row.due_at)


@cache
def _finishing(dialect: str) -> Update:
    return _finishing_what(given(dialect, _CLAIM))


@cache
def _finishing_one() -> Any:  # noqa: ANN401 - as above
    return _finishing_what(_one_claim()).returning(
        WORK.c.version, WORK.c.done_version, WORK.c.due_at
    )


def _finishing_what(claim: Given) -> Update:
    return (
        WORK.update()
        .where(*_claimed(claim))
        .values(
            done_version=claim["the_version"],
            claimed_version=claim["the_version"],
            leased_until=0.0,
            attempts=0,
            last_error="",
            rank=func.coalesce(WORK.c.next_rank, WORK.c.rank),
            due_at=func.coalesce(WORK.c.next_due_at, WORK.c.due_at),
            fact_at=case((is_claimed(), WORK.c.next_fact_at), else_=WORK.c.fact_at),
            **_nothing_meanwhile(),
        )
    )


def come_back(
    connection: Connection, job: Job, *, due_at: Instant, error: str = "", failed: bool = True
) -> None:
    """Give the claim back to be tried again at `due_at`, or sooner if asked for meanwhile.

    One that has not `failed`, but had to wait for another, does not count as an attempt.
    """
    again = {
        "again_at": due_at,
        "made": job.attempts if failed else job.attempts - 1,
        "why": error[:500],
    }
    connection.execute(_coming_back(), {**_claim_of(job, version=False), **again})


@cache
def _coming_back() -> Any:  # noqa: ANN401 - as above
    again_at = _least(bindparam("again_at", type_=Double), WORK.c.next_due_at)
    return (
        WORK.update()
        .where(*_claimed(_one_claim()))
        .values(
            **_taken_over() | {"due_at": again_at},
            claimed_version=WORK.c.done_version,
            attempts=bindparam("made"),
            leased_until=0.0,
            last_error=bindparam("why"),
        )
    )


_CLAIM: dict[str, TypeEngine[Any]] = {
    "the_queue": String(),
    "the_key": String(),
    "the_fence": Integer(),
    "the_version": Integer(),
}


def _one_claim() -> Given:
    return {name: bindparam(name, type_=type_) for name, type_ in _CLAIM.items()}


def _claimed(claim: Given) -> tuple[ColumnElement[bool], ...]:
    return (
        WORK.c.queue == claim["the_queue"],
        WORK.c.key == claim["the_key"],
        WORK.c.fence == claim["the_fence"],
    )


def _claim_of(job: Job, *, version: bool = True) -> dict[str, str | int]:
    of_job: dict[str, str | int] = {
        "the_queue": job.queue,
        "the_key": job.key,
        "the_fence": job.fence,
    }
    return {**of_job, "the_version": job.version} if version else of_job
