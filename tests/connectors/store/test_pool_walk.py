"""All pools, page by page: each once, whatever the size of a page."""

import pytest
from sqlalchemy import Engine

from connectors.store import catalog, pool_walk
from connectors.store.engine import reading, writing
from reconciliation.catalog import Ingredient, Listing, ListingKey, ListingSeen, PoolKey
from reconciliation.quantities import Sku


POOLS = [
    PoolKey(warehouse=warehouse, sku=Sku(sku)) for warehouse in ("E", "W") for sku in ("A", "B")
]


@pytest.fixture
def stocked(engine: Engine) -> Engine:
    """Two shops that each sell every pool."""
    with writing(engine) as connection:
        for shop in ("alpha", "beta"):
            for number, pool in enumerate(POOLS):
                key = ListingKey(
                    shop=shop, product_id="p", sku_id=str(number), warehouse_id=pool.warehouse
                )
                seen = ListingSeen(
                    key=key, seller_sku=pool.sku, title="", product_status="ACTIVATE"
                )
                catalog.record_listings(connection, [seen])
                recipe = (Ingredient(pool=pool, units=1),)
                listing = Listing(key=key, seller_sku=pool.sku, recipe=recipe)
                catalog.set_recipe(connection, listing)
    return engine


@pytest.mark.parametrize("most", [1, 3, 100])
def test_every_pool_is_met_once(stocked: Engine, most: int) -> None:
    """However many listings draw on it, and across warehouses."""
    with reading(stocked) as connection:
        met = [pool for page in pool_walk.pages(connection, most=most) for pool in page]

    assert met == POOLS


def test_pools_are_counted_once(stocked: Engine) -> None:
    """Two shops on one pool are one pool."""
    with reading(stocked) as connection:
        assert pool_walk.count(connection) == len(POOLS)


def test_an_empty_catalogue_has_no_pages(engine: Engine) -> None:
    """Nothing to walk over."""
    with reading(engine) as connection:
        assert list(pool_walk.pages(connection, most=10)) == []
