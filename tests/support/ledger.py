"""Orders in the record, with only the fields that a test is about."""

from sqlalchemy import Connection

from connectors.store import catalog, orders
from reconciliation.catalog import Ingredient, Listing, ListingKey, ListingSeen, PoolKey
from reconciliation.orders import LineSeen
from reconciliation.quantities import Instant, Sku


TEE = PoolKey(warehouse="EAST", sku=Sku("TEE"))
MUG = PoolKey(warehouse="EAST", sku=Sku("MUG"))


def list_set(connection: Connection) -> None:
    """Store one listing that takes two tees and a mug."""
    key = ListingKey(shop="a", product_id="p1", sku_id="s1", warehouse_id="w1")
    catalog.record_listings(connection, [ListingSeen(key=key, seller_sku="SET")])
    recipe = (Ingredient(pool=TEE, units=2), Ingredient(pool=MUG, units=1))
    catalog.set_recipe(connection, Listing(key=key, seller_sku="SET", recipe=recipe))


def record_line(connection: Connection, status: str, *, now: Instant, **fields: object) -> None:
    """Record one line of the order `o`, for one of the SKU `s1`; `fields` say when, and more."""
    seen = {
        "shop": "a",
        "order_id": "o",
        "line_id": "1",
        "sku_id": "s1",
        "warehouse_id": "w1",
        "status": status,
        **fields,
    }
    look = LineSeen(**seen)  # type: ignore[arg-type]  # a builder: each test names its fields
    orders.record_lines(connection, [look], now=now)
