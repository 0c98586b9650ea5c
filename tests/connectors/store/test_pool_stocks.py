"""The stock of pools as it was decided: summed by warehouse, and only of what is sold."""

from dataclasses import replace

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, select

from connectors.store import catalog, pool_stocks
from connectors.store.engine import reading, writing
from connectors.store.pool_stocks import PoolStock
from connectors.store.schema import MIGRATIONS
from connectors.store.tables import LISTINGS, POOL_STOCKS
from reconciliation.catalog import Ingredient, Listing, ListingKey, ListingSeen, PoolKey
from reconciliation.quantities import Sku

from .test_stocktake import feed


TEN = PoolStock(
    warehouse="EAST",
    sku="TEE",
    ats_units=10,
    committed_units=0,
    set_aside_units=0,
    safety_units=2,
    for_errors_units=1,
    exposure_units=8,
)


def sold(engine: Engine, *stocks: PoolStock) -> None:
    """Store pools that a feed states and a listing sells."""
    with writing(engine) as connection:
        for stock in stocks:
            key = ListingKey(shop="a", product_id="p", sku_id=stock.sku, warehouse_id="w")
            pool = PoolKey(warehouse=stock.warehouse, sku=Sku(stock.sku))
            catalog.record_listings(connection, [ListingSeen(key=key, seller_sku=stock.sku)])
            recipe = (Ingredient(pool=pool, units=1),)
            catalog.set_recipe(connection, Listing(key=key, seller_sku="", recipe=recipe))
            feed(connection, stock.warehouse, [stock.sku], 10.0)
        pool_stocks.save(connection, stocks)


def sums(engine: Engine) -> dict[str, int]:
    """Return the sums of the one warehouse."""
    with reading(engine) as connection:
        ((_, by_name),) = pool_stocks.by_warehouse(connection)
        return dict(by_name)


def test_pools_of_a_warehouse_are_summed(engine: Engine) -> None:
    """Two of ten units, of which eight may still be sold and two are held back."""
    sold(engine, TEN, replace(TEN, sku="MUG"))

    assert sums(engine) == {
        "ats_units": 20,
        "exposure_units": 16,
        "safety_stock_units": 4,
        "shortage_units": 0,
        "oversold_units": 0,
    }


@pytest.mark.parametrize(
    ("ats", "committed", "set_aside", "shortage", "oversold"),
    [
        (1, 0, 0, 0, 0),
        (-3, 5, 0, 3, 3),
        (-3, 5, 2, 3, 1),
        (-3, 5, 4, 3, 0),
        (-3, 0, 0, 3, 0),
        (-3, 2, 0, 3, 2),
    ],
)
def test_an_oversold_unit_is_an_order_without_goods(
    engine: Engine, ats: int, committed: int, set_aside: int, shortage: int, oversold: int
) -> None:
    """Units that a person set aside are short but not oversold, nor is what nobody ordered."""
    changed = replace(TEN, ats_units=ats, committed_units=committed, set_aside_units=set_aside)
    sold(engine, changed)
    by_name = sums(engine)

    assert (by_name["shortage_units"], by_name["oversold_units"]) == (shortage, oversold)


def test_a_pool_that_no_listing_sells_any_more_is_left_out(engine: Engine) -> None:
    """Its row stays as it was decided last, and says nothing of today."""
    with writing(engine) as connection:
        pool_stocks.save(connection, [replace(TEN, ats_units=-1)])

    with reading(engine) as connection:
        assert list(pool_stocks.by_warehouse(connection)) == []
        assert pool_stocks.short(connection, ["east"]) == {}


def test_only_pools_of_configured_feeds_are_short(engine: Engine) -> None:
    """Of a feed that has left the configuration nobody knows what its figures mean."""
    sold(engine, replace(TEN, ats_units=-4), replace(TEN, sku="MUG"))
    tee = PoolKey(warehouse="EAST", sku=Sku("TEE"))

    with reading(engine) as connection:
        assert pool_stocks.short(connection, ["east"]) == {tee: -4}
        assert pool_stocks.short(connection, ["west"]) == {}


def test_what_no_feed_states_is_unknown(engine: Engine) -> None:
    """Nothing is available of it, and nothing short."""
    sold(engine, replace(TEN, known=False, ats_units=0))
    tee = PoolKey(warehouse="EAST", sku=Sku("TEE"))

    with reading(engine) as connection:
        assert pool_stocks.of_pools(connection, [tee]) == {}


def test_what_the_partners_errors_hold_back_is_told_by_warehouse(engine: Engine) -> None:
    """One unit of each of two pools."""
    sold(engine, TEN, replace(TEN, sku="MUG"))

    with reading(engine) as connection:
        assert pool_stocks.for_errors_units(connection) == {"EAST": 2}


def test_the_migration_takes_over_what_was_decided(engine: Engine) -> None:
    """A pool of two listings once, with the terms that their decisions hold; one undecided."""
    terms = {"pool": "EAST/TEE/S", "known": True, "ats_units": 10, "committed_units": 3}
    held = {"held_units": 1, "safety_units": 4, "sellable_units": 6, "slack_units": -2}
    safety = {"safety": {"floor_units": 1, "percent_units": 2}}
    decision = {"recipe": [{**terms, **held, **safety}]}
    names = {"seller_sku": "", "title": "", "product_status": "ACTIVATE", "decision": None}
    with writing(engine) as connection:
        for sku_id, decided in (("1", decision), ("2", decision), ("3", None)):
            key = {"shop": "a", "product_id": "p", "sku_id": sku_id, "warehouse_id": "w"}
            connection.execute(LISTINGS.insert(), [{**key, **names, "decision": decided}])
        migrated = Config(attributes={"connection": connection})
        migrated.set_main_option("script_location", str(MIGRATIONS))
        command.downgrade(migrated, "0005")
        command.upgrade(migrated, "head")
        rows = connection.execute(select(POOL_STOCKS)).all()

    assert [tuple(row) for row in rows] == [("EAST", "TEE/S", True, 10, 3, 1, 4, 2, 8)]
