"""What was learned of unexplained decline: a row per pool, and its sums per warehouse.

Whoever puts snapshots in force has the warehouse's ledger (`locks.lock_ledger`), so that one
transaction at a time writes the rows of a warehouse. A partner's sums are those of its warehouses:
with a row per partner, two of its files would wait for each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Select,
    Update,
    bindparam,
    case,
    func,
    literal,
    select,
)

from reconciliation.catalog import PoolKey
from reconciliation.decline import SUMS, DeclineHistory, DeclineTotals, kept_after
from reconciliation.quantities import Sku, Units

from .engine import upsert
from .tables import POOL_DECLINES, POOLS, WAREHOUSE_DECLINES
from .wanted import among


_FIELDS = tuple(each.name for each in fields(DeclineHistory))
_TOTALS = tuple(each.name for each in fields(DeclineTotals))


def of_warehouse(connection: Connection, warehouse: str) -> dict[Sku, DeclineHistory]:
    """Return what was learned of each pool of a warehouse, in one statement."""
    rows = connection.execute(_all().where(POOL_DECLINES.c.warehouse == warehouse))
    return {Sku(sku): _history(sums) for _, sku, *sums in rows}


def pending_units(connection: Connection, warehouse: str) -> dict[Sku, Units]:
    """Return what waits to be explained of each pool of a warehouse that has a history."""
    columns = (POOL_DECLINES.c.sku, POOL_DECLINES.c.pending_units)
    rows = connection.execute(select(*columns).where(POOL_DECLINES.c.warehouse == warehouse))
    return {Sku(sku): units for sku, units in rows}


def of_pools(connection: Connection, pools: Sequence[PoolKey]) -> dict[PoolKey, DeclineHistory]:
    """Return what was learned of some pools; a missing one has no history yet."""
    wanted = [(pool.warehouse, pool.sku) for pool in pools]
    rows = connection.execute(_by_key(), {"wanted": wanted})
    return {PoolKey(warehouse=code, sku=Sku(sku)): _history(sums) for code, sku, *sums in rows}


@cache
def _by_key() -> Select[*tuple[Any, ...]]:
    return _all().where(among(POOL_DECLINES.c.warehouse, POOL_DECLINES.c.sku))


def _all() -> Select[*tuple[Any, ...]]:
    return select(
        POOL_DECLINES.c.warehouse,
        POOL_DECLINES.c.sku,
        *(POOL_DECLINES.c[name] for name in _FIELDS),
    )


def _history(sums: Sequence[Any]) -> DeclineHistory:
    return DeclineHistory(**dict(zip(_FIELDS, sums, strict=True)))


def learn_quiet(
    connection: Connection, warehouse: str, skus: Iterable[Sku], *, hours: float
) -> None:
    """Add a quiet interval to what was learned of pools: `learn` of a `quiet_interval`, in SQL.

    Most of a large file repeats what the one before said, and its histories are not read for it.
    The pools' snapshots are in force already. `save` sums up.
    """
    told = {"hours": hours, "kept": kept_after(hours)}
    connection.execute(_quiet(), {"wanted": [(warehouse, sku) for sku in skus], **told})


@cache
def _quiet() -> Update:
    pool, units = POOL_DECLINES.c, POOLS.c.snapshot_units
    hours, kept = (bindparam(name, type_=Double) for name in ("hours", "kept"))
    tells = case((units != 0, 1.0), else_=0.0)
    added: dict[str, ColumnElement[Any]] = {
        "looks": literal(1.0),
        "watched_hours": hours,
        "intervals": tells,
        "hours": tells * hours,
        "expected_units": case((units > 0, units), else_=0),
        "hours_squared": tells * hours * hours,
    }
    faded = {name: kept * pool[name] + added.get(name, 0.0) for name in SUMS}
    same = (POOLS.c.warehouse == pool.warehouse, POOLS.c.sku == pool.sku)
    return POOL_DECLINES.update().where(*same, among(POOLS.c.warehouse, POOLS.c.sku)).values(faded)


def save(connection: Connection, warehouse: str, histories: Mapping[Sku, DeclineHistory]) -> None:
    """Store histories of a warehouse's pools, and sum up the warehouse anew."""
    rows = [
        {"warehouse": warehouse, "sku": sku, **{name: getattr(history, name) for name in _FIELDS}}
        for sku, history in sorted(histories.items())
    ]
    upsert(connection, POOL_DECLINES, rows)
    summed = connection.execute(_sums(), {"of_warehouse": warehouse}).one()
    sums = {name: getattr(summed, name) or 0.0 for name in _TOTALS}
    upsert(connection, WAREHOUSE_DECLINES, [{"warehouse": warehouse, **sums}])


@cache
def _sums() -> Select[*tuple[Any, ...]]:
    """Return the sums over a warehouse's pools: what `decline.totals_of` says, in SQL."""
    pool = POOL_DECLINES.c
    terms: dict[str, ColumnElement[Any]] = {
        **{name: pool[name] for name in _TOTALS if name in pool},
        "scatter": _zero_unless(pool.hours > 0, _scatter()),
        "scatter_units": _zero_unless(
            pool.intervals > 1, pool.units * (1.0 - 1.0 / func.nullif(pool.intervals, 0))
        ),
        "pool_units_squared": pool.units * pool.units,
        "pool_hours_squared": pool.hours * pool.hours,
    }
    sums = [func.sum(term).label(name) for name, term in terms.items()]
    count = func.count().label("pools")
    return select(count, *sums).where(pool.warehouse == bindparam("of_warehouse"))


def _scatter() -> ColumnElement[Any]:
    """Return the squared differences of a pool's intervals from its own rate."""
    pool = POOL_DECLINES.c
    rate = pool.units / func.nullif(pool.hours, 0)
    return pool.units_squared - 2 * rate * pool.units_by_hours + rate * rate * pool.hours_squared


def _zero_unless(holds: ColumnElement[bool], term: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((holds, term), else_=0.0)


def totals_by_warehouse(connection: Connection) -> dict[str, DeclineTotals]:
    """Return the sums of every warehouse of which anything was learned."""
    rows = connection.execute(select(WAREHOUSE_DECLINES))
    return {
        row.warehouse: DeclineTotals(**{name: getattr(row, name) for name in _TOTALS})
        for row in rows
    }
