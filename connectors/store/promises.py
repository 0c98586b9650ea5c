"""Orders as promises: how many were placed, were called off, or wait for a pool's goods.

An order counts here if it ships from our goods (one that TikTok ships takes no part of any SKU
of ours). Samples are not told apart: the ledger does not keep what an order was for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    distinct,
    func,
    or_,
    select,
)

from reconciliation.cancellation import UNPAID_REASONS
from reconciliation.catalog import PoolKey
from reconciliation.orders import COMMITTED, LineState
from reconciliation.quantities import Instant, Sku
from reconciliation.risk import OrderKey, Waiting

from .tables import LINE_PARTS, ORDER_LINES, RECIPE_LINES
from .wanted import among


UNPAID = "UNPAID"
"""TikTok's status of an order that is not confirmed yet (API page, section 3)."""


def placed_orders(connection: Connection, shop: str, since: Instant) -> int:
    """Return how many confirmed orders were placed in a shop since a moment.

    Those that are not paid yet, or never were, are no confirmed orders.
    """
    confirmed = and_(
        ORDER_LINES.c.status != UNPAID, ORDER_LINES.c.cancel_reason.not_in(UNPAID_REASONS)
    )
    query = select(func.count(distinct(ORDER_LINES.c.order_id))).where(
        *_placed(shop, since), confirmed
    )
    return int(connection.execute(query).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledOrder:
    """An order of which something was cancelled, by whom and why."""

    order: OrderKey
    placed_at: Instant
    cancelled_by: str
    cancel_reason: str


def cancelled_orders(
    connection: Connection, shop: str, since: Instant
) -> Iterator[CancelledOrder]:
    """Yield what was cancelled of a shop's orders placed since a moment, each reason once."""
    columns = (
        ORDER_LINES.c.order_id,
        ORDER_LINES.c.placed_at,
        ORDER_LINES.c.cancelled_by,
        ORDER_LINES.c.cancel_reason,
    )
    rows = connection.execute(
        select(*columns)
        .where(*_placed(shop, since), ORDER_LINES.c.cancelled_at.is_not(None))
        .distinct()
    )
    for row in rows:
        yield CancelledOrder(
            order=OrderKey(shop=shop, order_id=row.order_id),
            placed_at=row.placed_at,
            cancelled_by=row.cancelled_by,
            cancel_reason=row.cancel_reason,
        )


def _placed(shop: str, since: Instant) -> tuple[ColumnElement[bool], ...]:
    ships_from_us = select(LINE_PARTS.c.line_id).where(same_line()).exists()
    return (ORDER_LINES.c.shop == shop, ORDER_LINES.c.placed_at >= since, ships_from_us)


def waiting_for(
    connection: Connection, pools: Sequence[PoolKey]
) -> dict[PoolKey, tuple[Waiting, ...]]:
    """Return what waits for the goods of each pool; an order without a warehouse, in each."""
    wanted = [(pool.warehouse, pool.sku) for pool in pools]
    rows = connection.execute(_waiting(), {"wanted": wanted})
    found = dict[PoolKey, list[Waiting]]()
    for row in rows:
        waiting = Waiting(
            order=OrderKey(shop=row.shop, order_id=row.order_id),
            placed_at=row.placed_at,
            units=row.taken,
            packed=row.state == LineState.PACKED,
        )
        found.setdefault(PoolKey(warehouse=row.warehouse, sku=Sku(row.sku)), []).append(waiting)
    return {pool: tuple(waiting) for pool, waiting in found.items()}


@cache
def _waiting() -> Select[*tuple[Any, ...]]:
    recipes = recipes_taking(among(RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku))
    return (
        select(
            recipes.c.warehouse,
            recipes.c.sku,
            ORDER_LINES.c.shop,
            ORDER_LINES.c.order_id,
            ORDER_LINES.c.placed_at,
            ORDER_LINES.c.state,
            (recipes.c.units * LINE_PARTS.c.units).label("taken"),
        )
        .select_from(recipes)
        .join(LINE_PARTS, same_sku(recipes))
        .join(ORDER_LINES, same_line())
        .where(ORDER_LINES.c.state.in_(COMMITTED))
    )


def recipes_taking(wanted: ColumnElement[bool]) -> Subquery:
    """Return what each TikTok SKU in a warehouse takes; it belongs to one product."""
    names = ("shop", "sku_id", "warehouse_id", "warehouse", "sku")
    columns = [RECIPE_LINES.c[name] for name in names]
    units = func.max(RECIPE_LINES.c.units).label("units")
    return select(*columns, units).where(wanted).group_by(*columns).subquery()


def same_sku(recipes: Subquery) -> ColumnElement[bool]:
    """Join a line's part to what its SKU takes; one without a warehouse may be taken from any."""
    return and_(
        recipes.c.shop == LINE_PARTS.c.shop,
        recipes.c.sku_id == LINE_PARTS.c.sku_id,
        or_(LINE_PARTS.c.warehouse_id == recipes.c.warehouse_id, LINE_PARTS.c.warehouse_id == ""),
    )


def same_line() -> ColumnElement[bool]:
    """Join a line's parts to the line."""
    names = ("shop", "order_id", "line_id")
    return and_(*(LINE_PARTS.c[name] == ORDER_LINES.c[name] for name in names))
