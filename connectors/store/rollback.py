"""Takes the quantities of a delivery out of force and puts back what was in force before it.

Theory of operation
-------------------
A pool's snapshot is the newest quantity, by as-of, that a standing delivery states. Whoever takes
a delivery back says that it no longer stands; what its pools then have is looked up among the
lines that do. So a restored quantity comes back with its own as-of: it wins because the newer one
does not count any more, and it is as old as it is, for the orders that are counted since and for
the ladder of stale feeds.

A pool that nothing else states has no quantity to go back to. It is stated as 0 by the rollback
itself, of the moment before: left unknown, its listings would stay at what the delivery that was
taken back had them show.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, select

from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Sku, Units

from .engine import AnyRow, insert_many, upsert
from .standing import stands
from .tables import DELIVERIES, POOLS, SNAPSHOT_LINES


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A pool whose snapshot was taken back: what it stated, and what is in force instead.

    `delivery_id` is the delivery that states it now.
    """

    pool: PoolKey
    before_units: Units
    units: Units
    as_of: Instant
    feed: str
    delivery_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Zeros:
    """Who states, and as of when, that nothing is left of what nobody else vouches for."""

    delivery_id: int
    feed: str
    as_of: Instant


def restore(connection: Connection, taken_back_id: int, zeros: Zeros) -> tuple[Restored, ...]:
    """Put in force what was before a delivery that no longer stands; return what changed.

    No pool of its feed follows a file, and the lines of the delivery before it are where lines are
    (`stated_files.write_out`): what was in force is looked up among them. Whoever calls this has
    the warehouse's ledger (`locks.lock_ledger`), and has stored that the delivery was taken back.
    """
    concerned = connection.execute(_concerned(), {"of_delivery": taken_back_id}).all()
    before = {
        (row.warehouse, row.sku): row
        for row in connection.execute(_before(), {"of_delivery": taken_back_id})
    }
    restored = tuple(
        _restored(row, before.get((row.warehouse, row.sku)), zeros) for row in concerned
    )
    made = [each for each in restored if each.delivery_id == zeros.delivery_id]
    insert_many(connection, SNAPSHOT_LINES, [_line(each) for each in made])
    upsert(connection, POOLS, [_pool_row(each) for each in restored])
    return restored


def _restored(pool: AnyRow, before: AnyRow | None, zeros: Zeros) -> Restored:
    key = PoolKey(warehouse=pool.warehouse, sku=Sku(pool.sku))
    if before is None:
        return Restored(
            pool=key,
            before_units=pool.snapshot_units,
            units=0,
            as_of=zeros.as_of,
            feed=zeros.feed,
            delivery_id=zeros.delivery_id,
        )
    return Restored(
        pool=key,
        before_units=pool.snapshot_units,
        units=before.units,
        as_of=Instant(before.as_of),
        feed=before.feed,
        delivery_id=before.delivery_id,
    )


@cache
def _concerned() -> Select[*tuple[Any, ...]]:
    columns = (POOLS.c.warehouse, POOLS.c.sku, POOLS.c.snapshot_units)
    mine = POOLS.c.delivery_id == bindparam("of_delivery")
    # In key order, as a feed's snapshots are: two transactions never wait for each other.
    return select(*columns).where(mine).order_by(POOLS.c.warehouse, POOLS.c.sku)


@cache
def _before() -> Select[*tuple[Any, ...]]:
    """Return, for each pool of a delivery, the newest line that stands."""
    lines = SNAPSHOT_LINES.c
    same = and_(lines.warehouse == POOLS.c.warehouse, lines.sku == POOLS.c.sku)
    place = func.row_number().over(
        partition_by=(lines.warehouse, lines.sku),
        order_by=(lines.as_of.desc(), lines.delivery_id.desc()),
    )
    columns = (lines.warehouse, lines.sku, lines.units, lines.as_of, lines.delivery_id)
    ranked = (
        select(*columns, DELIVERIES.c.feed, place.label("place"))
        .select_from(POOLS)
        .join(SNAPSHOT_LINES, same)
        .join(DELIVERIES, DELIVERIES.c.id == lines.delivery_id)
        .where(POOLS.c.delivery_id == bindparam("of_delivery"), stands())
        .subquery()
    )
    return select(ranked).where(ranked.c.place == 1)


def _line(each: Restored) -> dict[str, str | int | float]:
    return {
        "delivery_id": each.delivery_id,
        "sku": each.pool.sku,
        "warehouse": each.pool.warehouse,
        "units": each.units,
        "as_of": each.as_of,
    }


def _pool_row(each: Restored) -> dict[str, str | int | float]:
    return {
        "warehouse": each.pool.warehouse,
        "sku": each.pool.sku,
        "feed": each.feed,
        "delivery_id": each.delivery_id,
        "snapshot_units": each.units,
        "as_of": each.as_of,
    }
