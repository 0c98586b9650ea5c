"""How the orders that cannot be filled look on a terminal."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from .moments import span_text
from .printing import table
from .shortages import Shortages, ShortOrder


def shortages_view(report: Shortages) -> Iterator[RenderableType]:
    """Show the orders by due time, then the goods that they lack."""
    if report.well:
        yield Text("Every order can be filled.")
        return
    yield table(
        f"Orders that cannot be filled: {report.orders_found}",
        ("due (UTC)", "time left", "shop", "order", "missing", "harm", "what to do"),
        (
            (
                order.due_at,
                _left(order.left_s),
                order.shop,
                order.order_id,
                _missing(order),
                order.harm,
                order.what_to_do,
            )
            for order in report.orders
        ),
    )
    if len(report.orders) < report.orders_found:
        yield Text(f"and {report.orders_found - len(report.orders)} more that are due later")
    rows = (
        (f"{pool.warehouse}/{pool.sku}", pool.missing_units, pool.waiting_orders)
        for pool in report.pools
    )
    yield table("Goods that are short", ("pool", "units missing", "orders waiting"), rows)
    if not report.exact:
        yield Text("The goods are knotted beyond an exact search: a better choice may exist.")


def _left(left_s: float | None) -> str | None:
    if left_s is None:
        return None
    return span_text(left_s) if left_s > 0 else f"over for {span_text(left_s)}"


def _missing(order: ShortOrder) -> str:
    items = ", ".join(f"{each.units} {each.warehouse}/{each.sku}" for each in order.missing)
    return f"{items} (packed)" if order.packed else items
