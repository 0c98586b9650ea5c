"""The due times of orders: how much time the open ones have left, and how others fared before.

Counted where it is stored: what is open is grouped by the step of its time left, and of what is
past no more than the newest lines of each shop are looked at, however long the history is.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    case,
    distinct,
    func,
    or_,
    select,
    true,
)

from reconciliation.catalog import PoolKey
from reconciliation.lateness import LEFT_EDGES_S, Deadline, Punctuality
from reconciliation.orders import COMMITTED, LineState
from reconciliation.quantities import Instant, Sku
from reconciliation.risk import OrderKey

from .batches import batches
from .engine import AnyRow
from .promises import recipes_taking, same_line, same_sku
from .tables import LINE_PARTS, ORDER_LINES
from .wanted import among


LINES_MAX = 20_000
"""Newest lines of a shop that tell how punctual its partners are; more would say the same."""

PAST = -1
"""The step of a due time that is over."""

_DUE_AND_DONE = {
    Deadline.SHIPPING: (ORDER_LINES.c.shipping_due_at, ORDER_LINES.c.packed_at),
    Deadline.COLLECTION: (ORDER_LINES.c.collection_due_at, ORDER_LINES.c.departed_at),
}
"""When a step is due, and when it was surely taken."""


# -- how others fared -----------------------------------------------------------------------------


def punctuality(
    connection: Connection, shop: str, deadline: Deadline, *, since: Instant, now: Instant
) -> dict[str, Punctuality]:
    """Return how each TikTok warehouse of a shop fared with what was due by now.

    Orders count that were placed since a moment; one that was cancelled before it was due, and
    before the step was taken, had no chance to be late and is left out.
    """
    lines = _due_lines(shop, deadline, since=since, now=now).subquery()
    orders = func.count(distinct(lines.c.order_id)).label("orders")
    columns = (lines.c.warehouse_id, lines.c.step)
    late: dict[str, int] = {}
    in_time: dict[str, dict[int, int]] = {}
    for row in connection.execute(select(*columns, orders).group_by(*columns)):
        counts = in_time.setdefault(row.warehouse_id, {})
        if row.step == PAST:
            late[row.warehouse_id] = row.orders
        else:
            counts[row.step] = row.orders
    return {
        warehouse_id: Punctuality(late=late.get(warehouse_id, 0), in_time=counts)
        for warehouse_id, counts in in_time.items()
    }


def _due_lines(
    shop: str, deadline: Deadline, *, since: Instant, now: Instant
) -> Select[tuple[str, str, int]]:
    due_at, done_at = _DUE_AND_DONE[deadline]
    step = func.coalesce(_step(due_at - done_at), PAST).label("step")
    cancelled_at = ORDER_LINES.c.cancelled_at
    could_be_late = or_(done_at.is_not(None), cancelled_at.is_(None), cancelled_at >= due_at)
    return (
        select(ORDER_LINES.c.order_id, ORDER_LINES.c.warehouse_id, step)
        .where(
            ORDER_LINES.c.shop == shop,
            ORDER_LINES.c.placed_at >= since,
            due_at <= now,
            could_be_late,
        )
        .order_by(ORDER_LINES.c.placed_at.desc())
        .limit(LINES_MAX)
    )


def _step(left_s: ColumnElement[float]) -> ColumnElement[int]:
    """Return `reconciliation.lateness.step_of` as SQL; nothing for no time."""
    steps = [(left_s < edge_s, step) for step, edge_s in enumerate(LEFT_EDGES_S, start=PAST)]
    return case(*steps, (left_s.is_not(None), len(LEFT_EDGES_S) - 1))


# -- what is open ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrders:
    """How many open orders of a TikTok warehouse have as much time left.

    Steps are as in `reconciliation.lateness`, `PAST` beyond, None where nothing is due.
    """

    shop: str
    warehouse_id: str
    shipping_step: int | None
    collection_step: int | None
    orders: int


def open_orders(connection: Connection, now: Instant) -> Iterator[OpenOrders]:
    """Yield all open orders that have a due time, each counted once, in groups."""
    dues = _dues(true())
    columns = (
        dues.c.shop,
        dues.c.warehouse_id,
        _step(dues.c.shipping_due_at - now).label("shipping_step"),
        _step(dues.c.collection_due_at - now).label("collection_step"),
    )
    rows = connection.execute(select(*columns, func.count().label("orders")).group_by(*columns))
    for row in rows:
        yield OpenOrders(
            shop=row.shop,
            warehouse_id=row.warehouse_id,
            shipping_step=row.shipping_step,
            collection_step=row.collection_step,
            orders=row.orders,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DueOrder:
    """An open order, and when its next steps are due; None: nobody told, or it is taken."""

    order: OrderKey
    warehouse_id: str
    shipping_due_at: Instant | None
    collection_due_at: Instant | None

    @property
    def due_at(self) -> Instant | None:
        """Return when TikTok first cancels it by itself."""
        known = [at for at in (self.shipping_due_at, self.collection_due_at) if at is not None]
        return min(known) if known else None


def due_orders(connection: Connection, orders: Collection[OrderKey]) -> dict[OrderKey, DueOrder]:
    """Return those of the orders that are open and have a due time."""
    query = select(_dues(among(ORDER_LINES.c.shop, ORDER_LINES.c.order_id)))
    found = {}
    for some in batches(sorted(orders)):
        wanted = [(each.shop, each.order_id) for each in some]
        for row in connection.execute(query, {"wanted": wanted}):
            due = _due_order(row)
            found[due.order] = due
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolDue:
    """An order that is due, and a pool that it waits for; None where none is known."""

    due: DueOrder
    pool: PoolKey | None


def due_before(connection: Connection, until: Instant) -> Iterator[PoolDue]:
    """Yield the open orders that have a step due before a moment, once for each pool."""
    dues, recipes = _dues(true()), recipes_taking(true())
    same_order = and_(ORDER_LINES.c.shop == dues.c.shop, ORDER_LINES.c.order_id == dues.c.order_id)
    rows = connection.execute(
        select(dues, recipes.c.warehouse, recipes.c.sku)
        .join(ORDER_LINES, same_order)
        .join(LINE_PARTS, same_line())
        .outerjoin(recipes, same_sku(recipes))
        .where(
            ORDER_LINES.c.state.in_(COMMITTED),
            or_(dues.c.shipping_due_at < until, dues.c.collection_due_at < until),
        )
        .distinct()
    )
    for row in rows:
        pool = None if row.sku is None else PoolKey(warehouse=row.warehouse, sku=Sku(row.sku))
        yield PoolDue(due=_due_order(row), pool=pool)


def _dues(wanted: ColumnElement[bool]) -> Subquery:
    """Return the open orders that ship from our goods, with the first due time of each step."""
    columns = ORDER_LINES.c
    unpacked = case((columns.state != LineState.PACKED, columns.shipping_due_at))
    has_due_time = or_(
        columns.shipping_due_at.is_not(None), columns.collection_due_at.is_not(None)
    )
    return (
        select(
            columns.shop,
            columns.order_id,
            func.min(columns.warehouse_id).label("warehouse_id"),
            func.min(unpacked).label("shipping_due_at"),
            func.min(columns.collection_due_at).label("collection_due_at"),
        )
        .where(
            columns.state.in_(COMMITTED),
            has_due_time,
            select(LINE_PARTS.c.line_id).where(same_line()).exists(),
            wanted,
        )
        .group_by(columns.shop, columns.order_id)
        .subquery()
    )


def _due_order(row: AnyRow) -> DueOrder:
    return DueOrder(
        order=OrderKey(shop=row.shop, order_id=row.order_id),
        warehouse_id=row.warehouse_id,
        shipping_due_at=row.shipping_due_at,
        collection_due_at=row.collection_due_at,
    )
