"""The API over two shops that share goods: requests for every operation, tokens of every kind."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from connectors.sandbox.merchandise import NewSku
from reconciliation.quantities import later
from worker.access import NewToken, Role, TokenRequest, add_token, revoke_token
from worker.holding import Word
from worker.scheduler import ask_for_rounds
from worker.services import Services
from worker.web.api import api_routes

from ...support.asgi import Client
from ...support.shopfront import ITEM, SHOPS, Shopfront, iso, shopfront


OWN = "MUG"
"""What alpha alone sells; `ITEM` is sold by both shops."""

THEIRS = "HAT"
"""What beta alone sells."""

WORD = Word(who="ann", why="a test")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopAtRisk:
    """A shop in a risk report, with as much of it as is looked at here."""

    shop: str
    projected_sfcr_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAtRisk:
    """An item in a risk report, likewise."""

    warehouse: str
    sku: str
    expected_cancelled_orders: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFound:
    """A risk report."""

    at: str | None
    shops: tuple[ShopAtRisk, ...]
    items: tuple[ItemAtRisk, ...]


def some_risk(services: Services, *, items_max: int) -> RiskFound:
    """Find both shops and all their items at risk."""
    items = [
        ItemAtRisk(warehouse="EAST", sku=sku, expected_cancelled_orders=units)
        for sku, units in ((ITEM, 3.0), (THEIRS, 2.0), (OWN, 1.0))
    ]
    return RiskFound(
        at=iso(services.now()),
        shops=tuple(ShopAtRisk(shop=shop, projected_sfcr_ratio=0.01) for shop in SHOPS),
        items=tuple(items[:items_max]),
    )


def api_of(services: Services) -> Client:
    """Return a client of the API over these services."""
    return Client(app=Starlette(routes=api_routes(services, risk=some_risk)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A request that an operator of alpha may make."""

    path: str
    body: Mapping[str, Any] | None = None


EXAMPLES = {
    "reconcile": Example(path="/api/reconcile", body={"shop": "alpha", "sku": OWN}),
    "status": Example(path="/api/status"),
    "deliveries": Example(path="/api/feeds/deliveries?feed=east"),
    "receipts": Example(path="/api/feeds/east/receipts"),
    "explain": Example(path=f"/api/explain/{OWN}"),
    "history": Example(path=f"/api/history/{OWN}"),
    "risk": Example(path="/api/risk"),
    "shortages": Example(path="/api/shortages"),
    "hold": Example(
        path="/api/holds",
        body={"sku": OWN, "shop": "alpha", "at_most": 500, "expires": "2h", "why": "a test"},
    ),
    "writes": Example(
        path="/api/writes", body={"action": "start", "shop": "alpha", "why": "a test"}
    ),
}
"""A good request for each operation, by its name."""


@dataclass(slots=True)
class ApiRig:
    """The shopfront, its API, and tokens for it."""

    front: Shopfront
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        """Open the API."""
        self.client = api_of(self.front.services)

    def token(
        self, role: Role, *shops: str, name: str = "console", for_s: float = 3_600.0
    ) -> NewToken:
        """Make a token."""
        request = TokenRequest(
            name=name,
            role=role,
            shops=shops,
            expires_at=later(self.front.services.now(), for_s),
            word=WORD,
        )
        return add_token(self.front.services, request)

    def sender_token(self, *feeds: str, name: str = "partner") -> str:
        """Make a token that sends for feeds, for the one there is unless told."""
        request = TokenRequest(
            name=name,
            role=Role.SENDER,
            feeds=feeds or ("east",),
            expires_at=later(self.front.services.now(), 3_600.0),
            word=WORD,
        )
        return add_token(self.front.services, request).text

    def expired_token(self) -> str:
        """Make a token that has run out."""
        text = self.token(Role.OPERATOR, for_s=1.0).text
        self.front.now += 1.0
        return text

    def revoked_token(self) -> str:
        """Make a token that is no longer wanted."""
        text = self.token(Role.OPERATOR).text
        revoke_token(self.front.services, text, WORD)
        return text

    def ask(
        self,
        token: str,
        method: str,
        path: str,
        *,
        json: object = None,
        content: bytes | Iterable[bytes] | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> httpx.Response:
        """Ask with a token."""
        shown = [("Authorization", f"Bearer {token}"), *headers]
        return self.client.send(method, path, json=json, content=content, headers=shown)

    def operate(self, name: str, **changes: object) -> httpx.Response:
        """Make the example of a POST as an operator of all shops, with fields changed."""
        token, example = self.token(Role.OPERATOR).text, EXAMPLES[name]
        return self.ask(token, "POST", example.path, json={**(example.body or {}), **changes})

    def post(
        self,
        content: bytes | Iterable[bytes],
        *,
        path: str = "/api/writes",
        kind: str = "application/json",
    ) -> httpx.Response:
        """Send raw content as an operator of all shops."""
        token, headers = self.token(Role.OPERATOR).text, [("Content-Type", kind)]
        return self.ask(token, "POST", path, content=content, headers=headers)

    def look(self, path: str) -> httpx.Response:
        """Get something as a reader of all shops."""
        return self.ask(self.token(Role.READER).text, "GET", path)


def causes_of(answer: httpx.Response) -> str:
    """Return what a refusal says is wrong, in one text; it must say how to mend each."""
    causes = answer.json()["error"]["causes"]
    assert all(each["remedy"] for each in causes)
    return "; ".join(each["cause"] for each in causes)


@contextmanager
def api_rig(folder: Path) -> Iterator[ApiRig]:
    """Open two shops that share tees; alpha alone sells mugs, beta alone hats."""
    with shopfront(folder) as front:
        for shop, sku in (("alpha", OWN), ("beta", THEIRS)):
            place = front.warehouse_ids[shop]
            front.world.list_product(shop, sku, [NewSku(seller_sku=sku, warehouse_ids=(place,))])
        now = iso(front.now)
        lines = [f"{sku},{units},{now}" for sku, units in ((ITEM, 20), (OWN, 7), (THEIRS, 9))]
        front.drop_file("\n".join(["sku,quantity,as_of", *lines, ""]))
        ask_for_rounds(front.services)
        front.work(8.0)
        yield ApiRig(front)
