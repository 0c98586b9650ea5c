"""The catalogue in the running program: mapping lost and found, warehouses, and access."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.store import work
from connectors.store.engine import writing
from tests.support.shopfront import SHOPS, Shopfront, iso, shopfront
from worker.steps.sync_catalogue import warehouse_trouble


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops in write mode, nothing done yet."""
    with shopfront(tmp_path) as opened:
        yield opened


def units_shown(front: Shopfront) -> int:
    """Return what both shops show together."""
    return sum(front.shown().values())


# -- mapping ------------------------------------------------------------------------------------


def look_at_listings(front: Shopfront) -> None:
    """Have the catalogue read again, and work for a while."""
    with writing(front.services.engine) as connection:
        work.ask(connection, "catalogue", SHOPS, due_at=front.services.now())
    front.work(15)


def test_a_listing_that_loses_its_mapping_keeps_its_goods_and_orders(front: Shopfront) -> None:
    """A seller SKU renamed on TikTok strands the listing; what it shows still counts."""
    front.open_for_business(10)
    front.buy("alpha", 5)
    front.work(3)
    front.world.registry.add(replace(front.skus["alpha"], seller_sku="RENAMED"))
    look_at_listings(front)

    assert "mapping was lost" in front.row("alpha").stranded_because
    assert units_shown(front) <= 5


def test_a_bad_mapping_file_stops_no_feed(tmp_path: Path) -> None:
    """Fewer goods are followed though the mapping cannot be read any more."""
    mapping = tmp_path / "mapping.csv"
    mapping.write_text("shop,seller_sku,item,units\n")
    with shopfront(tmp_path, mapping_file=mapping, guard={"safety_units_max": 0}) as front:
        front.open_for_business(10)
        mapping.write_text("nonsense\n")
        moment = iso(front.now)
        front.drop_file(f"sku,quantity,as_of\nTEE,2,{moment}\nNEW,5,{moment}\n")
        front.work(15)

        assert units_shown(front) == 2


# -- access and warehouses ----------------------------------------------------------------------


def test_tokens_are_refreshed_before_they_expire(tmp_path: Path) -> None:
    """A pair that is about to expire is renewed once, and the new pair is what is used."""
    with shopfront(tmp_path, tokens_expire_in_s=600.0) as front:
        front.open_for_business(10)
        refreshes = front.calls.count("/api/v2/token/refresh")

        assert refreshes == len(SHOPS)
        assert units_shown(front) == 10


def test_a_configured_warehouse_that_the_shop_lacks_is_named(front: Shopfront) -> None:
    """A wrong warehouse id shows in the shop's row, with the code it was configured for."""
    seen = front.services.tiktok.warehouses("alpha")
    trouble = warehouse_trouble(front.services, "beta", seen)

    assert "configured for EAST" in trouble
    assert warehouse_trouble(front.services, "alpha", seen) == ""
