"""The walk over all pools: each once, whatever the pages, beside what may be sold of it."""

from dataclasses import replace

from sqlalchemy import Connection, Engine

from connectors.store import catalog, intake, pool_stocks, stocktake
from connectors.store.engine import writing
from connectors.store.intake import Delivery
from connectors.store.pool_stocks import PoolStock
from connectors.store.stocktake import PAGE_POOLS
from reconciliation.catalog import Ingredient, Listing, ListingKey, ListingSeen, PoolKey
from reconciliation.feed import FeedRow
from reconciliation.quantities import Instant, Sku


def feed(connection: Connection, warehouse: str, skus: list[str], arrived_at: float) -> None:
    """Put a file in force that states one unit of each SKU."""
    delivery = Delivery(
        feed=warehouse.lower(),
        file_name="stock.csv",
        sha256="0",
        arrived_at=Instant(arrived_at),
        as_of=Instant(arrived_at),
        verdict="accept",
        reasons=(),
        rows_accepted=len(skus),
        rows_refused=0,
    )
    stated = [FeedRow(sku=Sku(sku), units=1, as_of=Instant(arrived_at), row=1) for sku in skus]
    number = intake.record_delivery(connection, delivery)
    intake.put_in_force(
        connection, number, feed=warehouse.lower(), warehouse=warehouse, stated=stated
    )


def decided(
    connection: Connection, warehouse: str, skus: list[str], *, known: bool = True
) -> None:
    """Keep a decision on each SKU's pool."""
    stock = PoolStock(
        warehouse=warehouse,
        sku="",
        known=known,
        ats_units=1,
        committed_units=0,
        set_aside_units=0,
        safety_units=0,
        exposure_units=0,
    )
    pool_stocks.save(connection, [replace(stock, sku=sku) for sku in skus])


def test_every_pool_is_met_once(engine: Engine) -> None:
    """Two pages and one pool of each of two warehouses, which share their SKUs."""
    skus = [f"SKU-{number:05}" for number in range(PAGE_POOLS + 1)]
    with writing(engine) as connection:
        for warehouse in ("EAST", "WEST"):
            feed(connection, warehouse, skus, 10.0)
            decided(connection, warehouse, skus)
        pages = list(stocktake.pool_pages(connection))

    met = [pool.key for page in pages for pool in page]
    assert len(pages) == 3
    assert met == [
        PoolKey(warehouse=warehouse, sku=Sku(sku))
        for warehouse in ("EAST", "WEST")
        for sku in skus
    ]


def test_what_is_unknown_or_undecided_is_not_met(engine: Engine) -> None:
    """Of one pool nothing was decided, of the other no feed told when it was."""
    with writing(engine) as connection:
        feed(connection, "EAST", ["MUG", "TEE"], 10.0)
        decided(connection, "EAST", ["TEE"], known=False)

        assert list(stocktake.pool_pages(connection)) == []


def test_a_pool_left_out_of_a_file_keeps_the_older_arrival(engine: Engine) -> None:
    """What a newer file does not name is as old as the file that did."""
    with writing(engine) as connection:
        feed(connection, "EAST", ["MUG", "TEE"], 10.0)
        feed(connection, "EAST", ["TEE"], 20.0)
        decided(connection, "EAST", ["MUG", "TEE"])
        (page,) = stocktake.pool_pages(connection)

    assert {pool.key.sku: pool.arrived_at for pool in page} == {"MUG": 10.0, "TEE": 20.0}


def test_a_listing_draws_in_units_of_the_pool(engine: Engine) -> None:
    """A pack of six of which two may land and one comes back: eighteen units, twelve of writes."""
    key = ListingKey(shop="a", product_id="p", sku_id="s", warehouse_id="w")
    tee = PoolKey(warehouse="EAST", sku=Sku("TEE"))
    with writing(engine) as connection:
        catalog.record_listings(connection, [ListingSeen(key=key, seller_sku="SIX")])
        recipe = (Ingredient(pool=tee, units=6),)
        catalog.set_recipe(connection, Listing(key=key, seller_sku="SIX", recipe=recipe))
        still_open = stocktake.OpenUnits(unsettled={key: 2}, others={key: 1})
        ((draw,),) = stocktake.draws_on(connection, [tee], still_open).values()

    assert (draw.units_per_sale, draw.exposure_units, draw.unsettled_units) == (6, 18, 12)
