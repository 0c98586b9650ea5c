"""A shop to command: a sandbox with two shops and one warehouse, a configuration, and a runner.

The clock moves only when the program sleeps, so a reconcile of two minutes takes none.
"""

import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from typer.testing import CliRunner

from connectors.sandbox.api import make_api
from connectors.sandbox.faults import FaultPlan
from connectors.sandbox.feed_files import feed_bytes
from connectors.sandbox.merchandise import ListedSku, NewSku
from connectors.sandbox.world import SandboxWorld, WorldSnapshot
from worker.bootstrap import build_services, close
from worker.cli.desk import Seams
from worker.cli.program import app
from worker.services import Services
from worker.settings.loading import load_settings


NOON = 1_700_000_000.0
SHOPS = ("alpha", "beta")

CONFIG = """
data_dir = "var"

[tiktok]
app_key = { env = "APP_KEY" }
app_secret = { env = "APP_SECRET" }

[partners.lumen]

[warehouses.EAST]
partner = "lumen"
tiktok_warehouse_ids = { alpha = ["@alpha@"], beta = ["@beta@"] }

[feeds.east]
warehouse = "EAST"
kind = "on_hand"
sku_column = "sku"
quantity_column = "quantity"
as_of_column = "as_of"
"""

SHOP = """
[shops.{name}]
mode = "{mode}"
cipher = "{cipher}"
access_token = {{ env = "TOKEN_{upper}" }}
"""


class SleepClock:
    """A clock that moves by sleeping alone."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        """Return the moment it shows."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one command said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:  # noqa: ANN401 - whatever the command answers
        """Return standard output as the one JSON document that it must be."""
        return json.loads(self.out)


@dataclass(slots=True)
class Rig:
    """The sandbox, the configuration in `folder`, and a way to command."""

    folder: Path
    modes: Mapping[str, str] = field(default_factory=dict)
    clock: SleepClock = field(default_factory=SleepClock)
    faults: FaultPlan = field(default_factory=FaultPlan.none)
    world: SandboxWorld = field(init=False)
    places: dict[str, str] = field(init=False, default_factory=dict)
    environ: dict[str, str] = field(
        init=False,
        # Each unit is promised once: what most tests can say beforehand.
        default_factory=lambda: {"OVERSELL_GUARD_GUARD__OVERLAP": "strict"},
    )

    def __post_init__(self) -> None:
        """Open the shops and write the configuration."""
        self.world = SandboxWorld(clock=self.clock, rng=random.Random(7))
        for shop in SHOPS:
            self.world.open_shop(shop)
            self.places[shop] = self.world.add_warehouse(shop, "East").warehouse_id
        access = self.world.access(SHOPS[0])
        self.environ |= {"APP_KEY": access.app_key, "APP_SECRET": access.app_secret}
        self.config.write_text(self._config())

    @property
    def config(self) -> Path:
        """Return where the configuration is."""
        return self.folder / "guard.toml"

    def _config(self) -> str:
        text = CONFIG
        for shop in SHOPS:
            access = self.world.access(shop)
            self.environ[f"TOKEN_{shop.upper()}"] = access.access_token
            text = text.replace(f"@{shop}@", self.places[shop])
            mode = self.modes.get(shop, "write")
            text += SHOP.format(name=shop, upper=shop.upper(), cipher=access.cipher, mode=mode)
        return text

    def configure(self, text: str) -> None:
        """Add tables to the configuration."""
        self.config.write_text(self.config.read_text() + text)

    def list_sku(
        self, seller_sku: str = "LAMP", *, shop: str = "alpha", units: int = 0
    ) -> ListedSku:
        """List a product of one SKU that shows `units`."""
        place = self.places[shop]
        new = NewSku(seller_sku=seller_sku, warehouse_ids=(place,))
        (sku,) = self.world.list_product(shop, seller_sku, [new])
        self.world.edit_stock_by_hand(sku.sku_id, place, available=units)
        return sku

    def shown(self, sku: ListedSku) -> int:
        """Return the quantity that a listing shows."""
        return self.world.listing_quantity(sku.sku_id, self.places[sku.shop])

    def feed_file(self, name: str = "stock.csv", /, **units: int) -> Path:
        """Write a partner's file that states these units, as of a minute ago."""
        path = self.folder / name
        path.write_bytes(feed_bytes(units, self.clock.now - 60.0))
        return path

    def take_in(self, **units: int) -> None:
        """Have a feed taken that states these units."""
        path = self.feed_file(f"stock-{self.clock.now:.0f}.csv", **units)
        answer = self.run("ingest", str(path), "--feed", "east")
        assert answer.code == 0, answer

    @property
    def transport(self) -> httpx.MockTransport:
        """Return the way to the sandbox."""
        return httpx.MockTransport(make_api(self.world, self.faults))

    @contextmanager
    def services(self) -> Iterator[Services]:
        """Yield what a command works with."""
        settings = load_settings(self.config, self.environ)
        services = build_services(
            settings, transport=self.transport, clock=self.clock, sleep=self.clock.sleep
        )
        yield services
        close(services)

    def look(self) -> WorldSnapshot:
        """Return everything that a command could have changed on TikTok."""
        return self.world.snapshot()

    def run(self, *words: str, config: Path | None = None) -> Answer:
        """Give one command."""
        seams = Seams(
            transport=self.transport,
            clock=self.clock,
            sleep=self.clock.sleep,
            environ=self.environ,
        )
        words = ("--config", str(config or self.config), *words)
        result = CliRunner().invoke(app, list(words), obj=seams)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(code=result.exit_code, out=result.stdout, err=result.stderr)
