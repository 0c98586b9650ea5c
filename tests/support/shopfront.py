"""The whole program against the sandbox on a clock of its own: two shops, one shelf, no threads.

Time passes only when a test lets it, and work that is due is done in the order of the record,
so that every run of a test is the same.
"""

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx

from connectors.sandbox.api import make_api
from connectors.sandbox.faults import FaultPlan
from connectors.sandbox.merchandise import ListedSku, NewSku
from connectors.sandbox.orders import Order
from connectors.sandbox.shelf import Pool, Shelf
from connectors.sandbox.switches import SandboxSwitches
from connectors.sandbox.world import SandboxWorld
from connectors.store import listings, work_due, writes
from connectors.store.engine import reading
from connectors.store.listings import ListingRow
from reconciliation.catalog import ListingKey
from worker.bootstrap import build_services, close
from worker.dispatch import work_off
from worker.metrics.tally import Tally
from worker.scheduler import ask_for_rounds
from worker.services import Services
from worker.settings.model import Settings


SHOPS = ("alpha", "beta")
ITEM = "TEE"
START = 1_800_000_000.0
TICK_S = 0.1

ASSUMPTIONS = {
    "write_horizon_s": 8.0,
    "read_staleness_s": 0.2,
    "orders_lag_s": 0.5,
    "restock_horizon_s": 2.0,
    "clock_tolerance_s": 0.1,
}
SCHEDULE = {
    "orders_poll_s": 1.0,
    "orders_overlap_s": 30.0,
    "catalogue_refresh_s": 3_600.0,
    "inbox_scan_s": 0.5,
    "read_near_zero_s": 5.0,
    "sweep_s": 0.1,
}
GUARD = {"dwell_s_min": 2.0, "move_s_min": 4.0, "read_age_s_max": 10.0, "overlap": "strict"}
"""Each unit is promised once: what most tests can say beforehand. Others say how they overlap."""


class Shopfront:
    """A sandbox with one item in two shops, the program that guards it, and a clock."""

    def __init__(
        self,
        folder: Path,
        *,
        modes: tuple[str, str] = ("write", "write"),
        tokens_expire_in_s: float | None = None,
        mapping_file: Path | None = None,
        database_url: str = "",
        guard: Mapping[str, object] | None = None,
    ) -> None:
        """Open the shops and build the program; nothing is due yet."""
        self._guard = {**GUARD, **(guard or {})}
        self._mapping_file = mapping_file
        self._database_url = database_url or f"sqlite:///{folder / 'record.sqlite3'}"
        self._tokens_expire_in_s = tokens_expire_in_s
        self.now = START
        self.world = SandboxWorld(
            clock=lambda: self.now,
            rng=random.Random(7),
            switches=SandboxSwitches(orders_index_lag_s=0.3, restock_delay_s=0.5),
        )
        self.shelf = Shelf(self.world)
        self.pool = Pool(warehouse="EAST", item=ITEM)
        self.skus: dict[str, ListedSku] = {}
        self.warehouse_ids: dict[str, str] = {}
        for shop in SHOPS:
            self._open(shop)
        self.faults = FaultPlan.none()
        self.calls: list[str] = []
        self._folder = folder
        self._modes = dict(zip(SHOPS, modes, strict=True))
        self._files = 0
        self.services = self._build()

    def _open(self, shop: str) -> None:
        self.world.open_shop(shop)
        warehouse = self.world.add_warehouse(shop, "East", is_default=True)
        self.warehouse_ids[shop] = warehouse.warehouse_id
        new = NewSku(seller_sku=ITEM, warehouse_ids=(warehouse.warehouse_id,))
        (self.skus[shop],) = self.world.list_product(shop, "Tee", [new])
        self.world.edit_stock_by_hand(self.skus[shop].sku_id, warehouse.warehouse_id, available=0)
        self.shelf.map_listing(self.skus[shop].sku_id, warehouse.warehouse_id, {self.pool: 1})

    def _build(self) -> Services:
        api = make_api(self.world, self.faults)

        def handle(request: httpx.Request) -> httpx.Response:
            self.calls.append(request.url.path)
            return api(request)

        services = build_services(
            self._settings(),
            transport=httpx.MockTransport(handle),
            clock=lambda: self.now,
            sleep=self.pass_time,
            # What is miscounted must fail a test; in a program it is only logged.
            tally=Tally(strict=True),
        )
        # Calls in threads would be made in another order each time.
        return replace(services, calls_at_once=1)

    def _settings(self) -> Settings:
        return Settings.model_validate(
            {
                "data_dir": self._folder,
                "database_url": self._database_url,
                "tiktok": {
                    "app_key": self.world.app_key,
                    "app_secret": self.world.app_secret,
                    "api_url": "https://sandbox.test",
                    "auth_url": "https://sandbox.test",
                    "timeout_s": 5.0,
                },
                "shops": {shop: self._shop(shop) for shop in SHOPS},
                "partners": {"north": {}},
                "warehouses": {
                    "EAST": {
                        "partner": "north",
                        "tiktok_warehouse_ids": {s: [w] for s, w in self.warehouse_ids.items()},
                    }
                },
                "feeds": {
                    "east": {
                        "warehouse": "EAST",
                        "kind": "on_hand",
                        "settle_s": 0.0,
                        "sku_column": "sku",
                        "quantity_column": "quantity",
                        "as_of_column": "as_of",
                    }
                },
                "catalog": {"mapping_file": self._mapping_file},
                "guard": self._guard,
                "assumptions": ASSUMPTIONS,
                "schedule": SCHEDULE,
            }
        )

    def _shop(self, shop: str) -> dict[str, object]:
        access = self.world.access(shop)
        return {
            "mode": self._modes[shop],
            "cipher": access.cipher,
            "shop_id": access.shop_id,
            "access_token": access.access_token,
            "refresh_token": access.refresh_token,
            "access_expires_at": self._expiry(access.access_token_expires_at),
        }

    def _expiry(self, told: float) -> float:
        """Return when the configuration says that the tokens expire."""
        if self._tokens_expire_in_s is None:
            return told
        return START + self._tokens_expire_in_s

    # -- time -----------------------------------------------------------------------------

    def pass_time(self, seconds: float) -> None:
        """Let time pass without the program."""
        self.now += seconds
        with self.world.turn():
            pass

    def work(self, seconds: float) -> None:
        """Let time pass, and the program do what is due in it."""
        end = self.now + seconds
        while self.now < end:
            self.work_off_due()
            self.pass_time(TICK_S)

    def work_off_due(self) -> None:
        """Do everything that is due at this moment."""
        for _ in range(50):
            with reading(self.services.engine) as connection:
                due = work_due.due(connection, self.services.now(), most=50)
            if not due:
                return
            for queue, key in due:
                work_off(self.services, queue, key)

    def open_for_business(self, goods: int) -> None:
        """Stock the shelf, drop the first feed, and let the program come to rest."""
        self.shelf.receive(self.pool, goods)
        self.drop_feed(goods)
        ask_for_rounds(self.services)
        self.work(8.0)

    def restart(self) -> None:
        """Throw the program away and build it anew on the same record."""
        close(self.services)
        self.services = self._build()

    # -- the world ------------------------------------------------------------------------

    def drop_feed(self, units: int, *, as_of: float | None = None, sku: str = ITEM) -> None:
        """Put a file into the inbox that states a quantity as of now."""
        moment = self.now if as_of is None else as_of
        self.drop_file(f"sku,quantity,as_of\n{sku},{units},{iso(moment)}\n")

    def drop_file(self, text: str, name: str = "") -> None:
        """Put a file into the inbox."""
        self._files += 1
        inbox = self.services.inboxes["east"].home / "inbox"
        path = inbox / (name or f"feed-{self._files}.csv")
        path.write_text(text, encoding="utf-8")
        # The file system has the real time, this shopfront its own.
        os.utime(path, (self.now, self.now))

    def buy(self, shop: str, units: int = 1) -> Order:
        """Buy from a shop, as a shopper would."""
        return self.world.checkout(shop, self.skus[shop].sku_id, units)

    def shown(self) -> dict[str, int]:
        """Return what TikTok shows in each shop."""
        return {
            shop: self.world.listing_quantity(self.skus[shop].sku_id, self.warehouse_ids[shop])
            for shop in SHOPS
        }

    # -- the record -----------------------------------------------------------------------

    def key(self, shop: str) -> ListingKey:
        """Return the key of a shop's listing."""
        sku = self.skus[shop]
        return ListingKey(
            shop=shop,
            product_id=sku.product_id,
            sku_id=sku.sku_id,
            warehouse_id=self.warehouse_ids[shop],
        )

    def row(self, shop: str) -> ListingRow:
        """Return what the record holds of a shop's listing."""
        with reading(self.services.engine) as connection:
            return listings.load(connection, [self.key(shop)])[self.key(shop)]

    def open_writes(self) -> int:
        """Return how many writes may still change something."""
        with reading(self.services.engine) as connection:
            return writes.write_counts(connection).open

    def writes_made(self) -> int:
        """Return how many writes were ever intended."""
        with reading(self.services.engine) as connection:
            return writes.write_counts(connection).made


def iso(moment: float) -> str:
    """Return a moment in ISO 8601, UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


@contextmanager
def shopfront(
    folder: Path,
    *,
    modes: tuple[str, str] = ("write", "write"),
    tokens_expire_in_s: float | None = None,
    mapping_file: Path | None = None,
    database_url: str = "",
    guard: Mapping[str, object] | None = None,
) -> Iterator[Shopfront]:
    """Open a shopfront in a folder and close what it holds."""
    front = Shopfront(
        folder,
        modes=modes,
        tokens_expire_in_s=tokens_expire_in_s,
        mapping_file=mapping_file,
        database_url=database_url,
        guard=guard,
    )
    try:
        yield front
    finally:
        close(front.services)
