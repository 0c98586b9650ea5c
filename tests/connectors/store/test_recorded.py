"""What the store has kept of sales and feeds, told by pool for a replay."""

from sqlalchemy import Connection, Engine, insert

from connectors.store import catalog, orders
from connectors.store.engine import reading, writing
from connectors.store.recorded import recorded_figures, recorded_sales
from connectors.store.tables import DELIVERIES, SNAPSHOT_LINES
from reconciliation.catalog import Ingredient, Listing, ListingKey, ListingSeen, PoolKey
from reconciliation.orders import LineSeen
from reconciliation.quantities import Instant, Sku


TEE = PoolKey(warehouse="EAST", sku=Sku("TEE"))
MUG = PoolKey(warehouse="EAST", sku=Sku("MUG"))


def list_bundle(connection: Connection) -> None:
    """Store one listing that takes two tees and a mug."""
    key = ListingKey(shop="a", product_id="p1", sku_id="s1", warehouse_id="w1")
    catalog.record_listings(connection, [ListingSeen(key=key, seller_sku="SET")])
    recipe = (Ingredient(pool=TEE, units=2), Ingredient(pool=MUG, units=1))
    catalog.set_recipe(connection, Listing(key=key, seller_sku="SET", recipe=recipe))


def line(line_id: str, *, order_id: str = "o", placed_at: float = 500.0) -> LineSeen:
    """One unit of the bundle."""
    return LineSeen(
        shop="a",
        order_id=order_id,
        line_id=line_id,
        sku_id="s1",
        warehouse_id="w1",
        status="UNPAID",
        placed_at=Instant(placed_at),
        updated_at=Instant(placed_at),
    )


def test_an_order_is_told_once_for_each_pool(engine: Engine) -> None:
    """Its lines are units, and a bundle takes from two pools."""
    with writing(engine) as connection:
        list_bundle(connection)
        orders.record_lines(connection, [line("1"), line("2")], now=Instant(600.0))

    with reading(engine) as connection:
        sales = list(recorded_sales(connection))

    assert [(sale.order_id, sale.pool, sale.units) for sale in sales] == [
        ("a/o", MUG, 2),
        ("a/o", TEE, 4),
    ]


def test_sales_are_told_in_the_order_of_their_placing(engine: Engine) -> None:
    """However they were recorded."""
    looks = [
        line("1", order_id="late", placed_at=900.0),
        line("2", order_id="early", placed_at=100.0),
    ]
    with writing(engine) as connection:
        list_bundle(connection)
        orders.record_lines(connection, looks, now=Instant(1_000.0))

    with reading(engine) as connection:
        sales = list(recorded_sales(connection))

    assert [sale.order_id for sale in sales] == ["a/early", "a/early", "a/late", "a/late"]


def test_figures_are_told_with_their_arrival(engine: Engine) -> None:
    """What a file stated, as of when, and when it came."""
    with writing(engine) as connection:
        connection.execute(
            insert(DELIVERIES).values(
                id=7,
                feed="east",
                file_name="stock.csv",
                sha256="0",
                arrived_at=700.0,
                verdict="accepted",
                reasons=[],
            )
        )
        connection.execute(
            insert(SNAPSHOT_LINES).values(
                delivery_id=7, sku="TEE", warehouse="EAST", units=9, as_of=600.0
            )
        )

    with reading(engine) as connection:
        (figure,) = recorded_figures(connection)

    assert (figure.pool, figure.units, figure.as_of, figure.arrived_at) == (TEE, 9, 600.0, 700.0)
