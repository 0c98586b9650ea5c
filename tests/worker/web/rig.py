"""Speaks to an ASGI application as a server would, signs as TikTok does, and reads the record."""

import asyncio
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Scope

from connectors.store.engine import reading
from connectors.store.tables import WEBHOOKS, WORK
from worker.bootstrap import build_services, close
from worker.services import Services
from worker.settings.model import Settings
from worker.web.intake import Intake
from worker.web.webhook_endpoint import PATH, webhook_routes


APP_KEY = "123abc"
SECRET = "topsecret"
SHOP_ID = "7494049642642441621"
NOW = 1_800_000_000.0

Done = TypeVar("Done")


class Counts:
    """A meter that remembers what it was told."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.types: Counter[str] = Counter()

    def count(self, name: str, labels: Mapping[str, str], by: float = 1.0) -> None:
        """Remember an outcome and a type."""
        assert name == "webhooks"
        self.outcomes[labels["outcome"]] += int(by)
        self.types[labels["type"]] += int(by)

    def observe(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """Refuse: no histogram is about webhooks."""
        raise AssertionError((name, labels, value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A request as a server hands it on; None for a signature sends no such header."""

    body: bytes
    signature: bytes | None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    chunks: tuple[bytes, ...] | None = None
    is_cut: bool = False
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A served endpoint, what it counted, and the record behind it."""

    app: ASGIApp
    intake: Intake
    services: Services
    counts: Counts = field(default_factory=Counts)

    def rows(self) -> int:
        """Return how many notifications are kept."""
        with reading(self.services.engine) as connection:
            return connection.execute(select(func.count()).select_from(WEBHOOKS)).scalar_one()

    def asked(self) -> list[str]:
        """Return for which shops work is asked."""
        with reading(self.services.engine) as connection:
            found = connection.execute(select(WORK.c.key).where(WORK.c.queue == "webhooks"))
            return list(found.scalars())


@contextmanager
def door(
    folder: Path,
    *,
    ring: Callable[[str, str], None] | None = None,
    runs: bool = True,
    waiting_max: int = 2_000,
    answer_s: float = 2.5,
    **tiktok: str,
) -> Iterator[Door]:
    """Open the endpoint on a record of its own; `runs=False` leaves its writer asleep."""
    counts = Counts()
    services = replace(build_services(_settings(folder, tiktok), clock=lambda: NOW), meter=counts)
    services = replace(services, ring=ring or services.ring)
    intake = Intake(services, waiting_max=waiting_max, answer_s=answer_s)
    app = Starlette(routes=webhook_routes(services, intake))
    if runs:
        intake.start()
    try:
        yield Door(app=app, intake=intake, services=services, counts=counts)
    finally:
        if runs:
            intake.stop()
        close(services)


def _settings(folder: Path, tiktok: Mapping[str, str]) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": folder,
            "database_url": f"sqlite:///{folder / 'record.sqlite3'}",
            "tiktok": {"app_key": APP_KEY, "app_secret": SECRET, **tiktok},
            "shops": {"alpha": {"cipher": "c", "shop_id": SHOP_ID}, "beta": {"cipher": "d"}},
            "web": {"body_bytes_max": 8_192},
        }
    )


def told(number: int = 1, **changes: Any) -> bytes:  # noqa: ANN401 - any value of JSON
    """Return the body of an order notification; `changes` replace parts of its envelope."""
    envelope = {
        "type": 1,
        "tts_notification_id": str(7327112393057371910 + number),
        "shop_id": SHOP_ID,
        "timestamp": 1644412885,
        "data": {"order_id": str(576486316948490001 + number), "order_status": "UNPAID"},
    }
    kept = {name: value for name, value in (envelope | changes).items() if value is not None}
    return json.dumps(kept, separators=(",", ":")).encode()


def signed(body: bytes, *, app_key: str = APP_KEY, secret: str = SECRET) -> bytes:
    """Return the signature of a body (API page, section 6)."""
    return hmac.new(secret.encode(), app_key.encode() + body, hashlib.sha256).hexdigest().encode()


def genuine(body: bytes) -> Post:
    """Return a request as TikTok sends it."""
    return Post(body=body, signature=signed(body))


async def deliver(app: ASGIApp, post: Post, path: str = PATH) -> int | None:
    """Hand a request on and return the status of its answer, None if there is none."""
    messages = list(_messages(post))
    statuses: list[int] = []

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        await asyncio.sleep(0)
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(_scope(post, path), receive, send)
    return statuses[0] if statuses else None


def _messages(post: Post) -> Iterator[Message]:
    chunks: Sequence[bytes] = (post.body,) if post.chunks is None else post.chunks
    for place, chunk in enumerate(chunks, start=1):
        more = post.is_cut or place < len(chunks)
        yield {"type": "http.request", "body": chunk, "more_body": more}


def _scope(post: Post, path: str) -> Scope:
    signature = [] if post.signature is None else [(b"authorization", post.signature)]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": post.method,
        "path": path,
        "query_string": b"",
        "headers": [*signature, *post.headers],
    }


def running(act: Coroutine[Any, Any, Done]) -> Done:
    """Run something in an event loop of its own."""
    return asyncio.run(act)


def post_one(opened: Door, post: Post) -> int | None:
    """Hand one request on and return the status."""
    return running(deliver(opened.app, post))
