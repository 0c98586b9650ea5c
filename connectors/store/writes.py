"""The writes: from intent, through TikTok's answer, to the read that settles them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, func, select, tuple_
from sqlalchemy.sql.dml import ReturningInsert

from reconciliation.catalog import ListingKey
from reconciliation.exposure import OpenWrite
from reconciliation.quantities import Instant, Units
from reconciliation.verdict import Write, WriteClass

from .catalog import KEY_COLUMNS, key_values, listing_key
from .engine import AnyRow
from .tables import WRITES
from .wanted import among


class Outcome(StrEnum):
    """How a write stands."""

    INTENDED = "intended"
    """Committed, perhaps sent: it counts, since it may land."""
    UNKNOWN = "unknown"
    """Sent without a clean answer: it may still land until the write horizon."""
    ANSWERED = "answered"
    """Cleanly answered; a later read will settle it."""
    SETTLED = "settled"
    """Proven by a read: it can change nothing any more."""
    REFUSED = "refused"
    """TikTok said no: it never landed."""


OPEN_OUTCOMES = (Outcome.INTENDED, Outcome.UNKNOWN, Outcome.ANSWERED)
"""Outcomes of writes that count in the exposure."""


def open_writes(
    connection: Connection, wanted: Sequence[tuple[str, ...]]
) -> dict[ListingKey, tuple[OpenWrite, ...]]:
    """Return the writes of the named listings that may still change something, oldest first."""
    rows = connection.execute(_open_of(), {"wanted": list(wanted)})
    grouped: dict[ListingKey, tuple[OpenWrite, ...]] = {}
    for row in rows:
        write = OpenWrite(
            sequence=row.sequence,
            units=row.units,
            sent_at=row.intended_at,
            answered_at=row.answered_at,
        )
        grouped[listing_key(row)] = (*grouped.get(listing_key(row), ()), write)
    return grouped


@cache
def _open_of() -> Select[*tuple[Any, ...]]:
    columns = ("sequence", "units", "intended_at", "answered_at", *KEY_COLUMNS)
    return (
        select(*(WRITES.c[name] for name in columns))
        .where(
            among(*(WRITES.c[name] for name in KEY_COLUMNS)), WRITES.c.outcome.in_(OPEN_OUTCOMES)
        )
        .order_by(WRITES.c.sequence)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """A write that is about to be sent, under which fencing token, and the fact behind it."""

    write: Write
    fence: int
    fact_at: Instant | None


def commit_intents(
    connection: Connection, intended: Sequence[Intended], now: Instant
) -> dict[ListingKey, int]:
    """Store intents to write, one a listing, and return their sequences.

    They count as exposure from now.
    """
    rows = [_intent(each, now) for each in intended]
    stored = connection.execute(_intending(), rows) if rows else ()
    return {listing_key(row): int(row.sequence) for row in stored}


def _intent(intended: Intended, now: Instant) -> dict[str, Any]:
    write = intended.write
    return {
        **key_values(write.key),
        "units": write.units,
        "shown_units": write.shown_units,
        "write_class": write.write_class,
        "reason": write.reason,
        "fence": intended.fence,
        "outcome": Outcome.INTENDED,
        "fact_at": intended.fact_at,
        "intended_at": now,
    }


@cache
def _intending() -> ReturningInsert[*tuple[Any, ...]]:
    return WRITES.insert().returning(WRITES.c.sequence, *(WRITES.c[name] for name in KEY_COLUMNS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the call for a write ended, and the fencing token under which it was made."""

    sequence: int
    fence: int
    outcome: Outcome
    answered_at: Instant | None = None
    detail: str = ""


def record_outcomes(connection: Connection, ended: Iterable[Ended]) -> None:
    """Record how calls ended, for writes that carry their fencing token and are intended."""
    rows = [
        {
            "the_sequence": each.sequence,
            "the_fence": each.fence,
            "ended": each.outcome,
            "at": each.answered_at,
            "words": each.detail[:500],
        }
        for each in sorted(ended, key=lambda each: each.sequence)
    ]
    if rows:
        connection.execute(_ending(), rows)


@cache
def _ending() -> Update:
    return (
        WRITES.update()
        .where(
            WRITES.c.sequence == bindparam("the_sequence"),
            WRITES.c.fence == bindparam("the_fence"),
            WRITES.c.outcome == Outcome.INTENDED,
        )
        .values(outcome=bindparam("ended"), answered_at=bindparam("at"), detail=bindparam("words"))
    )


def settle(connection: Connection, sequences: Iterable[int], now: Instant) -> None:
    """Mark writes as proven by a read: they can change nothing any more."""
    rows = [{"the_sequence": sequence, "at": now} for sequence in sequences]
    if rows:
        connection.execute(_settling(), rows)


@cache
def _settling() -> Update:
    proven = {"outcome": Outcome.SETTLED, "settled_at": bindparam("at")}
    return WRITES.update().where(WRITES.c.sequence == bindparam("the_sequence")).values(proven)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRow:
    """A write as it is stored: what it set from what, why, and how it ended."""

    key: ListingKey
    sequence: int
    units: Units
    shown_units: Units
    write_class: WriteClass
    reason: str
    outcome: Outcome
    detail: str
    intended_at: Instant
    answered_at: Instant | None
    settled_at: Instant | None


def latest(connection: Connection, keys: Sequence[ListingKey]) -> dict[ListingKey, WriteRow]:
    """Return the newest write of each listing; one that was never written is left out."""
    columns = [WRITES.c[name] for name in KEY_COLUMNS]
    wanted = [tuple(key_values(key).values()) for key in keys]
    newest = select(func.max(WRITES.c.sequence)).where(tuple_(*columns).in_(wanted))
    rows = connection.execute(
        select(WRITES).where(WRITES.c.sequence.in_(newest.group_by(*columns)))
    )
    return {listing_key(row): _write_row(row) for row in rows}


def _write_row(row: AnyRow) -> WriteRow:
    return WriteRow(
        key=listing_key(row),
        sequence=row.sequence,
        units=row.units,
        shown_units=row.shown_units,
        write_class=WriteClass(row.write_class),
        reason=row.reason,
        outcome=Outcome(row.outcome),
        detail=row.detail,
        intended_at=row.intended_at,
        answered_at=row.answered_at,
        settled_at=row.settled_at,
    )


def open_counts(connection: Connection) -> dict[tuple[str, Outcome], int]:
    """Return how many writes of each shop and outcome still count in the exposure."""
    rows = connection.execute(
        select(WRITES.c.shop, WRITES.c.outcome, func.count())
        .where(WRITES.c.outcome.in_(OPEN_OUTCOMES))
        .group_by(WRITES.c.shop, WRITES.c.outcome)
    )
    return {(row[0], Outcome(row[1])): int(row[2]) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCounts:
    """How many writes were made, and how they stand."""

    made: int
    refused: int
    open: int


def write_counts(connection: Connection) -> WriteCounts:
    """Count all writes that were sent or may have been."""
    rows = connection.execute(select(WRITES.c.outcome, func.count()).group_by(WRITES.c.outcome))
    by_outcome = {row[0]: int(row[1]) for row in rows}
    return WriteCounts(
        made=sum(by_outcome.values()),
        refused=by_outcome.get(Outcome.REFUSED, 0),
        open=sum(by_outcome.get(outcome, 0) for outcome in OPEN_OUTCOMES),
    )


def confirm_times_s(connection: Connection) -> tuple[float, ...]:
    """Return, for each settled write, the seconds from its fact to its proof."""
    rows = connection.execute(
        select(WRITES.c.settled_at - WRITES.c.fact_at).where(
            WRITES.c.outcome == Outcome.SETTLED,
            WRITES.c.fact_at.is_not(None),
            WRITES.c.write_class != WriteClass.SENT_ALONG,
        )
    )
    return tuple(float(row[0]) for row in rows)
