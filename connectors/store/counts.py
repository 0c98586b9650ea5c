"""Sums and counts over the whole record, for those who watch it. Nothing here decides anything."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Subquery, and_, func, select

from reconciliation.quantities import Instant, Units
from reconciliation.verdict import WriteClass

from .catalog import KEY_COLUMNS
from .tables import LISTINGS, RECIPE_LINES, WORK, WRITES
from .writes import OPEN_OUTCOMES


ROWS_AT_ONCE = 1_000
"""How many decisions are held in memory at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStock:
    """A pool's stock as it was last decided.

    `exposure_units`: the most that TikTok could still sell of it, over all its listings.
    """

    warehouse: str
    ats_units: Units
    committed_units: Units
    set_aside_units: Units
    safety_units: Units
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
    """Yield the stock of every decided pool, while the connection is open.

    All listings of a pool are decided together, and the decision of each holds its terms: that
    of one is enough. The database cuts the recipe out of it, and little is ever held here.
    """
    first = _first_listings()
    same = and_(*(LISTINGS.c[name] == first.c[name] for name in KEY_COLUMNS))
    rows = connection.execute(
        select(first.c.warehouse, first.c.sku, LISTINGS.c.decision["recipe"].label("recipe"))
        .join(LISTINGS, same)
        .where(first.c.turn == 1),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    for row in rows:
        name = f"{row.warehouse}/{row.sku}"
        for part in row.recipe or ():
            if part["pool"] == name:
                yield PoolStock(
                    warehouse=row.warehouse,
                    ats_units=part["ats_units"],
                    committed_units=part["committed_units"],
                    set_aside_units=part["held_units"],
                    safety_units=part["safety_units"],
                    exposure_units=part["sellable_units"] - part["slack_units"],
                )


def _first_listings() -> Subquery:
    """Number the listings that draw on each pool."""
    lines = RECIPE_LINES.c
    keys = [lines[name] for name in KEY_COLUMNS]
    pool = [lines.warehouse, lines.sku]
    turn = func.row_number().over(partition_by=pool, order_by=keys).label("turn")
    return select(*keys, *pool, turn).subquery()


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


def confirmed_after_s(connection: Connection, sequences: Collection[int]) -> tuple[float, ...]:
    """Return, for each of these writes that is settled, the seconds from its fact to its proof.

    Without those that no fact asked for, and those that were only sent along with another.
    """
    rows = connection.execute(
        select(WRITES.c.settled_at - WRITES.c.fact_at).where(
            WRITES.c.sequence.in_(sequences),
            WRITES.c.settled_at.is_not(None),
            WRITES.c.fact_at.is_not(None),
            WRITES.c.write_class != WriteClass.SENT_ALONG,
        )
    )
    return tuple(float(row[0]) for row in rows)
