"""Orders: search, which lags, and detail, which does not (API page, section 3)."""

from collections.abc import Mapping

from .calls import Call
from .envelope import JsonObject
from .orders import LineItem, Order, OrderKind, OrderStatus, Role
from .paging import SortKey, ids_of, page_of
from .refusals import ApiRefusal
from .switches import SandboxSwitches
from .world import (
    BUYER_REASON,
    OUT_OF_STOCK_REASON,
    SHIPPING_REASON,
    UNPAID_REASON,
)


DEFAULT_PAGE_SIZE = 20
MOST_IDS = 50
MOST_WAREHOUSES = 100

_REASON_TEXTS = {
    BUYER_REASON: "No longer needed",
    OUT_OF_STOCK_REASON: "Out of stock",
    SHIPPING_REASON: "Automatically cancelled due to collection time out",
    UNPAID_REASON: "Buyer payment overdue",
    "seller_cancel_reason_wrong_price": "Pricing error",
}
_PACKAGE_STATUS = {
    OrderStatus.UNPAID: "TO_FULFILL",
    OrderStatus.ON_HOLD: "TO_FULFILL",
    OrderStatus.AWAITING_SHIPMENT: "TO_FULFILL",
    OrderStatus.AWAITING_COLLECTION: "PROCESSING",
    OrderStatus.IN_TRANSIT: "FULFILLING",
    OrderStatus.DELIVERED: "COMPLETED",
    OrderStatus.COMPLETED: "COMPLETED",
    OrderStatus.CANCELLED: "CANCELLED",
}
_STATUSES = {*OrderStatus, "PARTIALLY_SHIPPING"}  # asked for, though no order here is in it
_TYPES = frozenset({OrderKind.PRE_ORDER, OrderKind.MADE_TO_ORDER, OrderKind.BACK_ORDER})
"""The kinds that `order_type` names."""

_TIMES = {"create_time": "created_at", "update_time": "updated_at"}


def search_orders(call: Call) -> JsonObject:
    """POST /order/202309/orders/search: what the index knows, which is the world a while ago."""
    indexed_until = call.now - call.world.switches.orders_index_lag_s
    found = [order for order in call.world.orders.as_of(indexed_until) if _wanted(order, call)]
    field = call.query.get("sort_field", "create_time")
    direction = call.query.get("sort_order", "DESC")
    if field not in _TIMES or direction not in {"ASC", "DESC"}:
        raise ApiRefusal(36009004, "sort_field or sort_order is invalid")

    def place(order: Order) -> SortKey:
        return int(getattr(order, _TIMES[field])), order.order_id

    page = page_of(
        found,
        place,
        size=call.page_size(DEFAULT_PAGE_SIZE),
        token=call.query.get("page_token", ""),
        descending=direction == "DESC",
        life=call.token_life(),
    )
    return {
        "next_page_token": page.next_page_token,
        "total_count": page.total_count,
        "orders": [order_data(order, call.world.switches) for order in page.rows],
    }


def order_details(call: Call) -> JsonObject:
    """GET /order/202507/orders?ids=a,b: up to 50 orders as they are now, unknown ids left out."""
    ids = ids_of(call.query.get("ids", ""), as_json=call.world.switches.order_ids_as_json)
    if not 1 <= len(ids) <= MOST_IDS:
        raise ApiRefusal(36009004, f"ids must name 1 to {MOST_IDS} orders")
    book = call.world.orders
    mine = [book[each] for each in ids if each in book and book[each].shop == call.shop.name]
    return {"orders": [order_data(order, call.world.switches) for order in mine]}


def order_data(order: Order, switches: SandboxSwitches) -> JsonObject:
    """Return an order as calls show it; a field that has no value yet is left out."""
    shown: dict[str, object] = {
        "id": order.order_id,
        "status": order.status.value,
        "order_type": order.kind.value if order.kind in _TYPES else OrderKind.NORMAL.value,
        "fulfillment_type": _fulfilled_by(order),
        "shipping_type": "TIKTOK",
        "warehouse_id": order.warehouse_id,
        "is_on_hold_order": order.status is OrderStatus.ON_HOLD,
        "is_sample_order": order.kind is OrderKind.SAMPLE,
        "is_replacement_order": order.kind is OrderKind.REPLACEMENT,
        "is_exchange_order": order.kind is OrderKind.EXCHANGE,
        "is_buyer_request_cancel": False,
        "cancellation_initiator": _initiator(order),
        "cancel_reason": _reason(order, switches),
        "packages": [{"id": order.package_id}] if order.package_id else [],
        "line_items": [_line_data(line, order, switches) for line in order.lines],
    }
    return _present(shown | _times(order, switches))


def _fulfilled_by(order: Order) -> str:
    by_tiktok = order.kind is OrderKind.BY_TIKTOK
    return "FULFILLMENT_BY_TIKTOK" if by_tiktok else "FULFILLMENT_BY_SELLER"


def _times(order: Order, switches: SandboxSwitches) -> dict[str, object]:
    shipping_due = _due(order, switches.shipping_due_s)
    moments = {
        "create_time": order.created_at,
        "update_time": order.updated_at,
        "paid_time": order.paid_at,
        "rts_time": order.ready_at,
        "collection_time": order.collected_at,
        "delivery_time": order.delivered_at,
        "cancel_time": order.cancelled_at,
        "rts_sla_time": shipping_due,
        "shipping_due_time": shipping_due,
        "collection_due_time": _due(order, switches.collection_due_s),
    }
    return {name: None if moment is None else int(moment) for name, moment in moments.items()}


def _due(order: Order, after_s: float) -> float | None:
    return None if order.released_at is None else order.released_at + after_s


def _line_data(line: LineItem, order: Order, switches: SandboxSwitches) -> Mapping[str, object]:
    shown: dict[str, object] = {
        "id": line.line_id,
        "sku_id": line.sku_id,
        "product_id": line.product_id,
        "seller_sku": line.seller_sku,
        "display_status": order.status.value,
        "package_status": _PACKAGE_STATUS[order.status],
        "package_id": order.package_id,
        "is_gift": False,
        "cancel_user": order.cancelled_by.value if order.cancelled_by else None,
        "cancel_reason": _reason(order, switches),
        "rts_time": None if order.ready_at is None else int(order.ready_at),
        "combined_listing_skus": [
            {"sku_id": part.sku_id, "sku_count": part.sku_count} for part in line.combined_skus
        ]
        or None,
    }
    return _present(shown)


def _present(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _initiator(order: Order) -> str | None:
    if order.cancelled_by is None:
        return None
    # The order's field knows no OPERATOR (section 3), only its line items do.
    return "SYSTEM" if order.cancelled_by is Role.OPERATOR else order.cancelled_by.value


def _reason(order: Order, switches: SandboxSwitches) -> str | None:
    if order.cancel_reason is None or not switches.cancel_reason_is_text:
        return order.cancel_reason
    return _REASON_TEXTS.get(order.cancel_reason, order.cancel_reason)


def _wanted(order: Order, call: Call) -> bool:
    status = call.text("order_status")
    if status is not None and status not in _STATUSES:
        raise ApiRefusal(36009004, f"order_status {status!r} is unknown")
    places = call.texts("warehouse_ids", MOST_WAREHOUSES)
    return (
        order.shop == call.shop.name
        and status in (None, order.status)
        and (not places or order.warehouse_id in places)
        and all(_in_window(order, name, call) for name in _TIMES)
    )


def _in_window(order: Order, name: str, call: Call) -> bool:
    moment = int(getattr(order, _TIMES[name]))
    since, until = call.second(f"{name}_ge"), call.second(f"{name}_lt")
    return (since is None or moment >= since) and (until is None or moment < until)
