"""Listings as TikTok shows them, joined to their pools or reported with their problem."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, or_, select, true

from reconciliation.catalog import (
    Ingredient,
    Listing,
    ListingKey,
    ListingSeen,
    MappingProblem,
    PoolKey,
    Problem,
    Recipe,
)
from reconciliation.quantities import Sku

from .engine import AnyRow, upsert
from .tables import LISTINGS, RECIPE_LINES
from .wanted import among


KEY_COLUMNS = ("shop", "product_id", "sku_id", "warehouse_id")
"""The columns that name a listing, in the order of `ListingKey`."""


def key_values(key: ListingKey) -> dict[str, str]:
    """Return a listing's key as column values."""
    return {name: getattr(key, name) for name in KEY_COLUMNS}


def stranded_keys(connection: Connection, shop: str) -> frozenset[ListingKey]:
    """Return the listings of a shop that are marked as not writable."""
    rows = connection.execute(
        select(*_columns(LISTINGS)).where(
            LISTINGS.c.shop == shop, LISTINGS.c.stranded_because != ""
        )
    )
    return frozenset(listing_key(row) for row in rows)


def record_listings(connection: Connection, seen: Sequence[ListingSeen]) -> None:
    """Store what a shop's product search showed; books and states are left as they are."""
    upsert(
        connection,
        LISTINGS,
        [
            {
                **key_values(each.key),
                "seller_sku": each.seller_sku,
                "title": each.title,
                "product_status": each.product_status,
                "backorder_units": each.backorder_units,
            }
            for each in seen
        ],
    )


def set_recipe(connection: Connection, listing: Listing) -> None:
    """Store what a listing is joined to, in place of what it was joined to before."""
    key = listing.key
    connection.execute(RECIPE_LINES.delete().where(*_is(RECIPE_LINES, key)))
    lines = [
        {
            **key_values(key),
            "warehouse": part.pool.warehouse,
            "sku": part.pool.sku,
            "units": part.units,
        }
        for part in listing.recipe
    ]
    connection.execute(RECIPE_LINES.insert(), lines)


def set_problem(
    connection: Connection, key: ListingKey, *, problem: str = "", remedy: str = ""
) -> None:
    """Store why a listing cannot be joined; empty once it is."""
    changed = or_(LISTINGS.c.problem != problem, LISTINGS.c.remedy != remedy)
    connection.execute(
        LISTINGS.update()
        .where(*_is(LISTINGS, key), changed)
        .values(problem=problem, remedy=remedy)
    )


def all_recipes(connection: Connection) -> dict[ListingKey, Recipe]:
    """Return the recipe of every joined listing."""
    rows = connection.execute(
        select(RECIPE_LINES).order_by(
            *_columns(RECIPE_LINES), RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku
        )
    )
    recipes: dict[ListingKey, Recipe] = {}
    for row in rows:
        part = Ingredient(pool=PoolKey(warehouse=row.warehouse, sku=Sku(row.sku)), units=row.units)
        recipes[listing_key(row)] = (*recipes.get(listing_key(row), ()), part)
    return recipes


def _is(table: Table, key: ListingKey) -> tuple[ColumnElement[bool], ...]:
    return tuple(table.c[name] == getattr(key, name) for name in KEY_COLUMNS)


def all_seen(connection: Connection) -> tuple[ListingSeen, ...]:
    """Return every stored listing, as it was last seen."""
    return _seen(connection, true())


def seen_in(connection: Connection, shop: str) -> tuple[ListingSeen, ...]:
    """Return every stored listing of a shop, as it was last seen."""
    return _seen(connection, LISTINGS.c.shop == shop)


def seen_of(connection: Connection, shop: str, product_id: str) -> tuple[ListingSeen, ...]:
    """Return every stored listing of a product, as it was last seen."""
    return _seen(connection, and_(LISTINGS.c.shop == shop, LISTINGS.c.product_id == product_id))


def keys_of_skus(connection: Connection, shop: str, skus: Iterable[str]) -> tuple[ListingKey, ...]:
    """Return the listings of TikTok SKUs of a shop, in all their warehouses."""
    rows = connection.execute(
        select(*_columns(LISTINGS))
        .where(LISTINGS.c.shop == shop, LISTINGS.c.sku_id.in_(sorted(skus)))
        .order_by(*_columns(LISTINGS))
    )
    return tuple(listing_key(row) for row in rows)


def _seen(connection: Connection, wanted: ColumnElement[bool]) -> tuple[ListingSeen, ...]:
    rows = connection.execute(select(LISTINGS).where(wanted).order_by(*_columns(LISTINGS)))
    return tuple(
        ListingSeen(
            key=listing_key(row),
            seller_sku=row.seller_sku,
            title=row.title,
            product_status=row.product_status,
            backorder_units=row.backorder_units,
        )
        for row in rows
    )


def problems(connection: Connection) -> tuple[MappingProblem, ...]:
    """Return every listing that could not be joined to its goods."""
    rows = connection.execute(
        select(LISTINGS).where(LISTINGS.c.problem != "").order_by(*_columns(LISTINGS))
    )
    return tuple(
        MappingProblem(
            key=listing_key(row),
            seller_sku=row.seller_sku,
            problem=Problem(row.problem),
            remedy=row.remedy,
        )
        for row in rows
    )


def listings_on(connection: Connection, pools: Iterable[PoolKey]) -> tuple[ListingKey, ...]:
    """Return the listings that draw on any of the pools."""
    wanted = [(pool.warehouse, pool.sku) for pool in pools]
    rows = connection.execute(_on_pools(), {"wanted": wanted})
    return tuple(listing_key(row) for row in rows)


@cache
def _on_pools() -> Select[*tuple[Any, ...]]:
    return (
        select(*_columns(RECIPE_LINES))
        .where(among(RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku))
        .distinct()
        .order_by(*_columns(RECIPE_LINES))
    )


def shops_on(connection: Connection, pools: Iterable[PoolKey]) -> dict[PoolKey, frozenset[str]]:
    """Return the shops whose listings draw on each of the pools; none: left out."""
    wanted = [(pool.warehouse, pool.sku) for pool in pools]
    columns = (RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku)
    query = select(*columns, RECIPE_LINES.c.shop).where(among(*columns)).distinct()
    rows = connection.execute(query, {"wanted": wanted})
    found: dict[PoolKey, frozenset[str]] = {}
    for row in rows:
        pool = PoolKey(warehouse=row.warehouse, sku=Sku(row.sku))
        found[pool] = found.get(pool, frozenset()) | {row.shop}
    return found


def sharing(
    connection: Connection, pools: Iterable[PoolKey]
) -> tuple[dict[ListingKey, Listing], frozenset[ListingKey]]:
    """Return the listings of the TikTok SKUs that draw on any of the pools, in all warehouses.

    Those that are joined to goods come with their recipes, the others as keys.
    """
    wanted = [(pool.warehouse, pool.sku) for pool in pools]
    rows = connection.execute(_sharing(), {"wanted": wanted}).all()
    joined = _with_their_recipes(row for row in rows if row.sku is not None)
    return joined, frozenset(listing_key(row) for row in rows if row.sku is None)


@cache
def _sharing() -> Select[*tuple[Any, ...]]:
    names = ("shop", "product_id", "sku_id")
    skus = (
        select(*(RECIPE_LINES.c[name] for name in names))
        .where(among(RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku))
        .distinct()
        .subquery()
    )
    same_sku = and_(*(LISTINGS.c[name] == skus.c[name] for name in names))
    parts = (RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku, RECIPE_LINES.c.units)
    return (
        select(*_columns(LISTINGS), LISTINGS.c.seller_sku, *parts)
        .select_from(skus.join(LISTINGS, same_sku).outerjoin(RECIPE_LINES, _same_listing()))
        .order_by(*_columns(LISTINGS), RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku)
    )


def recipes_of(connection: Connection, keys: Iterable[ListingKey]) -> dict[ListingKey, Listing]:
    """Return the listings with their recipes; a listing without one is left out."""
    wanted = [tuple(key_values(key).values()) for key in keys]
    if not wanted:
        return {}
    return _with_their_recipes(connection.execute(_with_recipes(), {"wanted": wanted}))


def _with_their_recipes(rows: Iterable[AnyRow]) -> dict[ListingKey, Listing]:
    """Return the listings whose lines of recipes the rows are."""
    parts: dict[ListingKey, list[Ingredient]] = {}
    seller_skus: dict[ListingKey, str] = {}
    for row in rows:
        key, pool = listing_key(row), PoolKey(warehouse=row.warehouse, sku=Sku(row.sku))
        seller_skus[key] = row.seller_sku
        parts.setdefault(key, []).append(Ingredient(pool=pool, units=row.units))
    return {
        key: Listing(key=key, seller_sku=seller_skus[key], recipe=tuple(recipe))
        for key, recipe in parts.items()
    }


@cache
def _with_recipes() -> Select[*tuple[Any, ...]]:
    return (
        select(RECIPE_LINES, LISTINGS.c.seller_sku)
        .join(LISTINGS, _same_listing())
        .where(among(*_columns(RECIPE_LINES)))
        .order_by(*_columns(RECIPE_LINES), RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku)
    )


def pools_of(connection: Connection, keys: Iterable[ListingKey]) -> frozenset[PoolKey]:
    """Return the pools that listings draw on."""
    wanted = [tuple(key_values(key).values()) for key in keys]
    return _pools(connection, KEY_COLUMNS, wanted)


def pools_of_skus(connection: Connection, skus: Iterable[tuple[str, str]]) -> frozenset[PoolKey]:
    """Return the pools that TikTok SKUs, each a shop and a SKU's id, draw on in any warehouse."""
    return _pools(connection, ("shop", "sku_id"), sorted(skus))


def _pools(
    connection: Connection, columns: tuple[str, ...], wanted: Sequence[tuple[str, ...]]
) -> frozenset[PoolKey]:
    if not wanted:
        return frozenset()
    rows = connection.execute(_pools_by(columns), {"wanted": wanted})
    return frozenset(PoolKey(warehouse=row.warehouse, sku=Sku(row.sku)) for row in rows)


@cache
def _pools_by(columns: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    return (
        select(RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku)
        .where(among(*(RECIPE_LINES.c[name] for name in columns)))
        .distinct()
    )


def _same_listing() -> ColumnElement[bool]:
    return and_(*(LISTINGS.c[name] == RECIPE_LINES.c[name] for name in KEY_COLUMNS))


def _columns(table: Table) -> list[ColumnElement[str]]:
    return [table.c[name] for name in KEY_COLUMNS]


def listing_key(row: AnyRow) -> ListingKey:
    """Return the listing that a row of any of our tables names."""
    return ListingKey(
        shop=row.shop,
        product_id=row.product_id,
        sku_id=row.sku_id,
        warehouse_id=row.warehouse_id,
    )
