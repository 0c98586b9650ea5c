"""Where TikTok's notifications arrive: `POST /webhooks/tiktok`.

Nothing is parsed before its signature is found good, and 200 is said only of what is kept for
good. Every other answer asks TikTok to send again, which it does four times in 15 hours; what
that loses, polling finds. An endpoint of plain ASGI, since a framework's request and response
would take a third of the rate.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus

import structlog
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from connectors.store.webhooks import WebhookRow
from connectors.tiktok.kept_body import kept_body
from connectors.tiktok.webhooks import (
    KNOWN_TYPES,
    Notification,
    NotificationUnreadable,
    is_genuine,
    read_notification,
)

from ..services import Services
from .intake import Intake, NotKept
from .known_shops import KnownShops


PATH = "/webhooks/tiktok"

LENGTH_DIGITS = 20
"""As many digits of an announced length as need be looked at: no limit of ours has more."""

READ_S = 10.0
"""How long a body may take to arrive; TikTok's have arrived whole with their headers."""

_LOG = structlog.get_logger("oversell_guard")


class WebhookOutcome(StrEnum):
    """What became of a request, as one word for its counter."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    UNKNOWN_SHOP = "unknown_shop"
    BAD_SIGNATURE = "bad_signature"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    UNAVAILABLE = "unavailable"


STATUSES: Mapping[WebhookOutcome, HTTPStatus] = {
    WebhookOutcome.STORED: HTTPStatus.OK,
    WebhookOutcome.DUPLICATE: HTTPStatus.OK,
    WebhookOutcome.UNKNOWN_SHOP: HTTPStatus.OK,
    WebhookOutcome.BAD_SIGNATURE: HTTPStatus.UNAUTHORIZED,
    WebhookOutcome.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    WebhookOutcome.UNREADABLE: HTTPStatus.BAD_REQUEST,
    WebhookOutcome.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""How each outcome is answered."""

HALF_READ = frozenset({WebhookOutcome.TOO_LARGE, WebhookOutcome.UNREADABLE})
"""Where a part of the body may be left, in which no next request must be looked for."""

_Verdict = tuple[WebhookOutcome, str]
"""What became of a request, and the type that it is counted under."""


class _TooLarge(Exception):
    """Raised for a body that is longer than is read."""


class _Gone(Exception):
    """Raised where the caller left before its body was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _App:
    """Who may sign."""

    key: str
    secrets: tuple[str, ...] = field(repr=False)


def webhook_routes(services: Services, intake: Intake) -> list[BaseRoute]:
    """Return the routes of all notifications; `intake` must run as long as they are served."""
    return [Route(PATH, WebhookEndpoint(services, intake), methods=["POST"])]


class WebhookEndpoint:
    """One ASGI application that takes notifications and never answers with a server error."""

    def __init__(self, services: Services, intake: Intake, *, read_s: float = READ_S) -> None:
        """Look up who may sign and which shops are ours."""
        self._shops = KnownShops(services)
        settings = services.settings
        previous = settings.tiktok.previous_app_secret
        secrets = (settings.tiktok.app_secret, *([previous] if previous else []))
        self._app = _App(
            key=settings.tiktok.app_key.get_secret_value(),
            secrets=tuple(secret.get_secret_value() for secret in secrets),
        )
        self._read_s = read_s
        self._bytes_max = settings.web.body_bytes_max
        self._services = services
        self._intake = intake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            outcome, kind = await self._take(scope, receive)
        except _Gone:
            return
        except Exception as error:  # noqa: BLE001 - whatever is wrong with us, TikTok shall come again
            _LOG.error("webhook_failed", exc_info=error)
            outcome, kind = WebhookOutcome.UNAVAILABLE, "other"
        self._services.meter.count("webhooks", {"type": kind, "outcome": outcome.value})
        await _say(send, outcome)

    async def _take(self, scope: Scope, receive: Receive) -> _Verdict:
        try:
            body = await self._read(scope, receive)
        except _TooLarge:
            return WebhookOutcome.TOO_LARGE, "other"
        except TimeoutError:
            return WebhookOutcome.UNREADABLE, "other"
        app = self._app
        signature = _header(scope, b"authorization")
        if not is_genuine(body, signature, app_key=app.key, app_secrets=app.secrets):
            return WebhookOutcome.BAD_SIGNATURE, "other"
        try:
            notification = read_notification(body)
        except NotificationUnreadable as fault:
            _LOG.warning("webhook_unreadable", error=str(fault))
            return WebhookOutcome.UNREADABLE, "other"
        return await self._keep(notification, body), _type_label(notification)

    async def _keep(self, notification: Notification, body: bytes) -> WebhookOutcome:
        shop = await self._shops.named(notification.shop_id)
        now = self._services.now()
        asks = bool(shop and notification.asks_for_work)
        row = WebhookRow(
            notification=notification.key,
            shop=shop,
            type=notification.type,
            told_at=notification.told_at,
            received_at=now,
            body=kept_body(body),
            handled_at=None if asks else now,
        )
        try:
            was_new = await self._intake.keep(row)
        except NotKept:
            return WebhookOutcome.UNAVAILABLE
        if not was_new:
            return WebhookOutcome.DUPLICATE
        return WebhookOutcome.STORED if shop else WebhookOutcome.UNKNOWN_SHOP

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        """Return the body as it came. Raises `_TooLarge`, `_Gone` or `TimeoutError`."""
        length = _header(scope, b"content-length")
        if length.isdigit() and int(length[:LENGTH_DIGITS]) > self._bytes_max:
            raise _TooLarge
        async with asyncio.timeout(self._read_s):
            return await _whole(receive, self._bytes_max)


async def _whole(receive: Receive, bytes_max: int) -> bytes:
    """Put a body together, whatever length was announced."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > bytes_max:
            raise _TooLarge
    return bytes(body)


def _header(scope: Scope, name: bytes) -> bytes:
    """Return the value of a header, nothing where it is missing or there are several."""
    found = [value for key, value in scope["headers"] if key == name]
    return bytes(found[0]) if len(found) == 1 else b""


def _type_label(notification: Notification) -> str:
    return str(notification.type) if notification.type in KNOWN_TYPES else "other"


async def _say(send: Send, outcome: WebhookOutcome) -> None:
    headers = [(b"content-length", b"0")]
    if outcome in HALF_READ:
        headers.append((b"connection", b"close"))
    status = int(STATUSES[outcome])
    start: Message = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b""})
