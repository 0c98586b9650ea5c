"""Which address is told of which event, shop by shop (API page, section 3)."""

from .calls import Call
from .envelope import JsonObject
from .refusals import ApiRefusal


REGISTRABLE = frozenset(
    {
        *("ORDER_STATUS_CHANGE", "RECIPIENT_ADDRESS_UPDATE", "PACKAGE_UPDATE"),
        *("PRODUCT_STATUS_CHANGE", "SELLER_DEAUTHORIZATION", "UPCOMING_AUTHORIZATION_EXPIRATION"),
        *("CANCELLATION_STATUS_CHANGE", "RETURN_STATUS_CHANGE", "NEW_CONVERSATION", "NEW_MESSAGE"),
        *("PRODUCT_INFORMATION_CHANGE", "PRODUCT_CREATION", "PRODUCT_CATEGORY_CHANGE"),
        *("NEW_MESSAGE_LISTENER", "INVOICE_STATUS_CHANGE", "PRODUCT_AUDIT_STATUS_CHANGE"),
        "REVERSE_STATUS_UPDATE",
    }
)
"""Every event that has a name here; all others are switched on in Partner Center."""

ADDRESS_LETTERS_MAX = 255


def list_webhooks(call: Call) -> JsonObject:
    """GET /event/202309/webhooks: what is registered for the shop."""
    found = call.world.webhooks.get(call.shop.name, {})
    rows = [
        {"event_type": event, "address": address, "create_time": at, "update_time": at}
        for event, (address, at) in sorted(found.items())
    ]
    return {"webhooks": rows, "total_count": len(rows)}


def put_webhook(call: Call) -> JsonObject:
    """PUT /event/202309/webhooks: one event's address, in place of the one before."""
    event, address = _event(call), call.text("address") or ""
    if not address.startswith("https://") or len(address) > ADDRESS_LETTERS_MAX:
        raise ApiRefusal(36009004, "address must be https and at most 255 letters")
    call.world.webhooks.setdefault(call.shop.name, {})[event] = (address, int(call.now))
    return {}


def delete_webhook(call: Call) -> JsonObject:
    """DELETE /event/202309/webhooks: nobody is told of the event any more."""
    call.world.webhooks.get(call.shop.name, {}).pop(_event(call), None)
    return {}


def _event(call: Call) -> str:
    event = call.text("event_type") or ""
    if event not in REGISTRABLE:
        raise ApiRefusal(36009004, f"event_type {event!r} is unknown")
    return event
