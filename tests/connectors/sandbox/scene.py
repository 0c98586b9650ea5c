"""A small world for tests: one shop with one warehouse and one listing, and more on request."""

import json
import random
from collections.abc import Mapping
from typing import Any

import httpx

from connectors.sandbox.api import Handle, make_api
from connectors.sandbox.faults import FaultPlan
from connectors.sandbox.merchandise import CombinedSku, ListedSku, NewSku
from connectors.sandbox.orders import Order
from connectors.sandbox.signature import sign
from connectors.sandbox.stock import StockKey
from connectors.sandbox.switches import SandboxSwitches
from connectors.sandbox.world import SandboxWorld


NOON = 1_700_000_000.0
HOST = "https://open-api.tiktokglobalshop.com"


Json = dict[str, Any]
"""A JSON object as a test reads it."""


class HandClock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        """Return the moment it shows."""
        return self.now

    def wait(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds


class Scene:
    """A world, its clock, and a client that signs as the page says."""

    def __init__(self, switches: SandboxSwitches | None = None) -> None:
        self.clock = HandClock()
        self.world = SandboxWorld(clock=self.clock, rng=random.Random(7), switches=switches)
        self.faults = FaultPlan.none()
        self.handle: Handle = make_api(self.world, self.faults)
        self.warehouses: dict[str, str] = {}
        self.base = HOST
        self.open_shop("alpha")

    def open_shop(self, shop: str) -> None:
        """Open a shop with one warehouse."""
        self.world.open_shop(shop)
        self.warehouses[shop] = self.world.add_warehouse(shop, "Main").warehouse_id

    def list_sku(
        self, seller_sku: str = "MUG", units: int = 0, shop: str = "alpha", *, shared: bool = False
    ) -> ListedSku:
        """List a product of one SKU that shows `units`."""
        place = self.warehouses[shop]
        new = NewSku(
            seller_sku=seller_sku, warehouse_ids=(place,), is_shared_from_source_shop=shared
        )
        (sku,) = self.world.list_product(shop, seller_sku, [new])
        self.world.edit_stock_by_hand(sku.sku_id, place, available=units)
        return sku

    def list_bundle(self, *parts: ListedSku) -> ListedSku:
        """List a virtual bundle of one of each part."""
        combined = tuple(CombinedSku(sku_id=part.sku_id, sku_count=1) for part in parts)
        new = NewSku(
            seller_sku="BUNDLE", warehouse_ids=(self.warehouses["alpha"],), combined_skus=combined
        )
        return self.world.list_product("alpha", "BUNDLE", [new])[0]

    def key(self, sku: ListedSku) -> StockKey:
        """Return where the SKU's stock is kept."""
        return sku.sku_id, self.warehouses[sku.shop]

    def shown(self, sku: ListedSku) -> int:
        """Return the quantity the listing shows."""
        return self.world.listing_quantity(*self.key(sku))

    def buy(self, sku: ListedSku, units: int = 1, *, paid: bool = False) -> Order:
        """Check out, and pay where asked to."""
        order = self.world.checkout(sku.shop, sku.sku_id, units)
        return self.world.pay(order.order_id) if paid else order

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str | None] | None = None,
        token: str | None = None,
    ) -> httpx.Request:
        """Return a signed request; a query value of None leaves that parameter out."""
        access = self.world.access("alpha")
        given: dict[str, str | None] = {
            "app_key": access.app_key,
            "timestamp": str(int(self.clock.now)),
            "shop_cipher": access.cipher,
            **(query or {}),
        }
        sent = {name: value for name, value in given.items() if value is not None}
        content = b"" if body is None else json.dumps(body).encode()
        sent.setdefault(
            "sign", sign(access.app_secret, path, sent.items(), "application/json", content)
        )
        all_headers = {
            "content-type": "application/json",
            "x-tts-access-token": token or access.access_token,
        }
        return httpx.Request(
            method, self.base + path, params=sent, content=content, headers=all_headers
        )

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        **query: str | None,
    ) -> httpx.Response:
        """Make a signed call."""
        return self.handle(self.request(method, path, body, query=query))

    def data(
        self,
        method: str,
        path: str,
        body: object = None,
        **query: str | None,
    ) -> Json:
        """Make a signed call that must succeed; returns what is under `data`."""
        answer = self.call(method, path, body, **query).json()
        assert answer["code"] == 0, answer
        data: Json = answer["data"]
        return data

    def write(self, sku: ListedSku, quantity: object, **fields: object) -> httpx.Response:
        """Send an inventory update for the SKU's one warehouse."""
        row = {"warehouse_id": self.warehouses[sku.shop], "quantity": quantity, **fields}
        return self.write_rows(sku, [row])

    def write_rows(self, sku: ListedSku, rows: object) -> httpx.Response:
        """Send an inventory update with these rows."""
        body = {"skus": [{"id": sku.sku_id, "inventory": rows}]}
        return self.call("POST", update_path(sku), body)


def update_path(sku: ListedSku) -> str:
    """Return the path of the inventory update for the SKU's product."""
    return f"/product/202309/products/{sku.product_id}/inventory/update"
