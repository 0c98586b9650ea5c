"""Cancellations: who called an order off, with the code that the order hides (section 3)."""

from .calls import Call
from .envelope import JsonObject
from .orders import Order, Role
from .paging import SortKey, page_of


DEFAULT_PAGE_SIZE = 10
MOST_ON_A_PAGE = 50


def search_cancellations(call: Call) -> JsonObject:
    """POST /return_refund/202602/cancellations/search: the oldest first unless asked otherwise."""
    indexed_until = call.now - call.world.switches.orders_index_lag_s
    found = [order for order in call.world.orders.as_of(indexed_until) if _wanted(order, call)]
    page = page_of(
        found,
        _place,
        size=call.page_size(DEFAULT_PAGE_SIZE, MOST_ON_A_PAGE),
        token=call.query.get("page_token", ""),
        descending=call.query.get("sort_order", "ASC") == "DESC",
    )
    return {
        "next_page_token": page.next_page_token,
        "total_count": page.total_count,
        "cancellations": [_cancellation_data(order, call) for order in page.rows],
    }


def _place(order: Order) -> SortKey:
    return int(order.updated_at), order.order_id


def _wanted(order: Order, call: Call) -> bool:
    since, until = call.second("update_time_ge"), call.second("update_time_lt")
    asked = call.texts("order_ids", MOST_ON_A_PAGE)
    moment = int(order.updated_at)
    return (
        order.shop == call.shop.name
        and order.is_cancelled
        and (not asked or order.order_id in asked)
        and (since is None or moment >= since)
        and (until is None or moment < until)
    )


def _cancellation_data(order: Order, call: Call) -> JsonObject:
    by = order.cancelled_by or Role.SYSTEM
    return {
        "cancel_id": f"{order.order_id}1",
        "order_id": order.order_id,
        "cancel_type": "BUYER_CANCEL" if by is Role.BUYER else "CANCEL",
        "cancel_status": "CANCELLATION_REQUEST_SUCCESS",
        "role": by.value,
        "cancel_reason": order.cancel_reason,
        "create_time": int(order.cancelled_at or order.updated_at),
        "update_time": int(order.updated_at),
        "should_replenish_stock": call.world.restocks(order.shop, order.lines[0].sku_id),
        "cancel_line_items": [
            {"order_line_item_id": line.line_id, "sku_id": line.sku_id} for line in order.lines
        ],
    }
