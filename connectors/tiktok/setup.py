"""The calls by which a shop is connected and looked over; none of them is of its daily work.

All are patient reads, the registration of a webhook too: to name an address again changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from . import translate, translate_orders
from .access import ShopAccess
from .calls import PAGE_SIZE, search_listings
from .client import TikTokShopClient
from .paging import turned
from .seen import ListingPage, OrderPage
from .wire import Call, Data, json_bytes


REGISTRABLE: dict[int, str] = {
    1: "ORDER_STATUS_CHANGE",
    5: "PRODUCT_STATUS_CHANGE",
    6: "SELLER_DEAUTHORIZATION",
    7: "UPCOMING_AUTHORIZATION_EXPIRATION",
    11: "CANCELLATION_STATUS_CHANGE",
    12: "RETURN_STATUS_CHANGE",
    15: "PRODUCT_INFORMATION_CHANGE",
    16: "PRODUCT_CREATION",
    37: "PRODUCT_AUDIT_STATUS_CHANGE",
}
"""The notifications that the guard wants and the API registers, by type (API page, section 3)."""

BY_HAND: dict[int, str] = {
    27: "inventory status",
    39: "promotion activity status",
    50: "SKU status change",
    63: "activity change",
    71: "inventory changed by shop",
}
"""Those that it wants and that only Partner Center switches on (section 3)."""

OPEN_STATUSES = (
    "UNPAID",
    "ON_HOLD",
    "AWAITING_SHIPMENT",
    "PARTIALLY_SHIPPING",
    "AWAITING_COLLECTION",
)
"""Statuses in which an order still holds goods that have not left (section 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSeen:
    """A notification as it is registered: TikTok's name of it, and the address that is told."""

    event_type: str
    address: str


def webhooks(client: TikTokShopClient, access: ShopAccess) -> tuple[WebhookSeen, ...]:
    """Return what is registered for a shop."""
    call = Call(operation="webhooks", method="GET", path="/event/202309/webhooks")
    return client.ask(access, call, _webhooks)


def register_webhook(
    client: TikTokShopClient, access: ShopAccess, event_type: str, address: str
) -> None:
    """Have an address told of one kind of event."""
    call = Call(
        operation="register_webhook",
        method="PUT",
        path="/event/202309/webhooks",
        body=json_bytes({"address": address, "event_type": event_type}),
    )
    client.ask(access, call, _nothing)


def open_orders(client: TikTokShopClient, access: ShopAccess, status: str) -> Iterator[OrderPage]:
    """Yield the pages of all orders in a status, however old, the oldest first."""
    return turned(
        lambda token: client.ask(
            access,
            _orders_in(status, token),
            partial(translate_orders.order_page, shop=access.shop),
        ),
        lambda page: page.next_page_token,
    )


def first_listings(client: TikTokShopClient, access: ShopAccess) -> ListingPage:
    """Return the first page of a shop's listings: enough to see that it may be read."""
    call = search_listings("", None, None)
    return client.ask(access, call, partial(translate.listing_page, shop=access.shop))


def _orders_in(status: str, page_token: str) -> Call:
    return Call(
        operation="search_orders",
        method="POST",
        path="/order/202309/orders/search",
        query=(
            ("page_size", str(PAGE_SIZE)),
            ("sort_field", "create_time"),
            ("sort_order", "ASC"),
            ("page_token", page_token),
        ),
        body=json_bytes({"order_status": status}),
    )


def _webhooks(data: Data) -> tuple[WebhookSeen, ...]:
    return tuple(
        WebhookSeen(event_type=each.text("event_type"), address=each.text("address"))
        for each in data.part.parts("webhooks")
    )


def _nothing(_data: Data) -> None:
    """Read nothing: that the answer was good is all there is to it."""
