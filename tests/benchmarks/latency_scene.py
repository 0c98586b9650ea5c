"""The scene of the latency benchmark: ten sandbox shops in a process of their own, and a partner.

Run as a module it serves the sandbox and prints, as one line of JSON, the settings of a guard for
it; it ends when its standard input does.
"""

import json
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from connectors.sandbox.api import make_api
from connectors.sandbox.merchandise import NewSku
from connectors.sandbox.server import serve
from connectors.sandbox.switches import SandboxSwitches
from connectors.sandbox.world import SandboxWorld


SHOPS = 10
ITEMS_PER_SHOP = 50
CHANGES_PER_S = 50
UNITS = 100
LATENCY_S = 0.02
WAREHOUSE = "EAST"


def item(shop: int, number: int) -> str:
    """Return the SKU of an item, which one shop lists."""
    return f"ITEM-{shop:02}-{number:02}"


def items() -> list[str]:
    """Return all items, so that neighbours are of different shops."""
    return [item(shop, number) for number in range(ITEMS_PER_SHOP) for shop in range(SHOPS)]


def build() -> tuple[SandboxWorld, dict[str, object]]:
    """Open the shops, list everything at 0, and return the settings of a guard for them."""
    switches = SandboxSwitches(orders_index_lag_s=0.3, restock_delay_s=0.3)
    world = SandboxWorld(clock=time.time, rng=random.Random(1), switches=switches)
    shops, warehouse_ids = {}, {}
    for shop in range(SHOPS):
        name = f"shop-{shop:02}"
        world.open_shop(name)
        place = world.add_warehouse(name, "East", is_default=True).warehouse_id
        warehouse_ids[name] = [place]
        for number in range(ITEMS_PER_SHOP):
            sku = NewSku(seller_sku=item(shop, number), warehouse_ids=(place,))
            (listed,) = world.list_product(name, item(shop, number), [sku])
            world.edit_stock_by_hand(listed.sku_id, place, available=0)
        shops[name] = shop_settings(world, name)
    return world, {
        "tiktok": {"app_key": world.app_key, "app_secret": world.app_secret},
        "shops": shops,
        "partners": {"partner": {}},
        "warehouses": {
            WAREHOUSE: {"partner": "partner", "tiktok_warehouse_ids": warehouse_ids},
        },
        "feeds": {"east": feed()},
        # Nothing is held back for decline: that all units come and go unexplained is the point.
        "guard": {"dwell_s_min": 2.0, "resumes_per_hour_max": 1_000, "safety_units_max": 0},
        "assumptions": {
            "write_horizon_s": 4.0,
            "read_staleness_s": 0.1,
            "orders_lag_s": 0.4,
            "restock_horizon_s": 0.5,
            "clock_tolerance_s": 0.1,
        },
        "schedule": {"orders_poll_s": 5.0, "orders_overlap_s": 15.0, "inbox_scan_s": 0.05},
    }


def shop_settings(world: SandboxWorld, name: str) -> dict[str, object]:
    """Return the settings of a guard that writes to a shop of the sandbox."""
    access = world.access(name)
    return {
        "mode": "write",
        "shop_id": access.shop_id,
        "cipher": access.cipher,
        "access_token": access.access_token,
        "refresh_token": access.refresh_token,
        "access_expires_at": access.access_token_expires_at,
    }


def feed() -> dict[str, object]:
    """Return a feed whose files hold only what changed, and are not judged by that."""
    return {
        "warehouse": WAREHOUSE,
        "kind": "on_hand",
        "settle_s": 0.0,
        "sku_column": "sku",
        "quantity_column": "quantity",
        "as_of_column": "as_of",
        "gate": {"kept_share_min": 0.0, "zeroed_share_max": 1.0},
    }


def drop(inbox: Path, name: str, quantities: dict[str, int]) -> None:
    """Put a file into the inbox, whole or not at all."""
    as_of = datetime.fromtimestamp(time.time(), UTC).isoformat()
    rows = [f"{sku},{units},{as_of}" for sku, units in quantities.items()]
    hidden = inbox / f".{name}.part"
    hidden.write_text("\n".join(["sku,quantity,as_of", *rows, ""]), encoding="utf-8")
    hidden.rename(inbox / name)


def main() -> int:
    """Serve the sandbox until nobody listens any more."""
    world, values = build()
    with serve(make_api(world), latency_s=LATENCY_S) as url:
        values["tiktok"] |= {"api_url": url, "auth_url": url}  # type: ignore[operator]  # a table
        sys.stdout.write(json.dumps(values) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
