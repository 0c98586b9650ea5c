"""How long a scrape takes with 100,000 listings, each of goods of its own."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from connectors.store import pool_stocks
from connectors.store.engine import writing
from connectors.store.pool_stocks import PoolStock
from connectors.store.tables import LISTINGS, RECIPE_LINES
from tests.support.monitoring import ask
from worker.bootstrap import build_services, close
from worker.metrics.endpoints import monitoring_app
from worker.metrics.readings import record_groups
from worker.settings.model import Settings


COUNT = 100_000
AT_ONCE = 10_000
WAREHOUSES = ("EAST", "WEST")


def settings(folder: Path) -> Settings:
    """Return a configuration with one shop and two warehouses."""
    return Settings.model_validate(
        {
            "data_dir": folder,
            "tiktok": {"app_key": "bench-key", "app_secret": "bench-secret"},
            "shops": {"alpha": {"cipher": "cipher", "access_token": "bench-token"}},
            "partners": {"north": {}},
            "warehouses": {code: {"partner": "north"} for code in WAREHOUSES},
        }
    )


def decision(pool: str) -> dict[str, Any]:
    """Return a decision on a listing of one pool, with terms as many and as long as real ones."""
    terms = ("snapshot", "committed", "departed", "missing", "returned", "held", "safety")
    units = {f"{name}_units": 3 for name in (*terms, "ats", "sellable", "slack")}
    exposure = dict.fromkeys(("total", "shown", "unsettled", "restock", "doubt"), 3)
    return {
        "state": "open",
        "staleness": "fresh",
        "cap_rule": "what may be sold, less what is promised",
        "reason": "nothing to write: it shows what it may show at present",
        "exposure": {f"{name}_units": count for name, count in exposure.items()},
        **{f"{name}_units": 3 for name in ("supply", "cap", "target", "shown", "write")},
        "recipe": [{"units": 1, "pool": pool, "as_of": 1_800_000_000.0, "known": True, **units}],
    }


def rows(start: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield listings with the line of their recipe."""
    for number in range(start, start + AT_ONCE):
        warehouse, sku = WAREHOUSES[number % len(WAREHOUSES)], f"SKU-{number:06d}"
        place = {"product_id": f"17{number:016d}", "sku_id": f"18{number:016d}"}
        key = {"shop": "alpha", **place, "warehouse_id": "7000000000000000001"}
        names = {"seller_sku": sku, "title": "A shirt " * 10, "product_status": "ACTIVATE"}
        listing = {**key, **names, "decision": decision(f"{warehouse}/{sku}")}
        yield listing, {**key, "warehouse": warehouse, "sku": sku, "units": 1}


def fill(engine: Engine) -> None:
    """Store the listings."""
    for start in range(0, COUNT, AT_ONCE):
        found, lines = zip(*rows(start), strict=True)
        with writing(engine) as connection:
            connection.execute(LISTINGS.insert(), list(found))
            connection.execute(RECIPE_LINES.insert(), list(lines))
            pool_stocks.save(connection, [stock(line) for line in lines])


def stock(line: dict[str, Any]) -> PoolStock:
    """Return the stock of a line's pool, three units of everything."""
    return PoolStock(
        warehouse=line["warehouse"],
        sku=line["sku"],
        ats_units=3,
        committed_units=3,
        set_aside_units=3,
        safety_units=3,
        exposure_units=3,
    )


def main() -> int:
    """Print how long each group takes to read, and a scrape of what is kept."""
    with tempfile.TemporaryDirectory() as folder:
        services = build_services(settings(Path(folder)))
        fill(services.engine)
        line: dict[str, str | float] = {"bench": "metrics", "listings": COUNT}
        for group in record_groups():
            began = time.perf_counter()
            group.read(services, services.now())
            line[f"{group.name}_s"] = round(time.perf_counter() - began, 3)
        app = monitoring_app(services)
        ask(app, "/metrics")
        began = time.perf_counter()
        ask(app, "/metrics")
        line["kept_scrape_s"] = round(time.perf_counter() - began, 3)
        close(services)
    sys.stdout.write(json.dumps(line) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
