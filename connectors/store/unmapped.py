"""Orders of listings without goods: how many are open, and what became of those before."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection, Subquery, and_, distinct, func, or_, select

from reconciliation.cancellation import seller_fault
from reconciliation.orders import CANCELLED, COMMITTED
from reconciliation.quantities import Instant, Sku

from .promises import same_line
from .tables import LINE_PARTS, LISTINGS, ORDER_LINES, RECIPE_LINES


@dataclass(slots=True)
class UnmappedOrders:
    """The orders of one TikTok SKU in a warehouse that nobody has joined to goods.

    `cancelled` counts them by who cancelled and why.
    """

    open: int = 0
    departed: int = 0
    cancelled: Counter[tuple[str, str]] = field(default_factory=Counter)

    def faults(self, market: str | None) -> int:
        """Return how many were cancelled at the seller's fault, as the market sees it."""
        return sum(
            orders
            for (cancelled_by, reason), orders in self.cancelled.items()
            if seller_fault(cancelled_by, reason, market=market)
        )


def unmapped_orders(
    connection: Connection, since: Instant
) -> dict[tuple[str, str, str], UnmappedOrders]:
    """Return the orders of each shop, SKU and TikTok warehouse without goods, where it has any.

    What has ended counts if it was placed since a moment, what is open always.
    """
    unmapped, lines = _unmapped(), ORDER_LINES.c
    columns = (
        unmapped.c.shop,
        unmapped.c.sku_id,
        unmapped.c.warehouse_id,
        lines.state,
        lines.cancelled_by,
        lines.cancel_reason,
    )
    names = ("shop", "sku_id", "warehouse_id")
    rows = connection.execute(
        select(*columns, func.count(distinct(lines.order_id)).label("orders"))
        .select_from(unmapped)
        .join(LINE_PARTS, and_(*(LINE_PARTS.c[name] == unmapped.c[name] for name in names)))
        .join(ORDER_LINES, same_line())
        .where(or_(lines.state.in_(COMMITTED), lines.placed_at >= since))
        .group_by(*columns)
    )
    found: dict[tuple[str, str, str], UnmappedOrders] = {}
    for row in rows:
        counts = found.setdefault((row.shop, row.sku_id, row.warehouse_id), UnmappedOrders())
        if row.state in COMMITTED:
            counts.open += row.orders
        elif row.state in CANCELLED:
            counts.cancelled[row.cancelled_by, row.cancel_reason] += row.orders
        else:
            counts.departed += row.orders
    return found


def _unmapped() -> Subquery:
    """Return the TikTok SKUs that have a problem, and no goods from before it."""
    names = ("shop", "sku_id", "warehouse_id")
    same_sku = and_(*(RECIPE_LINES.c[name] == LISTINGS.c[name] for name in names))
    return (
        select(*(LISTINGS.c[name] for name in names))
        .where(LISTINGS.c.problem != "", ~select(RECIPE_LINES.c.sku).where(same_sku).exists())
        .distinct()
        .subquery()
    )


def sold_skus(connection: Connection, warehouse: str) -> frozenset[Sku]:
    """Return the SKUs of a warehouse that some listing is made of."""
    # From the listings' side, which is the smaller: a partner may keep goods of many sellers.
    query = select(RECIPE_LINES.c.sku).where(RECIPE_LINES.c.warehouse == warehouse).distinct()
    return frozenset(Sku(sku) for sku in connection.execute(query).scalars())
