"""Deliveries as people ask for them: by number, state or content, with what was decided.

A state is never stored: it follows from the verdict and the decision, in one expression.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Label, Select, case, func, literal, select

from reconciliation.feed_gate import Earlier, Fate, Ruling
from reconciliation.quantities import Instant

from . import following
from .engine import AnyRow
from .feed_tables import DELIVERY_CONTENTS, DELIVERY_DETAILS, FEED_DECISIONS
from .intake import Delivery, delivery_of
from .standing import ROLLBACK, Decision, stands, waits
from .tables import DELIVERIES, POOLS


class State(StrEnum):
    """Where a delivery stands."""

    TAKEN = "taken"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    APPROVED = "approved"
    """It waited; the delivery that was made of it is taken."""
    ROLLED_BACK = "rolled_back"
    ROLLBACK = "rollback"
    """It is no file, but took one back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A person's decision about delivery `delivery_id`, and delivery `made_id` that came of it.

    `restored_id` is the delivery that a rollback put back in force.
    """

    delivery_id: int
    decision: Decision
    made_id: int
    restored_id: int | None = None
    who: str
    why: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A delivery with its number and state; `decided` is what was decided about it or by it."""

    delivery_id: int
    state: State
    delivery: Delivery
    decided: Decided | None = None


_OF, _BY = FEED_DECISIONS.alias("decided_of"), FEED_DECISIONS.alias("decided_by")


def decide(connection: Connection, decided: Decided) -> None:
    """Store a decision; each delivery has one at most, which the caller has made sure of."""
    connection.execute(
        FEED_DECISIONS.insert().values(
            delivery_id=decided.delivery_id,
            decision=decided.decision.value,
            made_id=decided.made_id,
            restored_id=decided.restored_id,
            who=decided.who,
            why=decided.why,
            at=decided.at,
        )
    )


def keep_details(
    connection: Connection, delivery_id: int, *, header: tuple[str, ...], seen: Mapping[str, Any]
) -> None:
    """Store what was seen in a delivered file, as plain values."""
    connection.execute(
        DELIVERY_DETAILS.insert().values(
            delivery_id=delivery_id, header=list(header), seen=dict(seen)
        )
    )


def details(connection: Connection, delivery_id: int) -> dict[str, Any]:
    """Return what was seen in a delivered file; nothing where nothing could be read."""
    query = select(DELIVERY_DETAILS.c.seen).where(DELIVERY_DETAILS.c.delivery_id == delivery_id)
    return dict(connection.execute(query).scalar_one_or_none() or {})


def load(connection: Connection, delivery_id: int) -> Filed | None:
    """Return a delivery, None where there is none of that number."""
    row = connection.execute(_all().where(DELIVERIES.c.id == delivery_id)).one_or_none()
    return None if row is None else _filed(row)


def newest(
    connection: Connection, *, feed: str | None = None, state: State | None = None, most: int
) -> tuple[Filed, ...]:
    """Return the newest deliveries, of one feed or in one state where asked for."""
    query = _all()
    if feed is not None:
        query = query.where(DELIVERIES.c.feed == feed)
    if state is not None:
        query = query.where(_state() == state)
    rows = connection.execute(query.order_by(DELIVERIES.c.id.desc()).limit(most))
    return tuple(_filed(row) for row in rows)


def standing(connection: Connection, feed: str, *, most: int) -> tuple[Filed, ...]:
    """Return the accepted deliveries of a feed that count, the newest first."""
    query = _all().where(DELIVERIES.c.feed == feed, stands())
    rows = connection.execute(query.order_by(DELIVERIES.c.id.desc()).limit(most))
    return tuple(_filed(row) for row in rows)


def keep_content(connection: Connection, delivery_id: int, content_sha256: str) -> None:
    """Store the hash of what a file says, where that is not the hash of its bytes."""
    connection.execute(
        DELIVERY_CONTENTS.insert().values(delivery_id=delivery_id, content_sha256=content_sha256)
    )


def share_content(connection: Connection, delivery_id: int, made_id: int) -> None:
    """Store of the delivery that a decision made that it says what another says."""
    contents = DELIVERY_CONTENTS.c
    said = select(literal(made_id), contents.content_sha256).where(
        contents.delivery_id == delivery_id
    )
    names = ["delivery_id", "content_sha256"]
    connection.execute(DELIVERY_CONTENTS.insert().from_select(names, said))


def _has_content(sha256: str) -> ColumnElement[bool]:
    """Say of a delivery that this is the hash of its bytes, or of what they say."""
    says = select(DELIVERY_CONTENTS.c.delivery_id).where(
        DELIVERY_CONTENTS.c.content_sha256 == sha256
    )
    return (DELIVERIES.c.sha256 == sha256) | DELIVERIES.c.id.in_(says)


def earlier(connection: Connection, feed: str, content_sha256: str) -> Earlier | None:
    """Return what became of a content when it last came, None where it never mattered.

    However it was packed. What the gate refused by itself is judged anew each time.
    """
    by_a_person = _BY.c.decision == Decision.REFUSE
    matters = _state().in_([State.TAKEN, State.ROLLED_BACK, State.QUARANTINED]) | by_a_person
    query = _all().where(DELIVERIES.c.feed == feed, _has_content(content_sha256), matters)
    row = connection.execute(query.order_by(DELIVERIES.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return Earlier(fate=_FATES[State(row.state)], delivery_id=row.id, as_of=row.as_of)


_FATES = {
    State.TAKEN: Fate.TAKEN,
    State.ROLLED_BACK: Fate.TAKEN_BACK,
    State.QUARANTINED: Fate.WAITS,
    State.REFUSED: Fate.REFUSED,
}


def first_arrival(connection: Connection, feed: str, sha256: str) -> Instant | None:
    """Return when a content first arrived in a feed, whatever became of it; None: never.

    `sha256` is of a file's bytes, or of what they say.
    """
    query = select(func.min(DELIVERIES.c.arrived_at)).where(
        DELIVERIES.c.feed == feed, _has_content(sha256)
    )
    arrived_at: Instant | None = connection.execute(query).scalar_one()
    return arrived_at


def hashes_needed(connection: Connection, feed: str) -> frozenset[str]:
    """Return the contents that wait for a person, or that some pool's figure is from."""
    stated = select(following.delivery_id()).where(POOLS.c.feed == feed).distinct()
    needed = waits() | DELIVERIES.c.id.in_(stated)
    query = select(DELIVERIES.c.sha256).where(DELIVERIES.c.feed == feed, needed)
    return frozenset(connection.execute(query).scalars())


def waiting_counts(connection: Connection) -> dict[str, int]:
    """Return how many files of each feed wait for a person; none: left out."""
    query = select(DELIVERIES.c.feed, func.count()).where(waits()).group_by(DELIVERIES.c.feed)
    return {row[0]: int(row[1]) for row in connection.execute(query)}


@cache
def _all() -> Select[*tuple[Any, ...]]:
    names = ("delivery_id", "decision", "made_id", "restored_id", "who", "why", "at")
    # A delivery that was made by a decision may be taken back by a later one, which then counts.
    decided = [func.coalesce(_OF.c[name], _BY.c[name]).label(f"decided_{name}") for name in names]
    return (
        select(DELIVERIES, _state(), *decided)
        .join(_OF, _OF.c.delivery_id == DELIVERIES.c.id, isouter=True)
        .join(_BY, _BY.c.made_id == DELIVERIES.c.id, isouter=True)
    )


def _state() -> Label[str]:
    decided, verdict = _OF.c.decision, DELIVERIES.c.verdict
    states: tuple[tuple[ColumnElement[bool], State], ...] = (
        (decided == Decision.ROLL_BACK, State.ROLLED_BACK),
        (decided == Decision.APPROVE, State.APPROVED),
        (decided == Decision.REFUSE, State.REFUSED),
        (verdict == Ruling.ACCEPT, State.TAKEN),
        (verdict == Ruling.QUARANTINE, State.QUARANTINED),
        (verdict == ROLLBACK, State.ROLLBACK),
    )
    whens = [(holds, state.value) for holds, state in states]
    return case(*whens, else_=State.REFUSED.value).label("state")


def _filed(row: AnyRow) -> Filed:
    return Filed(
        delivery_id=row.id,
        state=State(row.state),
        delivery=delivery_of(row),
        decided=None if row.decided_decision is None else _decided(row),
    )


def _decided(row: AnyRow) -> Decided:
    return Decided(
        delivery_id=row.decided_delivery_id,
        decision=Decision(row.decided_decision),
        made_id=row.decided_made_id,
        restored_id=row.decided_restored_id,
        who=row.decided_who,
        why=row.decided_why,
        at=Instant(row.decided_at),
    )
