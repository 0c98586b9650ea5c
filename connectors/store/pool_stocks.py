"""The stock of each pool as it was last decided: a narrow row, so that all can be looked at.

The decision on each listing holds the same terms in its JSON, for `explain`; of a hundred thousand
listings nobody reads that to add up some numbers.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from reconciliation.catalog import PoolKey
from reconciliation.quantities import Sku, Units

from .engine import AnyRow, upsert
from .tables import POOL_STOCKS, POOLS, RECIPE_LINES
from .wanted import among


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStock:
    """A pool's stock at its last decision; where it is not `known`, no feed states it.

    `exposure_units`: the most that TikTok could still sell of it, over all its listings.
    `for_errors_units`: the part of the safety stock that the partner's errors ask for.
    """

    warehouse: str
    sku: str
    known: bool = True
    ats_units: Units
    committed_units: Units
    set_aside_units: Units
    safety_units: Units
    for_errors_units: Units = 0
    exposure_units: Units


_FIELDS = tuple(each.name for each in fields(PoolStock))


def save(connection: Connection, stocks: Iterable[PoolStock]) -> None:
    """Keep what was decided of some pools."""
    rows = [{name: getattr(stock, name) for name in _FIELDS} for stock in stocks]
    upsert(connection, POOL_STOCKS, sorted(rows, key=lambda row: (row["warehouse"], row["sku"])))


def for_errors_units(connection: Connection) -> dict[str, Units]:
    """Return what is held back in each warehouse only because its figures fall short."""
    stock = POOL_STOCKS.c
    query = select(stock.warehouse, func.sum(stock.for_errors_units)).where(_is_sold())
    return {row[0]: int(row[1]) for row in connection.execute(query.group_by(stock.warehouse))}


def by_warehouse(connection: Connection) -> Iterator[tuple[str, Mapping[str, Units]]]:
    """Yield the stock of each warehouse that has any, summed over its pools, by name.

    `shortage_units` are missing for all that was promised, units set aside included;
    `oversold_units` are ordered, not shipped, and not there: a unit set aside could be shipped.
    """
    for row in connection.execute(_sums()):
        sums = dict(row._mapping)  # noqa: SLF001 - its public name, by SQLAlchemy's own word
        yield sums.pop("warehouse"), {name: int(units) for name, units in sums.items()}


@cache
def _sums() -> Select[*tuple[Any, ...]]:
    stock = POOL_STOCKS.c
    lacking = -(stock.ats_units + stock.set_aside_units)
    terms: dict[str, ColumnElement[Any]] = {
        "ats_units": stock.ats_units,
        "exposure_units": stock.exposure_units,
        "safety_stock_units": stock.safety_units,
        "shortage_units": case((stock.ats_units < 0, -stock.ats_units), else_=0),
        "oversold_units": case(
            (lacking <= 0, 0),
            (lacking < stock.committed_units, lacking),
            else_=stock.committed_units,
        ),
    }
    sums = [func.sum(term).label(name) for name, term in terms.items()]
    return select(stock.warehouse, *sums).where(_is_sold()).group_by(stock.warehouse)


def _is_sold() -> ColumnElement[bool]:
    """Tell which pools a listing still draws on; of others nothing is decided any more."""
    same = and_(
        RECIPE_LINES.c.warehouse == POOL_STOCKS.c.warehouse,
        RECIPE_LINES.c.sku == POOL_STOCKS.c.sku,
    )
    return select(RECIPE_LINES.c.sku).where(same).exists()


def of_pools(connection: Connection, pools: Sequence[PoolKey]) -> dict[PoolKey, Units]:
    """Return what is available to sell of some pools, of those that a feed states."""
    wanted = [(pool.warehouse, pool.sku) for pool in pools]
    return _by_pool(connection.execute(_of_pools(), {"wanted": wanted}))


@cache
def _of_pools() -> Select[*tuple[Any, ...]]:
    return _ats().where(among(POOL_STOCKS.c.warehouse, POOL_STOCKS.c.sku))


def short(connection: Connection, feeds: Collection[str]) -> dict[PoolKey, Units]:
    """Return the pools of some feeds that have less than nothing available to sell."""
    stocks, pools = POOL_STOCKS.c, POOLS.c
    same = and_(pools.warehouse == stocks.warehouse, pools.sku == stocks.sku)
    query = _ats().join(POOLS, same).where(pools.feed.in_(feeds), stocks.ats_units < 0)
    return _by_pool(connection.execute(query))


def _ats() -> Select[*tuple[Any, ...]]:
    stocks = POOL_STOCKS.c
    columns = (stocks.warehouse, stocks.sku, stocks.ats_units)
    return select(*columns).where(stocks.known, _is_sold())


def _by_pool(rows: Iterable[AnyRow]) -> dict[PoolKey, Units]:
    return {PoolKey(warehouse=row.warehouse, sku=Sku(row.sku)): row.ats_units for row in rows}
