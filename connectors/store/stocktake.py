"""All pools, page by page, beside what their listings may still sell of them.

Made for looking at everything at once: a page takes two statements, and its listings are summed
up where they are stored. Only of pools that somebody asks for are listings fetched one by one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Subquery,
    Table,
    and_,
    cast,
    func,
    or_,
    select,
    tuple_,
)

from reconciliation.catalog import ListingKey, PoolKey
from reconciliation.guard import GuardState
from reconciliation.quantities import Instant, Sku, Units

from . import catalog
from .catalog import KEY_COLUMNS, listing_key
from .engine import AnyRow
from .tables import DELIVERIES, LISTINGS, POOLS, RECIPE_LINES, RESTOCKS, WRITES
from .writes import OPEN_OUTCOMES


PAGE_POOLS = 500
"""Pools per page: a database takes some thousands of values in one statement."""

LIVE = "ACTIVATE"
"""The status of a product that can be bought (API page, section 3)."""

EMPTY_LIST = "[]"
"""How a listing without doubts is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FedPool:
    """A pool, its feed, and when the file arrived that states what is in force."""

    key: PoolKey
    feed: str
    arrived_at: Instant


def pool_pages(connection: Connection) -> Iterator[tuple[FedPool, ...]]:
    """Yield every pool that an accepted feed has named, in pages."""
    pools, place = POOLS.c, ("", "")
    query = (
        select(pools.warehouse, pools.sku, pools.feed, DELIVERIES.c.arrived_at)
        .join(DELIVERIES, DELIVERIES.c.id == pools.delivery_id)
        .order_by(pools.warehouse, pools.sku)
        .limit(PAGE_POOLS)
    )
    while True:
        warehouse, sku = place
        same = and_(pools.warehouse == warehouse, pools.sku > sku)
        rows = connection.execute(query.where(or_(pools.warehouse > warehouse, same))).all()
        if not rows:
            return
        yield tuple(
            FedPool(key=_pool_key(row), feed=row.feed, arrived_at=row.arrived_at) for row in rows
        )
        place = (rows[-1].warehouse, rows[-1].sku)


def _pool_key(row: AnyRow) -> PoolKey:
    return PoolKey(warehouse=row.warehouse, sku=Sku(row.sku))


# -- what may still come onto listings ------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenUnits:
    """What listings may sell on top of what they show: unsettled writes, and all the rest.

    In sales of a listing, and for all listings of a pool in units of the pool.
    """

    unsettled: Mapping[ListingKey, Units]
    others: Mapping[ListingKey, Units]
    by_pool: Mapping[PoolKey, Units]


def open_units(connection: Connection) -> OpenUnits:
    """Return what is open of all listings: it is little, since everything open has its end."""
    unsettled = _summed(connection, WRITES, WRITES.c.outcome.in_(OPEN_OUTCOMES))
    others = Counter(_summed(connection, RESTOCKS, RESTOCKS.c.settled_at.is_(None)))
    others.update(_doubts(connection))
    by_pool, touched = Counter[PoolKey](), sorted({*unsettled, *others})
    for start in range(0, len(touched), PAGE_POOLS):
        some = catalog.recipes_of(connection, touched[start : start + PAGE_POOLS])
        for key, listing in some.items():
            for part in listing.recipe:
                by_pool[part.pool] += (unsettled.get(key, 0) + others[key]) * part.units
    return OpenUnits(unsettled=unsettled, others=others, by_pool=by_pool)


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


# -- pools and their listings ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """What was available to sell at a pool's last decision, and what its listings may sell now."""

    ats_units: Units
    exposure_units: Units


def promised_of(
    connection: Connection, pools: Sequence[PoolKey], still_open: OpenUnits
) -> dict[PoolKey, Promised]:
    """Return what each pool has promised, of all its listings together.

    A pool that was never decided about, or whose goods were unknown then, is left out.
    """
    summed = _one_listing_each(pools)
    recipe = LISTINGS.c.decision["recipe"].label("recipe")
    rows = connection.execute(
        select(summed.c.warehouse, summed.c.sku, summed.c.shown_units, recipe)
        .join(LISTINGS, and_(*(LISTINGS.c[name] == summed.c[name] for name in KEY_COLUMNS)))
        .where(summed.c.place == 1, summed.c.decided)
    )
    return {
        pool: Promised(
            ats_units=part["ats_units"],
            exposure_units=int(row.shown_units) + still_open.by_pool.get(pool, 0),
        )
        for row in rows
        for pool in [_pool_key(row)]
        for part in row.recipe
        if part["pool"] == str(pool) and part["known"]
    }


def _one_listing_each(pools: Sequence[PoolKey]) -> Subquery:
    """Number the listings of each pool beside what all show; decided ones come first.

    A decision holds the terms of all its goods, so that one listing can tell of the pool.
    """
    lines, decided = RECIPE_LINES.c, LISTINGS.c.decision.is_not(None)
    pool, keys = (lines.warehouse, lines.sku), [lines[name] for name in KEY_COLUMNS]
    shown = func.sum(LISTINGS.c.shown_units * lines.units).over(partition_by=pool)
    place = func.row_number().over(partition_by=pool, order_by=(decided.desc(), *keys))
    return (
        select(
            *pool,
            *keys,
            decided.label("decided"),
            shown.label("shown_units"),
            place.label("place"),
        )
        .join(LISTINGS, _same_listing())
        .where(_is_one_of(pools))
        .subquery()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A listing that draws on a pool, and what it may still sell, in units of the pool.

    `exposure_units` is `reconciliation.exposure.exposure_units` of its book times the units of
    a sale; `unsettled_units` is the part of it that is of writes. `stranded`: it sells, and cannot
    be written.
    """

    key: ListingKey
    units_per_sale: Units
    exposure_units: Units
    unsettled_units: Units
    stranded: bool = False


def draws_on(
    connection: Connection, pools: Sequence[PoolKey], still_open: OpenUnits
) -> dict[PoolKey, tuple[Draw, ...]]:
    """Return the listings that draw on each pool; one that nobody sells is left out."""
    names = (*KEY_COLUMNS, "warehouse", "sku", "units")
    rows = connection.execute(
        select(
            *(RECIPE_LINES.c[name] for name in names),
            LISTINGS.c.shown_units,
            _sells_stranded().label("stranded"),
        )
        .join(LISTINGS, _same_listing())
        .where(_is_one_of(pools))
    )
    found = dict[PoolKey, list[Draw]]()
    for row in rows:
        found.setdefault(_pool_key(row), []).append(_draw(row, still_open))
    return {pool: tuple(draws) for pool, draws in found.items()}


def _sells_stranded() -> ColumnElement[bool]:
    """Tell which listings are on sale and cannot be written; no product that is off sells."""
    cannot_be_written = or_(
        LISTINGS.c.stranded_because != "", LISTINGS.c.state == GuardState.STRANDED
    )
    return and_(cannot_be_written, LISTINGS.c.product_status == LIVE)


def _draw(row: AnyRow, still_open: OpenUnits) -> Draw:
    key = listing_key(row)
    unsettled = still_open.unsettled.get(key, 0)
    sales = row.shown_units + unsettled + still_open.others.get(key, 0)
    return Draw(
        key=key,
        units_per_sale=row.units,
        exposure_units=sales * row.units,
        unsettled_units=unsettled * row.units,
        stranded=bool(row.stranded),
    )


def _same_listing() -> ColumnElement[bool]:
    return and_(*(LISTINGS.c[name] == RECIPE_LINES.c[name] for name in KEY_COLUMNS))


def _is_one_of(pools: Sequence[PoolKey]) -> ColumnElement[bool]:
    wanted = [(pool.warehouse, pool.sku) for pool in pools]
    return tuple_(RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku).in_(wanted)
