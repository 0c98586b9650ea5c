"""Where else goods might come from: the same item in other warehouses, and past deliveries."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, union_all

from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Sku, Units

from . import following
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

    A pool of which files tell and that never rose has no units. Where files told of it before,
    they tell since that moment: a figure that is repeated has no line in between.
    """
    found = {}
    for some in batches(pools):
        wanted = [(pool.warehouse, pool.sku) for pool in some]
        for told in _by_pool(connection.execute(_told(), {"wanted": wanted})):
            if told.last >= since:
                first = Instant(max(told.first, since))
                found[told.pool] = Deliveries(units=told.rises(since), first_as_of=first)
    return found


class _Told(NamedTuple):
    """What files have told of a pool: moments and units, in the order of the moments."""

    pool: PoolKey
    steps: Sequence[tuple[Instant, Units]]

    @property
    def first(self) -> Instant:
        return self.steps[0][0]

    @property
    def last(self) -> Instant:
        return self.steps[-1][0]

    def rises(self, since: Instant) -> tuple[Units, ...]:
        """Return by how much the units rose at each step that lies after a moment."""
        return tuple(
            units - before
            for (as_of, before), (_, units) in pairwise(self.steps)
            if units > before and as_of >= since
        )


@cache
def _told() -> Any:  # noqa: ANN401 - the library's long names of a union and its rows
    """Return the query for the lines that count of some pools, and for what is in force."""
    lines = SNAPSHOT_LINES.c
    names = ("warehouse", "sku", "units", "as_of", "delivery_id")
    counts = lines.delivery_id.not_in(taken_back())
    stated = select(*(lines[name] for name in names)).where(
        among(lines.warehouse, lines.sku), counts
    )
    figure = (POOLS.c.warehouse, POOLS.c.sku, POOLS.c.snapshot_units)
    in_force = select(*figure, following.as_of(), following.delivery_id()).where(
        among(POOLS.c.warehouse, POOLS.c.sku), POOLS.c.follows
    )
    told = union_all(stated, in_force).subquery()
    order = ("warehouse", "sku", "as_of", "delivery_id")
    return select(*(told.c[name] for name in names)).order_by(*(told.c[name] for name in order))


def _by_pool(rows: Iterable[AnyRow]) -> Iterator[_Told]:
    for pool, lines in groupby(rows, key=_pool):
        yield _Told(pool, [(row.as_of, int(row.units)) for row in lines])


def _pool(row: AnyRow) -> PoolKey:
    return PoolKey(warehouse=row.warehouse, sku=Sku(row.sku))
