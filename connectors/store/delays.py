"""How long things took of late: orders until we heard of them, decreases until they showed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Double, Integer, Select, bindparam, func, select

from reconciliation.quantities import Instant
from reconciliation.verdict import DECREASES

from .tables import LISTINGS, ORDER_LINES, WRITES
from .writes import Outcome


LOOKED_AT = 5_000
"""Among so many of the newest writes a shop's are looked for: what is older is not of late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteDelay:
    """How long a decrease took, in seconds; None where it never got an answer.

    `acted_s` counts from the fact that asked for it, `call_s` from its intent.
    """

    acted_s: float | None
    call_s: float | None


def heard_after_s(
    connection: Connection, shop: str, *, since: Instant, most: int
) -> tuple[float, ...]:
    """Return how long after its placing each of a shop's newest order lines was asked for."""
    asked = {"shop": shop, "since": since, "most": most}
    rows = connection.execute(_heard(), asked).all()
    return tuple(max(row.recorded_at - row.placed_at, 0.0) for row in rows)


@cache
def _heard() -> Select[*tuple[Any, ...]]:
    return (
        select(ORDER_LINES.c.recorded_at, ORDER_LINES.c.placed_at)
        .where(
            ORDER_LINES.c.shop == bindparam("shop"),
            ORDER_LINES.c.placed_at >= bindparam("since", type_=Double),
        )
        .order_by(ORDER_LINES.c.placed_at.desc())
        .limit(bindparam("most", type_=Integer))
    )


def decreases_took(
    connection: Connection, shop: str, *, since: Instant, most: int
) -> Sequence[WriteDelay]:
    """Return how long a shop's newest decreases took that are not under way any more."""
    asked = {"shop": shop, "since": since, "most": most}
    rows = connection.execute(_decreases(), asked).all()
    return [
        WriteDelay(
            acted_s=row.answered_at - (row.fact_at or row.intended_at),
            call_s=row.answered_at - row.intended_at,
        )
        if row.answered_at is not None
        else WriteDelay(acted_s=None, call_s=None)
        for row in rows
    ]


@cache
def _decreases() -> Select[*tuple[Any, ...]]:
    newest = select(func.max(WRITES.c.sequence) - LOOKED_AT).scalar_subquery()
    return (
        select(WRITES.c.fact_at, WRITES.c.intended_at, WRITES.c.answered_at)
        .where(
            WRITES.c.sequence > newest,
            WRITES.c.shop == bindparam("shop"),
            WRITES.c.write_class.in_(sorted(DECREASES)),
            WRITES.c.outcome.in_([Outcome.ANSWERED, Outcome.SETTLED, Outcome.UNKNOWN]),
            WRITES.c.intended_at >= bindparam("since", type_=Double),
        )
        .order_by(WRITES.c.sequence.desc())
        .limit(bindparam("most", type_=Integer))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadsWaiting:
    """How many listings of a shop wait for a read, and since when the first is due."""

    listings: int = 0
    first_due_at: Instant | None = None


def reads_waiting(connection: Connection, shop: str, *, until: Instant) -> ReadsWaiting:
    """Return what of a shop is to be read up to a moment."""
    row = connection.execute(_waiting(), {"shop": shop, "until": until}).one()
    first = None if row.first is None else Instant(row.first)
    return ReadsWaiting(listings=int(row.listings), first_due_at=first)


@cache
def _waiting() -> Select[*tuple[Any, ...]]:
    return select(
        func.count().label("listings"), func.min(LISTINGS.c.read_due_at).label("first")
    ).where(
        LISTINGS.c.shop == bindparam("shop"),
        LISTINGS.c.read_due_at <= bindparam("until", type_=Double),
    )
