"""Whether what is nearly gone is read as often as the risk of a race is priced by.

Three shops of the sandbox share some items of which few are left, and the sandbox answers each
call after 0.3 s: reads have to overlap. Everything is in one process, the sandbox too.

Prints `reads_per_s`, of the shop that is read least often, beside `wanted_per_s`, how far apart
reads begin, and the `processor_share` of one core that all this takes.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from sqlalchemy import Engine

from connectors.sandbox.api import make_api
from connectors.sandbox.merchandise import NewSku
from connectors.sandbox.server import serve
from connectors.sandbox.world import SandboxWorld
from connectors.store import listings
from connectors.store.engine import reading
from reconciliation.quantities import Instant
from tests.support.fleet import wait_until
from worker.bootstrap import running_program
from worker.settings.model import Settings

from .latency_scene import WAREHOUSE, drop, feed, shop_settings


SHOPS = ("alpha", "beta", "gamma")
UNITS = 6
LATENCY_S = 0.3
SETTLE_S_MAX = 90.0


class Counted:
    """The sandbox, with the moments at which each shop's stock was asked for."""

    def __init__(self, world: SandboxWorld) -> None:
        """Count nothing yet."""
        self.began: defaultdict[str, list[float]] = defaultdict(list)
        self._api = make_api(world)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a call."""
        if request.url.path.endswith("/inventory/search"):
            self.began[request.url.params["shop_cipher"]].append(time.monotonic())
        return self._api(request)


def item(number: int) -> str:
    """Return the SKU of an item, which every shop lists."""
    return f"ITEM-{number:03}"


def build(items: int) -> tuple[SandboxWorld, dict[str, Any]]:
    """Open the shops, and return the settings of a guard for them."""
    world = SandboxWorld(clock=time.time, rng=random.Random(1))
    shops, warehouse_ids = {}, {}
    for name in SHOPS:
        world.open_shop(name)
        place = world.add_warehouse(name, "East", is_default=True).warehouse_id
        warehouse_ids[name] = [place]
        for number in range(items):
            sku = NewSku(seller_sku=item(number), warehouse_ids=(place,))
            world.list_product(name, item(number), [sku])
        shops[name] = shop_settings(world, name)
    return world, {
        "tiktok": {"app_key": world.app_key, "app_secret": world.app_secret},
        "shops": shops,
        "partners": {"partner": {}},
        "warehouses": {WAREHOUSE: {"partner": "partner", "tiktok_warehouse_ids": warehouse_ids}},
        "feeds": {"east": feed()},
        "guard": {
            "watched_s_min": 0.0,
            "pricing": "newsvendor",
            "cancellation_price": 10_000.0,
            "safety_units_max": 0,
        },
        "schedule": {"inbox_scan_s": 0.1},
        "web": {"port": 0},
        "metrics": {"port": 0},
    }


@contextmanager
def guarded(folder: Path, items: int) -> Iterator[tuple[Counted, Engine]]:
    """Run the program over the sandbox while the context lasts."""
    world, values = build(items)
    counted = Counted(world)
    with serve(counted, latency_s=LATENCY_S) as url:
        values["tiktok"] |= {"api_url": url, "auth_url": url}
        values |= {
            "data_dir": str(folder),
            "database_url": f"sqlite:///{folder / 'record.sqlite3'}",
        }
        with running_program(Settings.model_validate(values)) as program:
            yield counted, program.services.engine


def paces_s(engine: Engine) -> list[float]:
    """Return how often each of the listings is read that are read closely."""
    with reading(engine) as connection:
        due = listings.reads_due(connection, SHOPS, Instant(time.time() + 60.0))
    paces = (every_s for of_shop in due.values() for every_s in of_shop.values())
    return sorted(each for each in paces if each is not None)


def measured(items: int, seconds: float) -> dict[str, object]:
    """Run once and return the line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inbox = folder / "feeds" / "east" / "inbox"
        inbox.mkdir(parents=True)
        with guarded(folder, items) as (counted, engine):
            drop(inbox, "first.csv", {item(number): UNITS for number in range(items)})
            wait_until(lambda: len(paces_s(engine)) >= items * len(SHOPS), SETTLE_S_MAX)
            time.sleep(5.0)
            since, used = time.monotonic(), time.process_time()
            time.sleep(seconds)
            used_s = time.process_time() - used
            reads = {
                shop: [each for each in began if each >= since]
                for shop, began in counted.began.items()
            }
            every_s = paces_s(engine)[0]
    gaps = sorted(
        later - sooner for began in reads.values() for sooner, later in pairwise(sorted(began))
    )
    return {
        "bench": "close_reads",
        "items": items,
        "shops": len(SHOPS),
        "wanted_per_s": round(1.0 / every_s, 2),
        "reads_per_s": round(min(len(began) for began in reads.values()) / seconds, 2),
        "gap_p50_s": round(median(gaps), 3),
        "gap_p99_s": round(gaps[int(len(gaps) * 0.99)], 3),
        "processor_share": round(used_s / seconds, 2),
    }


def main() -> int:
    """Print a line for each number of items."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--items", type=int, action="append")
    asked = parser.parse_args()
    for items in asked.items or [5, 50]:
        sys.stdout.write(json.dumps(measured(items, asked.seconds)) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
