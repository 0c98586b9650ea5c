"""Sums and counts over the whole record, for those who watch it. Nothing here decides anything."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from reconciliation.quantities import Instant, Units
from reconciliation.verdict import WriteClass

from .tables import LISTINGS, WORK, WRITES
from .writes import OPEN_OUTCOMES


ROWS_AT_ONCE = 1_000
"""How many decisions are held in memory at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStock:
    """A pool's stock as it was last decided.

    `exposure_units`: the most that TikTok could still sell of it, over all its listings.
    `for_errors_units`: the part of the safety stock that the partner's errors ask for.
    """

    warehouse: str
    ats_units: Units
    committed_units: Units
    set_aside_units: Units
    safety_units: Units
    for_errors_units: Units = 0
    exposure_units: Units

    @property
    def shortage_units(self) -> Units:
        """What is missing for all that was promised, units set aside included."""
        return max(-self.ats_units, 0)

    @property
    def oversold_units(self) -> Units:
        """Units ordered, not shipped, and not there; a unit set aside could still be shipped."""
        missing = -(self.ats_units + self.set_aside_units)
        return min(max(missing, 0), self.committed_units)


def pool_stocks(connection: Connection) -> Iterator[PoolStock]:
    """Yield the stock of every decided pool once, while the connection is open.

    All listings of a pool are decided together, and the decision of each holds its terms: the
    first that comes is enough. The database cuts the recipe out of each, and little is held here.
    """
    rows = connection.execute(
        select(LISTINGS.c.decision["recipe"].label("recipe")),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    found: set[str] = set()
    for row in rows:
        for part in row.recipe or ():
            if part["pool"] not in found:
                found.add(part["pool"])
                yield _pool_stock(part)


def _pool_stock(part: Mapping[str, Any]) -> PoolStock:
    # A warehouse's code holds no slash.
    warehouse, _, _ = part["pool"].partition("/")
    return PoolStock(
        warehouse=warehouse,
        ats_units=part["ats_units"],
        committed_units=part["committed_units"],
        set_aside_units=part["held_units"],
        safety_units=part["safety_units"],
        for_errors_units=_for_errors(part),
        exposure_units=part["sellable_units"] - part["slack_units"],
    )


def _for_errors(part: Mapping[str, Any]) -> Units:
    """Return what is held back beyond floor and percentage; 0 in a decision that does not tell."""
    terms = part.get("safety")
    if terms is None:
        return 0
    otherwise: Units = max(terms["floor_units"], terms["percent_units"])
    return max(int(part["safety_units"]) - otherwise, 0)


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
