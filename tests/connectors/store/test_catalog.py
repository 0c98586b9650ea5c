"""Which listings share goods or calls, as the record knows it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from connectors.store import catalog
from connectors.store.engine import writing
from reconciliation.catalog import Listing, ListingKey, ListingSeen, Recipe

from ...support.boards import TEE, listing_key, pool_key, recipe


CAP = pool_key("CAP")
BUNDLE, ITS_SIBLING = listing_key("A", "1", "east"), listing_key("A", "1", "west")
ALONE, OTHER = listing_key("B", "2"), listing_key("C", "3")


def record(connection: Connection, joined: dict[ListingKey, Recipe]) -> None:
    """Store listings of which some are joined to goods."""
    seen = [ListingSeen(key=key, seller_sku="S") for key in (BUNDLE, ITS_SIBLING, ALONE, OTHER)]
    catalog.record_listings(connection, seen)
    for key, of in joined.items():
        catalog.set_recipe(connection, Listing(key=key, seller_sku="S", recipe=of))


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A record with a bundle of two items, its SKU's other warehouse, and two single listings."""
    with writing(engine) as connection:
        record(connection, {BUNDLE: recipe((TEE, 2), CAP), ALONE: recipe(TEE), OTHER: recipe(CAP)})
        yield connection


def test_who_draws_on_a_pool_shares_it_with_all_it_is_made_of(connection: Connection) -> None:
    """A bundle comes with its whole recipe; who draws only on its other item does not come yet."""
    joined, _ = catalog.sharing(connection, [TEE])

    assert {key: listing.recipe for key, listing in joined.items()} == {
        BUNDLE: recipe(CAP, (TEE, 2)),
        ALONE: recipe(TEE),
    }


def test_the_other_warehouses_of_a_sku_come_along(connection: Connection) -> None:
    """TikTok wants them in one call, whether they are joined to goods or not."""
    _, others = catalog.sharing(connection, [CAP])

    assert others == {ITS_SIBLING}


def test_what_is_drawn_on_by_several_pools_comes_once(connection: Connection) -> None:
    """However many of its pools are asked for."""
    joined, _ = catalog.sharing(connection, [CAP, TEE])

    assert {key: len(listing.recipe) for key, listing in joined.items()} == {
        BUNDLE: 2,
        ALONE: 1,
        OTHER: 1,
    }
