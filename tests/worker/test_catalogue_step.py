"""The catalogue in the running program: mapping lost and found, warehouses, and access."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.sandbox.merchandise import CombinedSku
from connectors.store import work
from connectors.store.engine import writing
from reconciliation.guard import GuardState
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


def test_a_listing_that_tiktok_lists_no_more_is_named_and_counts_on(front: Shopfront) -> None:
    """What it last showed may still be on sale: the other shop does not get its units."""
    front.open_for_business(10)
    product = front.world.registry.product(front.skus["alpha"].product_id)
    front.world.registry.add(replace(product, sku_ids=()))
    look_at_listings(front)

    assert front.row("alpha").stranded_because == "TikTok lists it no more"
    assert front.shown()["beta"] <= 5


def test_a_listing_that_is_listed_again_is_written_again(front: Shopfront) -> None:
    """It was only away for a while."""
    front.open_for_business(10)
    product = front.world.registry.product(front.skus["alpha"].product_id)
    front.world.registry.add(replace(product, sku_ids=()))
    look_at_listings(front)
    front.world.registry.add(product)
    look_at_listings(front)

    assert front.row("alpha").stranded_because == ""


def test_a_sku_that_became_a_bundle_of_others_is_written_no_more(front: Shopfront) -> None:
    """Its stock is that of its parts: a search does not say so, a refusal does (12052850)."""
    front.open_for_business(10)
    part = CombinedSku(sku_id=front.skus["beta"].sku_id, sku_count=1)
    front.world.registry.add(replace(front.skus["alpha"], combined_skus=(part,)))
    front.drop_feed(4)
    front.work(15)

    assert "bundle" in front.row("alpha").stranded_because


def test_a_sku_taken_off_sale_by_itself_is_left_alone(front: Shopfront) -> None:
    """Its product sells on; who took the SKU off is told (W10)."""
    front.open_for_business(10)
    off = replace(front.skus["alpha"], status="DEACTIVATED", deactivation_source="SELLER")
    front.world.registry.add(off)
    look_at_listings(front)

    assert front.row("alpha").product_status == "SKU_DEACTIVATED_BY_SELLER"
    assert front.row("alpha").state is GuardState.STRANDED


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
