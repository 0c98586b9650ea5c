"""The calls we make, as values: path, query and body of each (API page, section 3). Pure.

What TikTok would refuse by its documented limits is refused here first, by `ValueError`: such a
call is a fault of ours.
"""

import math
import re
from collections.abc import Sequence

from reconciliation.policy import TIKTOK_UNITS_MAX
from reconciliation.quantities import Instant

from .seen import OrderWindow, StockWrite
from .wire import Call, json_bytes


PAGE_SIZE = 100
"""The most products or orders on a page (section 5)."""

STOCK_SKUS_MAX = 600
"""The most SKUs of one inventory search (section 3)."""

ORDER_IDS_MAX = 50
"""The most orders asked for by id at once (section 3)."""

WRITE_STOCK = "write_stock"
"""The operation that sets quantities, as the quota knows it."""

_ID = re.compile(r"[A-Za-z0-9_-]+")


def shops() -> Call:
    """All shops that a token opens. Takes no cipher."""
    return Call(operation="shops", method="GET", path="/authorization/202309/shops")


def warehouses() -> Call:
    """All warehouses of a shop."""
    return Call(operation="warehouses", method="GET", path="/logistics/202309/warehouses")


def search_listings(
    page_token: str, updated_from: Instant | None, updated_to: Instant | None
) -> Call:
    """One page of products, of those last updated between the two moments, both included."""
    bounds = {"update_time_ge": updated_from, "update_time_le": updated_to}
    return Call(
        operation="search_listings",
        method="POST",
        path="/product/202502/products/search",
        query=(("page_size", str(PAGE_SIZE)), ("page_token", page_token)),
        body=json_bytes({key: int(at) for key, at in bounds.items() if at is not None}),
    )


def product(product_id: str) -> Call:
    """One product with all its SKUs; not for one that is frozen or deleted."""
    return Call(
        operation="product",
        method="GET",
        path=f"/product/202309/products/{_plain(product_id)}",
    )


def read_stock(sku_ids: Sequence[str]) -> Call:
    """The stock of some SKUs; there are no pages."""
    count = len(sku_ids)
    _require(f"1 to {STOCK_SKUS_MAX} SKUs, not {count}", holds=0 < count <= STOCK_SKUS_MAX)
    return Call(
        operation="read_stock",
        method="POST",
        path="/product/202309/inventory/search",
        body=json_bytes({"sku_ids": list(sku_ids)}),
    )


def write_stock(product_id: str, lines: Sequence[StockWrite], deadline_s: float | None) -> Call:
    """Set the quantities of one product: all its due SKUs, each with all its warehouses.

    `backorder_quantity` is left out, and so left as it is (section 4).
    """
    distinct = {(sku_id, warehouse_id) for sku_id, warehouse_id, _ in lines}
    are_units = all(0 <= units <= TIKTOK_UNITS_MAX for _, _, units in lines)
    _require("a write needs at least one line", holds=bool(lines))
    _require(f"a line is there twice: {lines}", holds=len(distinct) == len(lines))
    _require(f"quantities are 0 to {TIKTOK_UNITS_MAX}: {lines}", holds=are_units)
    skus: dict[str, list[dict[str, str | int]]] = {}
    for sku_id, warehouse_id, units in lines:
        skus.setdefault(sku_id, []).append({"warehouse_id": warehouse_id, "quantity": units})
    return Call(
        operation=WRITE_STOCK,
        method="POST",
        path=f"/product/202309/products/{_plain(product_id)}/inventory/update",
        body=json_bytes(
            {"skus": [{"id": sku_id, "inventory": places} for sku_id, places in skus.items()]}
        ),
        is_write=True,
        deadline_s=deadline_s,
    )


def search_orders(window: OrderWindow, page_token: str) -> Call:
    """One page of the orders of a window, the oldest first.

    Oldest first, so that an order placed while we turn the pages moves none of the others.
    """
    body = {
        f"{window.by}_ge": math.floor(window.since),
        f"{window.by}_lt": math.ceil(window.until),
    }
    return Call(
        operation="search_orders",
        method="POST",
        path="/order/202309/orders/search",
        query=(
            ("page_size", str(PAGE_SIZE)),
            ("sort_field", window.by.value),
            ("sort_order", "ASC"),
            ("page_token", page_token),
        ),
        body=json_bytes(body),
    )


def orders(order_ids: Sequence[str]) -> Call:
    """Some orders by id, joined by commas as most SDKs do (section 1)."""
    count = len(order_ids)
    _require(f"1 to {ORDER_IDS_MAX} orders, not {count}", holds=0 < count <= ORDER_IDS_MAX)
    return Call(
        operation="orders",
        method="GET",
        path="/order/202507/orders",
        query=(("ids", ",".join(_plain(order_id) for order_id in order_ids)),),
    )


def _plain(identity: str) -> str:
    # It goes into a path or a list: nothing in it may mean anything there.
    _require(f"{identity!r} is no TikTok id", holds=bool(_ID.fullmatch(identity)))
    return identity


def _require(fault: str, *, holds: bool) -> None:
    if not holds:
        raise ValueError(fault)
