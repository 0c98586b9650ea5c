"""The newest orders, by the listings that took them, and who else sells the same goods."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from reconciliation.catalog import ListingKey
from reconciliation.past_crowds import PlacedOrder
from reconciliation.quantities import Instant

from .catalog import KEY_COLUMNS, key_values, listing_key
from .tables import LINE_PARTS, ORDER_LINES, RECIPE_LINES, SHOPS
from .wanted import among


def newest_orders(
    connection: Connection, *, since: Instant, until: Instant, most: int
) -> tuple[PlacedOrder, ...]:
    """Return the newest orders of all shops placed before `until`, the oldest first.

    They come from `most` order lines, a unit each. An order on several listings comes once for
    each of them, and one whose warehouse TikTok did not tell for the SKU's listing in any.
    """
    asked = {"since": since, "until": until, "most": most}
    found = {
        PlacedOrder(
            placed_at=Instant(row.placed_at),
            order_id=f"{row.shop}/{row.order_id}",
            listing=listing_key(row),
        )
        for row in connection.execute(_newest_orders(), asked)
        if row.product_id is not None
    }
    return tuple(sorted(found, key=lambda each: (each.placed_at, each.order_id, each.listing)))


@cache
def _newest_orders() -> Select[*tuple[Any, ...]]:
    lines = _newest_lines()
    same_line = and_(*(LINE_PARTS.c[n] == lines.c[n] for n in ("shop", "order_id", "line_id")))
    same_sku = and_(*(LINE_PARTS.c[n] == RECIPE_LINES.c[n] for n in ("shop", "sku_id")))
    somewhere = or_(
        LINE_PARTS.c.warehouse_id == RECIPE_LINES.c.warehouse_id, LINE_PARTS.c.warehouse_id == ""
    )
    # SQLite makes outer joins in this order, and looks a SKU up by its index since that does not
    # hold the units either: else it would read all of a shop's recipes for each order.
    parts = lines.outerjoin(LINE_PARTS, same_line)
    recipes = parts.outerjoin(RECIPE_LINES, and_(same_sku, somewhere))
    names = (*KEY_COLUMNS, "units")
    columns = (lines.c.order_id, lines.c.placed_at, *(RECIPE_LINES.c[n] for n in names))
    return select(*columns).select_from(recipes)


def _newest_lines() -> Subquery:
    lines = ORDER_LINES.c
    since = bindparam("since", type_=Double)
    return (
        select(lines.shop, lines.order_id, lines.line_id, lines.placed_at)
        .where(
            # By their shops, since that is how the index has them.
            lines.shop.in_(select(SHOPS.c.shop)),
            lines.placed_at >= since,
            lines.placed_at >= func.coalesce(_not_before(), since),
            lines.placed_at < bindparam("until", type_=Double),
        )
        .order_by(lines.placed_at.desc())
        .limit(bindparam("most", type_=Integer))
        .subquery()
    )


def _not_before() -> ColumnElement[float | None]:
    """Return a moment since which one shop alone has had so many lines, NULL where none has.

    Nothing older is among the newest of all shops, and need not be looked at.
    """
    lines = ORDER_LINES.alias()
    of_shop = (
        select(lines.c.placed_at)
        .where(lines.c.shop == SHOPS.c.shop, lines.c.placed_at < bindparam("until", type_=Double))
        .order_by(lines.c.placed_at.desc())
        .offset(bindparam("most", type_=Integer))
        .limit(1)
        .scalar_subquery()
    )
    moments = select(of_shop.label("placed_at")).select_from(SHOPS).subquery()
    return select(func.max(moments.c.placed_at)).scalar_subquery()


def rivals_of(
    connection: Connection, keys: Iterable[ListingKey]
) -> dict[ListingKey, tuple[ListingKey, ...]]:
    """Return, for each listing, the others that draw on any of its pools; none: left out."""
    wanted = [tuple(key_values(key).values()) for key in keys]
    found: dict[ListingKey, set[ListingKey]] = {}
    for row in connection.execute(_rivals(), {"wanted": wanted}):
        own = ListingKey(**{name: getattr(row, f"own_{name}") for name in KEY_COLUMNS})
        if listing_key(row) != own:
            found.setdefault(own, set()).add(listing_key(row))
    return {key: tuple(sorted(others)) for key, others in found.items()}


@cache
def _rivals() -> Select[*tuple[Any, ...]]:
    own, other = RECIPE_LINES.alias("own"), RECIPE_LINES.alias("other")
    same_pool = and_(own.c.warehouse == other.c.warehouse, own.c.sku == other.c.sku)
    return (
        select(
            *(own.c[name].label(f"own_{name}") for name in KEY_COLUMNS),
            *(other.c[name] for name in KEY_COLUMNS),
        )
        .select_from(own.join(other, same_pool))
        .where(among(*(own.c[name] for name in KEY_COLUMNS)))
        .distinct()
    )
