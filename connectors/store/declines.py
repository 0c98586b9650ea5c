"""What was learned of unexplained decline: a row per pool, and its sums per warehouse.

Whoever puts snapshots in force has the warehouse's ledger (`locks.lock_ledger`), so that one
transaction at a time writes the rows of a warehouse. A partner's sums are those of its warehouses:
with a row per partner, two of its files would wait for each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, bindparam, func, select

from reconciliation.catalog import PoolKey
from reconciliation.decline import SUMS, DeclineHistory, DeclineTotals
from reconciliation.quantities import Sku

from . import followed_declines, histories
from .engine import upsert
from .tables import POOL_DECLINES, POOLS, WAREHOUSE_DECLINES
from .wanted import among


_TOTALS = tuple(each.name for each in fields(DeclineTotals))


def of_warehouse(connection: Connection, warehouse: str) -> dict[Sku, DeclineHistory]:
    """Return what was learned of each pool of a warehouse."""
    asked = {"of_warehouse": warehouse}
    rows = [row for query in _of_warehouse() for row in connection.execute(query, asked)]
    return {Sku(sku): _history(sums) for _, sku, *sums in rows}


def pending_skus(connection: Connection, warehouse: str) -> frozenset[Sku]:
    """Return the SKUs of a warehouse of which units wait to be explained."""
    pool = POOL_DECLINES.c
    query = select(pool.sku).where(pool.warehouse == warehouse, pool.pending_units > 0)
    return frozenset(Sku(sku) for sku in connection.execute(query).scalars())


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
