"""Where else goods might come from: the same item in other warehouses, and past deliveries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Sku, Units

from .batches import batches
from .engine import AnyRow
from .standing import taken_back
from .tables import POOLS, SNAPSHOT_LINES
from .wanted import among


def pools_of_items(connection: Connection, skus: Collection[Sku]) -> dict[PoolKey, Units]:
    """Return the pools of some items in all warehouses, with the units in force."""
    found = {}
    for some in batches(sorted(skus)):
        query = select(POOLS.c.warehouse, POOLS.c.sku, POOLS.c.snapshot_units)
        for row in connection.execute(query.where(POOLS.c.sku.in_(some))):
            found[_pool(row)] = int(row.snapshot_units)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """By how much a pool's count rose from one file to the next, and since when files tell."""

    units: tuple[Units, ...]
    first_as_of: Instant


def deliveries_to(
    connection: Connection, pools: Sequence[PoolKey], since: Instant
) -> dict[PoolKey, Deliveries]:
    """Return every rise that accepted files tell of since a moment; unheard of: left out.

    A pool of which files tell and that never rose has no units.
    """
    lines = SNAPSHOT_LINES.c
    key = (lines.warehouse, lines.sku)
    before = func.lag(lines.units).over(partition_by=key, order_by=lines.as_of)
    steps = (
        select(*key, lines.as_of, (lines.units - before).label("rise"))
        .where(among(*key), lines.as_of >= since, lines.delivery_id.not_in(taken_back()))
        .subquery()
    )
    told = select(
        steps.c.warehouse,
        steps.c.sku,
        steps.c.rise,
        func.min(steps.c.as_of).over(partition_by=(steps.c.warehouse, steps.c.sku)).label("first"),
    ).subquery()
    risen: dict[PoolKey, list[Units]] = {}
    first: dict[PoolKey, Instant] = {}
    query = select(told).where((told.c.rise > 0) | told.c.rise.is_(None))
    for some in batches(pools):
        wanted = [(pool.warehouse, pool.sku) for pool in some]
        for row in connection.execute(query, {"wanted": wanted}):
            first[_pool(row)] = row.first
            risen.setdefault(_pool(row), []).extend([] if row.rise is None else [int(row.rise)])
    return {
        pool: Deliveries(units=tuple(units), first_as_of=first[pool])
        for pool, units in risen.items()
    }


def _pool(row: AnyRow) -> PoolKey:
    return PoolKey(warehouse=row.warehouse, sku=Sku(row.sku))
