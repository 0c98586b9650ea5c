"""Notifications that TikTok sends: are they TikTok's, and what do they say. Pure.

A signature covers app key and body, and no moment (API page, section 6): it tells who wrote the
body, not when it was sent or how often. So a notification is a hint and no more. It names what
to look at; what holds is what TikTok then answers.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.errors import AnswerUnreadable
from reconciliation.quantities import Instant

from .json_parts import JsonPart, json_object


CANCELLATION = 11

ORDER_TYPES = frozenset({1, CANCELLATION, 12})
"""Order status, cancellation and return: the notifications about one order (section 6)."""

CONSENT_WITHDRAWN = 6
CONSENT_ENDS_SOON = 7

ACCESS_TYPES = frozenset({CONSENT_WITHDRAWN, CONSENT_ENDS_SOON})
"""The notifications about the seller's consent (section 6)."""

PRODUCT_TYPES = frozenset({5, 15, 37, 50})
"""Status, information and audit of a product, and status of its SKUs."""

STOCK_TYPES = frozenset({27, 71})
"""Low stock, and stock that changed. Their quantities mean different things (section 4), and none
is believed: the stock is read."""

ACTIVITY_TYPES = frozenset({39, 63})
"""A promotion's status, and its products."""

KNOWN_TYPES = frozenset({*range(1, 8), *range(11, 26), 27, 33, *range(35, 40), 42, 46})
KNOWN_TYPES |= {50, 51, 52, *range(55, 72)}
"""The types that TikTok's pages name."""

TYPE_MAX = 2**31 - 1
"""The highest number that the record has room for; TikTok's types have two digits."""

VISIBLE = re.compile(r"[!-~]{1,128}")
"""What an id may be made of; TikTok's are some twenty digits."""


class NotificationUnreadable(AnswerUnreadable):
    """Raised for a body that is no notification as TikTok describes them; says what is odd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One notification. `order_id` is empty where it is about no order.

    `product_id` and `sku_id` say what was changed, empty where nothing that is sold is named.
    `about_promotions` is true of what may lock or free stock. `key` names it however often it is
    sent. `shop_id` is empty where none is named, which is so for type 24.
    """

    key: str
    type: int
    shop_id: str
    told_at: Instant
    order_id: str
    product_id: str = ""
    sku_id: str = ""
    about_promotions: bool = False

    @property
    def asks_for_work(self) -> bool:
        """Whether something has to be looked at; all others are kept and counted."""
        named = self.order_id or self.product_id or self.sku_id
        return bool(named or self.about_promotions or self.type in ACCESS_TYPES)


def is_genuine(body: bytes, signature: bytes, *, app_key: str, app_secrets: Sequence[str]) -> bool:
    """Tell whether a body was signed with one of the secrets, in a time that tells nothing.

    `signature` is the header `Authorization` as it came: HMAC-SHA256 in lower-case hex.
    """
    message = app_key.encode() + body
    # All are compared, whichever fits: how long it takes must not depend on what was sent.
    fits = [hmac.compare_digest(_signature(message, each), signature) for each in app_secrets]
    return any(fits)


def _signature(message: bytes, app_secret: str) -> bytes:
    return hmac.digest(app_secret.encode(), message, "sha256").hex().encode()


def read_notification(body: bytes) -> Notification:
    """Return what a body says. Raises `NotificationUnreadable`."""
    try:
        return _notification(body)
    except AnswerUnreadable as fault:
        raise NotificationUnreadable(fault.message) from None


def _notification(body: bytes) -> Notification:
    _require_text(body)
    # Some are about people: an error shows where it is, and nothing of what is there.
    envelope = replace(json_object(body), secret=True)
    if not isinstance(envelope.value.get("data"), dict):
        raise NotificationUnreadable("$.data is no object")
    kind, data = _type(envelope), envelope.part("data")
    return Notification(
        key=_id(envelope, "tts_notification_id", _fingerprint(body)),
        type=kind,
        shop_id=_id(envelope, "shop_id", ""),
        told_at=envelope.instant("timestamp"),
        order_id=_id(data, "order_id") if kind in ORDER_TYPES else "",
        # What of these is odd costs a look, which polling makes good: it is kept all the same.
        product_id=_hint(data, "product_id") if kind in PRODUCT_TYPES else "",
        sku_id=_hint(data, "sku_id") if kind in STOCK_TYPES else "",
        about_promotions=kind in ACTIVITY_TYPES,
    )


def _require_text(body: bytes) -> None:
    """Refuse what could not be kept as text; JSON itself may be UTF-16, and then holds zeros."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotificationUnreadable("the body is no UTF-8") from None
    if b"\0" in body:
        raise NotificationUnreadable("the body has a zero byte")


def _type(envelope: JsonPart) -> int:
    found = envelope.value.get("type")
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= TYPE_MAX:
        raise NotificationUnreadable("$.type is no type")
    return found


def _id(part: JsonPart, name: str, default: str | None = None) -> str:
    found = part.identity(name, default)
    if found != default and not VISIBLE.fullmatch(found):
        raise NotificationUnreadable(f"{part.path}.{name} is no id")
    return found


def _hint(part: JsonPart, name: str) -> str:
    """Return an id where there is one, empty where there is none or nothing like one."""
    try:
        return _id(part, name, "")
    except AnswerUnreadable:
        return ""


def _fingerprint(body: bytes) -> str:
    """Return the key of a notification without an id: the same body is the same notification."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
