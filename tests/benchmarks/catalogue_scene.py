"""A catalogue of any size in a record: pools, listings in up to three shops, reads, and orders.

One pool in ten is sold in three shops, the others in one of them. One in ten has an open order,
and one in ten shows nothing yet. Nothing was decided so far, so that every decision is kept.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine

from connectors.store import work
from connectors.store.engine import insert_many, writing
from connectors.store.tables import (
    LINE_PARTS,
    LISTINGS,
    ORDER_LINES,
    POOLS,
    RECIPE_LINES,
    SHOPS,
)
from reconciliation.orders import LineState
from reconciliation.quantities import Instant
from worker.queues import PLAN


SHOP_NAMES = ("north", "south", "west")
WAREHOUSE = "EAST"
POOLS_AT_ONCE = 10_000
UNITS = 50
READ_AGE_S = 5.0
ORDERED_AT, MOVES_AT = 3, 7
"""The last digits of the items that have an open order, and of those that have to be raised."""


def values() -> dict[str, Any]:
    """Return the settings of a guard for it."""
    return {
        "tiktok": {"app_key": "key", "app_secret": "secret"},
        "shops": {
            name: {"mode": "write", "shop_id": name, "cipher": name, "access_token": name}
            for name in SHOP_NAMES
        },
        "partners": {"partner": {}},
        "warehouses": {
            WAREHOUSE: {
                "partner": "partner",
                "tiktok_warehouse_ids": {name: ["w"] for name in SHOP_NAMES},
            }
        },
        "feeds": {
            "east": {
                "warehouse": WAREHOUSE,
                "kind": "on_hand",
                "sku_column": "sku",
                "quantity_column": "quantity",
                "as_of_column": "as_of",
            }
        },
    }


def fill(engine: Engine, pools: int, now: Instant) -> None:
    """Store a catalogue of so many pools, and ask for a decision on each."""
    with writing(engine) as connection:
        shops = [{"shop": name, "complete_up_to": now, "polled_up_to": now} for name in SHOP_NAMES]
        insert_many(connection, SHOPS, shops)
    for first in range(0, pools, POOLS_AT_ONCE):
        numbers = range(first, min(first + POOLS_AT_ONCE, pools))
        with writing(engine) as connection:
            _store(connection, numbers, now)
            keys = [f"{WAREHOUSE}/{_sku(number)}" for number in numbers]
            work.ask(connection, PLAN, keys, due_at=now)


def _store(connection: Connection, numbers: range, now: Instant) -> None:
    listed = [(number, shop) for number in numbers for shop in _shops_of(number)]
    ordered = [number for number in numbers if number % 10 == ORDERED_AT]
    insert_many(connection, POOLS, [_pool(number, now) for number in numbers])
    insert_many(connection, LISTINGS, [_listing(number, shop, now) for number, shop in listed])
    insert_many(connection, RECIPE_LINES, [_recipe(number, shop) for number, shop in listed])
    insert_many(connection, ORDER_LINES, [_line(number, now) for number in ordered])
    insert_many(connection, LINE_PARTS, [_part(number) for number in ordered])


def _sku(number: int) -> str:
    return f"SKU-{number:07}"


def _shops_of(number: int) -> Iterator[str]:
    yield from SHOP_NAMES if number % 10 == 0 else SHOP_NAMES[number % 3 :][:1]


def _key(number: int, shop: str) -> dict[str, str]:
    return {"shop": shop, "product_id": f"P{number}", "sku_id": f"S{number}", "warehouse_id": "w"}


def _pool(number: int, now: Instant) -> dict[str, Any]:
    return {
        "warehouse": WAREHOUSE,
        "sku": _sku(number),
        "feed": "east",
        "delivery_id": 1,
        "snapshot_units": number % UNITS,
        "as_of": now - 600.0,
    }


def _listing(number: int, shop: str, now: Instant) -> dict[str, Any]:
    units = _shown(number)
    return {
        **_key(number, shop),
        "seller_sku": _sku(number),
        "title": _sku(number),
        "product_status": "ACTIVATE",
        "read_units": units,
        "read_began_at": now - READ_AGE_S - 0.5,
        "read_finished_at": now - READ_AGE_S,
        "shown_units": units,
        "doubts": [],
    }


def _shown(number: int) -> int:
    """Return what a listing shows: about its share, but for one item in ten."""
    if number % 10 == MOVES_AT:
        return 0
    return number % UNITS * 95 // 100 // len(list(_shops_of(number)))


def _recipe(number: int, shop: str) -> dict[str, Any]:
    return {**_key(number, shop), "warehouse": WAREHOUSE, "sku": _sku(number), "units": 1}


def _order(number: int) -> dict[str, str]:
    (shop, *_) = _shops_of(number)
    return {"shop": shop, "order_id": f"O{number}", "line_id": "1"}


def _line(number: int, now: Instant) -> dict[str, Any]:
    return {
        **_order(number),
        "package_id": "",
        "warehouse_id": "w",
        "status": "AWAITING_SHIPMENT",
        "state": LineState.RELEASED.value,
        "placed_at": now - 3_600.0,
        "updated_at": now - 3_000.0,
        "released_at": now - 3_000.0,
        "recorded_at": now - 3_500.0,
    }


def _part(number: int) -> dict[str, Any]:
    return {**_order(number), "sku_id": f"S{number}", "warehouse_id": "w", "units": 1}
