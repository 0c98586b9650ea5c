"""What was learned of unexplained decline: a row per pool, and its sums per warehouse.

Whoever puts snapshots in force has the warehouse's ledger (`locks.lock_ledger`), so that one
transaction at a time writes the rows of a warehouse. A partner's sums are those of its warehouses:
with a row per partner, two of its files would wait for each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Double,
    Integer,
    Select,
    String,
    Update,
    bindparam,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.types import TypeEngine

from reconciliation.catalog import PoolKey
from reconciliation.decline import (
    RESTOCK_RATIO,
    SUMS,
    DeclineHistory,
    DeclineTotals,
    Interval,
    Sight,
    kept_after,
)
from reconciliation.quantities import Sku, Units

from . import followed_declines, histories
from .engine import upsert
from .given_rows import execute_for_rows, given
from .tables import POOL_DECLINES, POOLS, WAREHOUSE_DECLINES
from .wanted import among


_TOTALS = tuple(each.name for each in fields(DeclineTotals))


def of_warehouse(connection: Connection, warehouse: str) -> dict[Sku, DeclineHistory]:
    """Return what was learned of each pool of a warehouse."""
    asked = {"of_warehouse": warehouse}
    rows = [row for query in _of_warehouse() for row in connection.execute(query, asked)]
    return {Sku(sku): _history(sums) for _, sku, *sums in rows}


def pending_units(connection: Connection, warehouse: str) -> dict[Sku, Units]:
    """Return the units of each pool of a warehouse that wait to be explained; none: left out."""
    pool = POOL_DECLINES.c
    query = select(pool.sku, pool.pending_units).where(
        pool.warehouse == warehouse, pool.pending_units > 0
    )
    return {Sku(sku): units for sku, units in connection.execute(query)}


def of_pools(connection: Connection, pools: Sequence[PoolKey]) -> dict[PoolKey, DeclineHistory]:
    """Return what was learned of some pools; a missing one has no history yet."""
    wanted = {"wanted": [(pool.warehouse, pool.sku) for pool in pools]}
    rows = [row for query in _of_pools() for row in connection.execute(query, wanted)]
    return {PoolKey(warehouse=code, sku=Sku(sku)): _history(sums) for code, sku, *sums in rows}


@cache
def _of_warehouse() -> tuple[Select[*tuple[Any, ...]], ...]:
    warehouse: BindParameter[str] = bindparam("of_warehouse")
    return (
        histories.known().where(POOL_DECLINES.c.warehouse == warehouse),
        histories.begun().where(POOLS.c.warehouse == warehouse),
    )


@cache
def _of_pools() -> tuple[Select[*tuple[Any, ...]], ...]:
    return (
        histories.known().where(among(POOL_DECLINES.c.warehouse, POOL_DECLINES.c.sku)),
        histories.begun().where(among(POOLS.c.warehouse, POOLS.c.sku)),
    )


def _history(sums: Sequence[Any]) -> DeclineHistory:
    return DeclineHistory(**dict(zip(histories.FIELDS, sums, strict=True)))


def save(connection: Connection, warehouse: str, learned: Mapping[Sku, DeclineHistory]) -> None:
    """Store what was learned of a warehouse's pools, of which none follows a file."""
    rows = [
        {
            "warehouse": warehouse,
            "sku": sku,
            **{name: getattr(history, name) for name in histories.FIELDS},
        }
        for sku, history in sorted(learned.items())
    ]
    upsert(connection, POOL_DECLINES, rows)


def learn(connection: Connection, warehouse: str, intervals: Mapping[Sku, Interval]) -> None:
    """Add an interval to what was learned of each pool: `decline.learn`, in SQL.

    None of the pools has learned anything by following since its row was written. Read, learned
    from and written one by one, the histories of a large file took five times as long.
    """
    blank = {**dict.fromkeys(SUMS, 0.0), "pending_units": 0}
    begun = [{"warehouse": warehouse, "sku": sku, **blank} for sku in sorted(intervals)]
    upsert(connection, POOL_DECLINES, begun, keep=tuple(blank))
    rows = [_told(warehouse, sku, interval) for sku, interval in sorted(intervals.items())]
    execute_for_rows(connection, _learning(connection.dialect.name), rows)


def _told(warehouse: str, sku: Sku, interval: Interval) -> dict[str, Any]:
    tells, hours = float(interval.counts), interval.hours
    return {
        "of_warehouse": warehouse,
        "of_sku": sku,
        "kept": kept_after(hours),
        "passed_hours": hours,
        "tells": tells,
        "told_hours": tells * interval.exposed_hours,
        "told_units": tells * interval.units,
        "told_expected": tells * max(interval.expected_units, 0),
        "risen_units": float(interval.units) if interval.sight is Sight.RESTOCKED else 0.0,
        "now_pending": interval.pending_units,
    }


_TOLD: dict[str, TypeEngine[Any]] = {
    **dict.fromkeys(("of_warehouse", "of_sku"), String()),
    **dict.fromkeys(("kept", "passed_hours", "tells", "told_hours", "told_units"), Double()),
    **dict.fromkeys(("told_expected", "risen_units"), Double()),
    "now_pending": Integer(),
}


@cache
def _learning(dialect: str) -> Update:
    new, pool = given(dialect, _TOLD), POOL_DECLINES.c
    hours, units = new["told_hours"], new["told_units"]
    usual = func.coalesce(pool.units / func.nullif(pool.declines, 0.0), 0.0)
    added: dict[str, ColumnElement[Any]] = {
        "looks": literal(1.0),
        "watched_hours": new["passed_hours"],
        "restocks": case((new["risen_units"] > RESTOCK_RATIO * usual, 1.0), else_=0.0),
        "intervals": new["tells"],
        "declines": case((units > 0, 1.0), else_=0.0),
        "hours": hours,
        "units": units,
        "expected_units": new["told_expected"],
        "units_squared": units * units,
        "units_by_hours": units * hours,
        "hours_squared": hours * hours,
    }
    changed = {name: new["kept"] * pool[name] + added[name] for name in SUMS}
    return (
        POOL_DECLINES.update()
        .where(pool.warehouse == new["of_warehouse"], pool.sku == new["of_sku"])
        .values(**changed, pending_units=new["now_pending"])
    )


def sum_up(connection: Connection, warehouse: str) -> None:
    """Sum up anew what was learned of a warehouse's pools."""
    following = followed_declines.totals(connection, warehouse)
    query = _sums() if following is None else _sums_of_others()
    summed = connection.execute(query, {"of_warehouse": warehouse}).one()
    totals = DeclineTotals(**{name: getattr(summed, name) or 0.0 for name in _TOTALS})
    if following is not None:
        totals += following
    sums = {name: getattr(totals, name) for name in _TOTALS}
    upsert(connection, WAREHOUSE_DECLINES, [{"warehouse": warehouse, **sums}])


@cache
def _sums() -> Select[*tuple[Any, ...]]:
    """Return the sums over a warehouse's pools: what `decline.totals_of` says, in SQL."""
    pool = POOL_DECLINES.c
    terms: dict[str, ColumnElement[Any]] = {
        **{name: pool[name] for name in _TOTALS if name in pool},
        **histories.scatter_terms({name: pool[name] for name in SUMS}),
        "pool_units_squared": pool.units * pool.units,
        "pool_hours_squared": pool.hours * pool.hours,
    }
    sums = [func.sum(term).label(name) for name, term in terms.items()]
    count = func.count().label("pools")
    return select(count, *sums).where(pool.warehouse == bindparam("of_warehouse"))


@cache
def _sums_of_others() -> Select[*tuple[Any, ...]]:
    """Return the same over the pools that follow no file."""
    alone = ~POOLS.c.follows
    return _sums().join(POOLS, histories.same_pool()).where(alone)


def has_learned(connection: Connection, warehouse: str) -> bool:
    """Tell whether any report of a warehouse has told anything of its errors yet."""
    known = WAREHOUSE_DECLINES.c
    query = select(known.warehouse).where(known.warehouse == warehouse, known.intervals > 0)
    return connection.execute(query).first() is not None


def totals_by_warehouse(connection: Connection) -> dict[str, DeclineTotals]:
    """Return the sums of every warehouse of which anything was learned."""
    rows = connection.execute(select(WAREHOUSE_DECLINES))
    return {
        row.warehouse: DeclineTotals(**{name: getattr(row, name) for name in _TOTALS})
        for row in rows
    }
