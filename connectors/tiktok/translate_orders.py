"""TikTok's orders become order lines: one for each unit sold. Pure.

TikTok gives some times for the line and some for the order only. An order's time is taken for a
line's only where it can be about no other package: a carrier's collection of the first package
says nothing of a second one that is still on the shelf (counterexample 10).
"""

from collections.abc import Sequence

from reconciliation.cancellation import plain_reason
from reconciliation.orders import SEEN_BY_STATUS, LineSeen, Seen
from reconciliation.quantities import Instant, Units

from .json_parts import JsonPart
from .seen import OrderPage, OrdersRead, absent
from .wire import Data


FULFILLED_BY_TIKTOK = "FULFILLMENT_BY_TIKTOK"
"""Such an order ships from TikTok's own warehouse and takes nothing of ours (section 3)."""

_BY_SELLER = frozenset({"", "FULFILLMENT_BY_SELLER"})
_ORDINARY_TYPES = frozenset({"", "NORMAL"})
_SENT_FOR_NOTHING = ("is_sample_order", "is_replacement_order", "is_exchange_order")


def order_page(data: Data, shop: str) -> OrderPage:
    """Translate a page of an order search (API page, section 3)."""
    orders = data.part.parts("orders")
    return OrderPage(
        order_ids=tuple(order.identity("id") for order in orders),
        lines=_lines_of(orders, shop),
        total_count=data.part.units("total_count"),
        next_page_token=data.part.text("next_page_token", ""),
        began_at=data.began_at,
        finished_at=data.finished_at,
    )


def orders_read(data: Data, shop: str, asked: Sequence[str]) -> OrdersRead:
    """Translate the details of the orders `asked` (API page, section 3)."""
    orders = data.part.parts("orders")
    return OrdersRead(
        lines=_lines_of(orders, shop),
        absent_order_ids=absent(asked, {order.identity("id") for order in orders}),
        began_at=data.began_at,
        finished_at=data.finished_at,
    )


def order_lines(order: JsonPart, shop: str) -> tuple[LineSeen, ...]:
    """Translate one order: a line for each row of `line_items`, and a row is one unit."""
    packages = _packages(order)
    return tuple(_line(order, item, shop, packages) for item in order.parts("line_items"))


def _lines_of(orders: Sequence[JsonPart], shop: str) -> tuple[LineSeen, ...]:
    return tuple(line for order in orders for line in order_lines(order, shop))


def _line(order: JsonPart, item: JsonPart, shop: str, packages: frozenset[str]) -> LineSeen:
    status = _status(order, item)
    package_id = item.identity("package_id", "")
    # Where TikTok splits an order, a package that is not made yet could be the other one.
    is_split = order.text("split_or_combine_tag", "") == "SPLIT"
    is_only_package = packages == {package_id} and not is_split
    is_cancelled = SEEN_BY_STATUS.get(status) is Seen.CANCELLED
    return LineSeen(
        shop=shop,
        order_id=order.identity("id"),
        line_id=item.identity("id"),
        sku_id=item.identity("sku_id"),
        warehouse_id=order.identity("warehouse_id", ""),
        status=status,
        placed_at=order.instant("create_time"),
        updated_at=order.instant("update_time"),
        package_id=package_id,
        packed_at=item.instant_if_any("rts_time")
        or _of_order(order, "rts_time", holds=is_only_package),
        departed_at=_of_order(order, "collection_time", holds=is_only_package),
        cancelled_at=_of_order(order, "cancel_time", holds=is_cancelled),
        cancelled_by=_cancelled_by(order, item) if is_cancelled else "",
        cancel_reason=_cancel_reason(order, item) if is_cancelled else "",
        shipping_due_at=order.instant_if_any("shipping_due_time"),
        collection_due_at=order.instant_if_any("collection_due_time"),
        components=_components(item),
        ships_from_us=order.text("fulfillment_type", "") != FULFILLED_BY_TIKTOK,
        lowers_listing=_lowers_listing(order),
    )


def _lowers_listing(order: JsonPart) -> bool:
    """Tell whether an order surely took its units off what the listing shows.

    TikTok's pages say so of ordinary sales alone. A sample, a replacement, a pre-order or a type
    that we have never heard of takes goods all the same; whether the listing shows fewer for it,
    only the next read can tell.
    """
    return (
        order.text("fulfillment_type", "") in _BY_SELLER
        and order.text("order_type", "") in _ORDINARY_TYPES
        and not any(order.flag(name) for name in _SENT_FOR_NOTHING)
    )


def _status(order: JsonPart, item: JsonPart) -> str:
    """Return the line's own status where it is one we know, else the order's, known or not."""
    own = item.text("display_status", "")
    return own if own in SEEN_BY_STATUS else order.text("status")


def _packages(order: JsonPart) -> frozenset[str]:
    listed = {package.identity("id") for package in order.parts("packages")}
    named = {item.identity("package_id", "") for item in order.parts("line_items")}
    return frozenset(listed | named - {""})


def _of_order(order: JsonPart, name: str, *, holds: bool) -> Instant | None:
    return order.instant_if_any(name) if holds else None


def _cancelled_by(order: JsonPart, item: JsonPart) -> str:
    # Only the line's field knows OPERATOR (section 3).
    return (item.text("cancel_user", "") or order.text("cancellation_initiator", "")).upper()


def _cancel_reason(order: JsonPart, item: JsonPart) -> str:
    return plain_reason(item.text("cancel_reason", "") or order.text("cancel_reason", ""))


def _components(item: JsonPart) -> tuple[tuple[str, Units], ...]:
    return tuple(
        (part.identity("sku_id"), part.units("sku_count"))
        for part in item.parts("combined_listing_skus")
    )
