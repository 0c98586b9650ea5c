"""Which deliveries count: those that were accepted, and that nobody took back.

A delivery is never changed. A person's decision about one makes another, which says what came of
it: an approved file is accepted, a refused one refused, and a rollback makes a delivery of its own
that is no file (`ROLLBACK`).
"""

from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, exists, select, union

from reconciliation.feed_gate import Ruling

from .feed_tables import ABSENT_LINES, FEED_DECISIONS
from .tables import DELIVERIES, SNAPSHOT_LINES


class Decision(StrEnum):
    """What a person may decide about a delivery."""

    APPROVE = "approve"
    REFUSE = "refuse"
    ROLL_BACK = "rollback"


ROLLBACK = "rollback"
"""The verdict of the delivery that a rollback makes."""


def stands() -> ColumnElement[bool]:
    """Say of a delivery that it was accepted and counts."""
    return and_(DELIVERIES.c.verdict == Ruling.ACCEPT, DELIVERIES.c.id.not_in(taken_back()))


def waits() -> ColumnElement[bool]:
    """Say of a delivery that it waits in quarantine for a person's decision."""
    decided = select(FEED_DECISIONS.c.delivery_id)
    return and_(DELIVERIES.c.verdict == Ruling.QUARANTINE, DELIVERIES.c.id.not_in(decided))


def is_a_file() -> ColumnElement[bool]:
    """Say of a delivery that it is a file by its last verdict: neither decided anew nor none."""
    decided = select(FEED_DECISIONS.c.delivery_id).where(
        FEED_DECISIONS.c.decision != Decision.ROLL_BACK
    )
    return and_(DELIVERIES.c.verdict != ROLLBACK, DELIVERIES.c.id.not_in(decided))


def is_named() -> ColumnElement[bool]:
    """Say of a snapshot line that its file named the SKU, rather than leave it out."""
    return ~exists().where(
        ABSENT_LINES.c.delivery_id == SNAPSHOT_LINES.c.delivery_id,
        ABSENT_LINES.c.sku == SNAPSHOT_LINES.c.sku,
    )


@cache
def taken_back() -> CompoundSelect[Any]:
    """Return the numbers of deliveries whose lines no partner vouches for any more.

    Those that were taken back, and what the rollbacks themselves put in their place.
    """
    rolled_back = FEED_DECISIONS.c.decision == Decision.ROLL_BACK
    return union(
        select(FEED_DECISIONS.c.delivery_id).where(rolled_back),
        select(FEED_DECISIONS.c.made_id).where(rolled_back),
    )
