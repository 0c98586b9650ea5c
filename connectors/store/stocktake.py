"""All pools, page by page, beside what their listings may still sell of them.

Made for looking at everything at once: a page takes two statements, one for its pools and one for
the listings that draw on them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
)

from reconciliation.catalog import ListingKey, PoolKey
from reconciliation.guard import GuardState
from reconciliation.quantities import Instant, Sku, Units

from . import following
from .catalog import KEY_COLUMNS, listing_key
from .engine import AnyRow
from .tables import DELIVERIES, LISTINGS, POOL_STOCKS, POOLS, RECIPE_LINES, RESTOCKS, WRITES
from .wanted import among
from .writes import OPEN_OUTCOMES


PAGE_POOLS = 1_000
"""Pools per page: many at once are found faster, and few are held in memory at a time."""

LIVE = "ACTIVATE"
"""The status of a product that can be bought (API page, section 3)."""

EMPTY_LIST = "[]"
"""How a listing without doubts is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FedPool:
    """A pool that a feed states, and its stock as it was last decided.

    `as_of` is the moment that the snapshot in force tells of, `arrived_at` that at which it came.
    """

    key: PoolKey
    feed: str
    as_of: Instant
    arrived_at: Instant
    ats_units: Units
    withheld_units: Units
    committed_units: Units


def pool_pages(connection: Connection) -> Iterator[tuple[FedPool, ...]]:
    """Yield every pool that a feed states and something was decided about, in pages."""
    place = {"after_warehouse": "", "after_sku": ""}
    while rows := connection.execute(_next_page(), place).all():
        yield tuple(
            FedPool(
                key=_pool_key(row),
                feed=row.feed,
                as_of=row.as_of,
                arrived_at=row.arrived_at,
                ats_units=row.ats_units,
                withheld_units=row.safety_units,
                committed_units=row.committed_units,
            )
            for row in rows
        )
        place = {"after_warehouse": rows[-1].warehouse, "after_sku": rows[-1].sku}


@cache
def _next_page() -> Select[*tuple[Any, ...]]:
    pools, stocks = POOLS.c, POOL_STOCKS.c
    after_warehouse: BindParameter[str] = bindparam("after_warehouse")
    after_sku: BindParameter[str] = bindparam("after_sku")
    same = and_(pools.warehouse == after_warehouse, pools.sku > after_sku)
    return (
        select(
            *(pools[name] for name in ("warehouse", "sku", "feed")),
            following.as_of(),
            DELIVERIES.c.arrived_at,
            *(stocks[name] for name in ("ats_units", "safety_units", "committed_units")),
        )
        .select_from(POOLS)
        .join(DELIVERIES, DELIVERIES.c.id == following.delivery_id())
        .join(POOL_STOCKS, and_(stocks.warehouse == pools.warehouse, stocks.sku == pools.sku))
        .where(or_(pools.warehouse > after_warehouse, same), stocks.known)
        .order_by(pools.warehouse, pools.sku)
        .limit(PAGE_POOLS)
    )


def _pool_key(row: AnyRow) -> PoolKey:
    return PoolKey(warehouse=row.warehouse, sku=Sku(row.sku))


# -- what may still come onto listings ------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenUnits:
    """What listings may sell on top of what they show: unsettled writes, and all the rest."""

    unsettled: Mapping[ListingKey, Units]
    others: Mapping[ListingKey, Units]


def open_units(connection: Connection) -> OpenUnits:
    """Return what is open of all listings: it is little, since everything open has its end."""
    unsettled = _summed(connection, WRITES, WRITES.c.outcome.in_(OPEN_OUTCOMES))
    others = Counter(_summed(connection, RESTOCKS, RESTOCKS.c.settled_at.is_(None)))
    others.update(_doubts(connection))
    return OpenUnits(unsettled=unsettled, others=others)


def _summed(
    connection: Connection, table: Table, is_open: ColumnElement[bool]
) -> dict[ListingKey, Units]:
    columns = [table.c[name] for name in KEY_COLUMNS]
    rows = connection.execute(
        select(*columns, func.sum(table.c.units).label("units")).where(is_open).group_by(*columns)
    )
    return {listing_key(row): int(row.units) for row in rows}


def _doubts(connection: Connection) -> dict[ListingKey, Units]:
    columns = [LISTINGS.c[name] for name in KEY_COLUMNS]
    rows = connection.execute(
        select(*columns, LISTINGS.c.doubts).where(cast(LISTINGS.c.doubts, String) != EMPTY_LIST)
    )
    return {listing_key(row): sum(units for units, _ in row.doubts) for row in rows}


# -- the listings of pools ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A listing that draws on a pool, and what it may still sell, in units of the pool.

    `exposure_units` is `reconciliation.exposure.exposure_units` of its book times the units of
    a sale; `unsettled_units` is the part of it that is of writes. `on_sale`: its product can be
    bought; `stranded`: and it cannot be written.
    """

    key: ListingKey
    units_per_sale: Units
    exposure_units: Units
    unsettled_units: Units
    on_sale: bool = True
    stranded: bool = False


def draws_on(
    connection: Connection, pools: Sequence[PoolKey], still_open: OpenUnits
) -> dict[PoolKey, tuple[Draw, ...]]:
    """Return the listings that draw on each pool; one that nobody sells is left out."""
    # One key for all rows of a pool: to make another for each is a good part of the walk.
    keys = {(pool.warehouse, pool.sku): pool for pool in pools}
    found = dict[PoolKey, list[Draw]]()
    for row in connection.execute(_drawing(), {"wanted": list(keys)}):
        pool = keys[row.warehouse, row.sku]
        found.setdefault(pool, []).append(_draw(row, still_open))
    return {pool: tuple(draws) for pool, draws in found.items()}


@cache
def _drawing() -> Select[*tuple[Any, ...]]:
    names = (*KEY_COLUMNS, "warehouse", "sku", "units")
    cannot_be_written = or_(
        LISTINGS.c.stranded_because != "", LISTINGS.c.state == GuardState.STRANDED
    )
    return (
        select(
            *(RECIPE_LINES.c[name] for name in names),
            LISTINGS.c.shown_units,
            (LISTINGS.c.product_status == LIVE).label("on_sale"),
            cannot_be_written.label("unwritable"),
        )
        .join(LISTINGS, and_(*(LISTINGS.c[name] == RECIPE_LINES.c[name] for name in KEY_COLUMNS)))
        .where(among(RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku))
    )


def _draw(row: AnyRow, still_open: OpenUnits) -> Draw:
    key = listing_key(row)
    unsettled = still_open.unsettled.get(key, 0)
    sales = row.shown_units + unsettled + still_open.others.get(key, 0)
    return Draw(
        key=key,
        units_per_sale=row.units,
        exposure_units=sales * row.units,
        unsettled_units=unsettled * row.units,
        on_sale=bool(row.on_sale),
        stranded=bool(row.on_sale and row.unwritable),
    )
