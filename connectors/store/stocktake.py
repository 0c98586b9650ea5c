"""All pools, page by page, beside what each listing may still sell of them.

Made for looking at everything at once: a page takes few statements, and no page needs another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, String, and_, cast, func, or_, select, tuple_

from reconciliation.catalog import ListingKey, PoolKey
from reconciliation.quantities import Instant, Sku, Units

from .catalog import KEY_COLUMNS, listing_key
from .engine import AnyRow
from .tables import DELIVERIES, LISTINGS, POOLS, RECIPE_LINES, RESTOCKS, WRITES
from .writes import OPEN_OUTCOMES


PAGE_POOLS = 500
"""Pools per page: a database takes some thousands of values in one statement."""


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
        beyond = or_(
            pools.warehouse > warehouse, and_(pools.warehouse == warehouse, pools.sku > sku)
        )
        rows = connection.execute(query.where(beyond)).all()
        if not rows:
            return
        yield tuple(_fed_pool(row) for row in rows)
        place = (rows[-1].warehouse, rows[-1].sku)


def _fed_pool(row: AnyRow) -> FedPool:
    return FedPool(
        key=PoolKey(warehouse=row.warehouse, sku=Sku(row.sku)),
        feed=row.feed,
        arrived_at=row.arrived_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenUnits:
    """Units that may still come onto listings: by writes not settled, and by restocks."""

    unsettled: Mapping[ListingKey, Units]
    restocks: Mapping[ListingKey, Units]


def open_units(connection: Connection) -> OpenUnits:
    """Return what is open of all listings; it is little, since writes settle within minutes."""
    columns = [WRITES.c[name] for name in KEY_COLUMNS]
    unsettled = connection.execute(
        select(*columns, func.sum(WRITES.c.units).label("units"))
        .where(WRITES.c.outcome.in_(OPEN_OUTCOMES))
        .group_by(*columns)
    )
    columns = [RESTOCKS.c[name] for name in KEY_COLUMNS]
    restocks = connection.execute(
        select(*columns, func.sum(RESTOCKS.c.units).label("units"))
        .where(RESTOCKS.c.settled_at.is_(None))
        .group_by(*columns)
    )
    return OpenUnits(
        unsettled={listing_key(row): int(row.units) for row in unsettled},
        restocks={listing_key(row): int(row.units) for row in restocks},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A listing that draws on a pool, and what it may still sell, in units of the pool.

    `exposure_units` is `reconciliation.exposure.exposure_units` of its book times the units of
    a sale. `recipe_terms` is the JSON of its last decision's goods, None if there was none.
    """

    key: ListingKey
    units_per_sale: Units
    exposure_units: Units
    unsettled_units: Units
    recipe_terms: str | None


def draws_on(
    connection: Connection, pools: Sequence[PoolKey], still_open: OpenUnits
) -> dict[PoolKey, tuple[Draw, ...]]:
    """Return the listings that draw on each pool; one that nobody sells is left out."""
    wanted = [(pool.warehouse, pool.sku) for pool in pools]
    rows = connection.execute(
        select(
            *(RECIPE_LINES.c[name] for name in (*KEY_COLUMNS, "warehouse", "sku", "units")),
            LISTINGS.c.shown_units,
            LISTINGS.c.doubts,
            cast(LISTINGS.c.decision["recipe"], String).label("recipe_terms"),
        )
        .join(LISTINGS, _same_listing())
        .where(tuple_(RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku).in_(wanted))
    )
    found = dict[PoolKey, list[Draw]]()
    for row in rows:
        pool = PoolKey(warehouse=row.warehouse, sku=Sku(row.sku))
        found.setdefault(pool, []).append(_draw(row, still_open))
    return {pool: tuple(draws) for pool, draws in found.items()}


def _draw(row: AnyRow, still_open: OpenUnits) -> Draw:
    key = listing_key(row)
    unsettled = still_open.unsettled.get(key, 0)
    doubt = sum(units for units, _ in row.doubts)
    sales = row.shown_units + unsettled + still_open.restocks.get(key, 0) + doubt
    return Draw(
        key=key,
        units_per_sale=row.units,
        exposure_units=sales * row.units,
        unsettled_units=unsettled * row.units,
        recipe_terms=row.recipe_terms,
    )


def _same_listing() -> ColumnElement[bool]:
    return and_(*(LISTINGS.c[name] == RECIPE_LINES.c[name] for name in KEY_COLUMNS))
