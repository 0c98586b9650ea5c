"""How long the risk report takes with 100,000 listings of 50,000 goods in two shops.

Each shop has 150,000 order lines in the window over which TikTok counts; one good in twelve was
sold of late, one in a hundred is short of a unit.
"""

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from connectors.store import declines, pool_stocks
from connectors.store.demand import BURST_COLUMNS, SIZE_COLUMNS
from connectors.store.engine import writing
from connectors.store.pool_stocks import PoolStock
from connectors.store.tables import (
    DELIVERIES,
    LINE_PARTS,
    LISTING_DEMAND,
    LISTINGS,
    ORDER_LINES,
    POOLS,
    RECIPE_LINES,
)
from reconciliation.decline import DeclineHistory
from reconciliation.quantities import Sku
from tests.benchmarks.bench_metrics import decision
from worker.bootstrap import build_services, close
from worker.reports.risk import risk
from worker.services import Services
from worker.settings.model import Settings


POOL_COUNT = 50_000
LINES_A_SHOP = 150_000
AT_ONCE = 10_000
SHOPS = ("alpha", "beta")
DAY_S = 86_400.0
LOOKS = 30.0
SOLD_EVERY, SHORT_EVERY = 12, 100


def settings(folder: Path) -> Settings:
    """Return a configuration with two shops and one feed a day."""
    ids = dict.fromkeys(SHOPS, ("7",))
    return Settings.model_validate(
        {
            "data_dir": folder,
            "tiktok": {"app_key": "bench-key", "app_secret": "bench-secret"},
            "shops": {name: {"cipher": name, "access_token": "bench-token"} for name in SHOPS},
            "partners": {"north": {}},
            "warehouses": {"EAST": {"partner": "north", "tiktok_warehouse_ids": ids}},
            "feeds": {
                "east": {
                    "warehouse": "EAST",
                    "kind": "on_hand",
                    "expected_every_s": DAY_S,
                    "sku_column": "sku",
                    "quantity_column": "units",
                    "as_of_lag_s": 0.0,
                }
            },
        }
    )


def main() -> int:
    """Print how long the report takes, the first time and again."""
    with tempfile.TemporaryDirectory() as folder:
        services = build_services(settings(Path(folder)))
        fill(services, random.Random(1))
        line: dict[str, str | float] = {"bench": "risk", "listings": POOL_COUNT * len(SHOPS)}
        for name in ("first", "again"):
            began = time.process_time()
            report = risk(services)
            line[f"{name}_s"] = round(time.process_time() - began, 3)
        line["items"] = len(report.items)
        close(services)
    sys.stdout.write(json.dumps(line) + "\n")
    return 0


def fill(services: Services, rng: random.Random) -> None:
    """Store goods, listings, what was learned of both, and orders."""
    now = services.now()
    engine: Engine = services.engine
    with writing(engine) as connection:
        connection.execute(
            DELIVERIES.insert(),
            {
                "id": 1,
                "feed": "east",
                "file_name": "east.csv",
                "sha256": "0",
                "arrived_at": now - DAY_S / 4,
                "as_of": now - DAY_S / 4,
                "verdict": "accepted",
                "reasons": [],
            },
        )
    for start in range(0, POOL_COUNT, AT_ONCE):
        with writing(engine) as connection:
            numbers = range(start, start + AT_ONCE)
            units = {number: rng.choice((1, 2, 3, 5, 8, 20, 60, 200)) for number in numbers}
            connection.execute(POOLS.insert(), [_pool(n, units[n], now) for n in numbers])
            found = [(shop, n) for n in numbers for shop in SHOPS]
            connection.execute(LISTINGS.insert(), [_listing(s, n, units[n]) for s, n in found])
            connection.execute(RECIPE_LINES.insert(), [_recipe(s, n) for s, n in found])
            sold = [_demand(s, n, now, rng) for s, n in found if n % SOLD_EVERY == 0]
            connection.execute(LISTING_DEMAND.insert(), sold)
            pool_stocks.save(connection, [_stock(n, units[n]) for n in numbers])
            declines.save(connection, "EAST", {_sku(n): _history(rng) for n in numbers})
            declines.sum_up(connection, "EAST")
    for shop in SHOPS:
        for start in range(0, LINES_A_SHOP, AT_ONCE):
            lines = list(_lines(shop, start, now, rng))
            with writing(engine) as connection:
                connection.execute(ORDER_LINES.insert(), [line for line, _ in lines])
                connection.execute(LINE_PARTS.insert(), [part for _, part in lines])


def _sku(number: int) -> Sku:
    return Sku(f"SKU-{number:06d}")


def _key(shop: str, number: int) -> dict[str, str]:
    place = {"product_id": f"17{number:016d}", "sku_id": f"18{number:016d}"}
    return {"shop": shop, **place, "warehouse_id": "7"}


def _pool(number: int, units: int, now: float) -> dict[str, Any]:
    place = {"warehouse": "EAST", "sku": _sku(number), "feed": "east", "delivery_id": 1}
    return {**place, "snapshot_units": units, "as_of": now - DAY_S / 4}


def _stock(number: int, units: int) -> PoolStock:
    short = number % SHORT_EVERY == 0
    return PoolStock(
        warehouse="EAST",
        sku=_sku(number),
        ats_units=-1 if short else units,
        committed_units=1,
        set_aside_units=0,
        safety_units=0,
        exposure_units=0 if short else units // 2 * len(SHOPS),
    )


def _listing(shop: str, number: int, units: int) -> dict[str, Any]:
    made = decision(f"EAST/{_sku(number)}")
    short = number % SHORT_EVERY == 0
    stock = {"ats_units": -1 if short else units, "sellable_units": 0 if short else units}
    safety = {"floor_units": 0, "percent_units": 0, "decline_units": 0, "rule": "floor"}
    made["recipe"][0] |= {**stock, "safety_units": 0, "safety": safety, "committed_units": 1}
    names = {"seller_sku": _sku(number), "title": "A shirt", "product_status": "ACTIVATE"}
    shown = 0 if short else units // 2
    return {**_key(shop, number), **names, "shown_units": shown, "decision": made}


def _recipe(shop: str, number: int) -> dict[str, Any]:
    return {**_key(shop, number), "warehouse": "EAST", "sku": _sku(number), "units": 1}


def _demand(shop: str, number: int, now: float, rng: random.Random) -> dict[str, Any]:
    orders = dict.fromkeys(SIZE_COLUMNS, 0.0) | {SIZE_COLUMNS[0]: rng.expovariate(0.2)}
    bursts = dict.fromkeys(BURST_COLUMNS, 0.0)
    seen = {"since": now - 60 * DAY_S, "updated_at": now - DAY_S, "is_on_sale": True}
    return {**_key(shop, number), **seen, "on_sale_s": 15 * DAY_S, **orders, **bursts}


def _history(rng: random.Random) -> DeclineHistory:
    went = rng.random() < 0.1
    sums = {each.name: 0.0 for each in fields(DeclineHistory)}
    sums |= {"looks": LOOKS, "intervals": LOOKS, "watched_hours": LOOKS * 24.0}
    sums |= {"hours": LOOKS * 24.0, "hours_squared": LOOKS * 576.0, "pending_units": 0}
    if went:
        sums |= {"units": 1.0, "declines": 1.0, "units_squared": 1.0, "units_by_hours": 24.0}
    return DeclineHistory(**sums)  # type: ignore[arg-type]  # a builder: all are numbers


def _lines(
    shop: str, start: int, now: float, rng: random.Random
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for number in range(start, start + AT_ONCE):
        age_s = (1.0 - number / LINES_A_SHOP) * 30 * DAY_S
        good = rng.randrange(POOL_COUNT)
        line = {"shop": shop, "order_id": f"{number}", "line_id": "1"}
        departed = age_s > 2 * DAY_S and good % SHORT_EVERY != 0
        state = {
            "status": "COMPLETED" if departed else "AWAITING_SHIPMENT",
            "state": "departed" if departed else "released",
        }
        seen = {"placed_at": now - age_s, "updated_at": now - age_s, "recorded_at": now - age_s}
        due = {"shipping_due_at": now - age_s + 3 * DAY_S, "package_id": "", "warehouse_id": "7"}
        sku_id = _key(shop, good)["sku_id"]
        yield (
            {**line, **state, **seen, **due},
            {**line, "sku_id": sku_id, "warehouse_id": "7", "units": 1},
        )


if __name__ == "__main__":
    raise SystemExit(main())
