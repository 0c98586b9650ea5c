"""What the newest orders of the record show of crowds, and how much of them is looked at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors.store import catalog, orders, shops
from connectors.store.engine import open_engine, reading, writing
from connectors.store.schema import ensure_schema
from reconciliation.catalog import Ingredient, Listing, ListingKey, ListingSeen
from reconciliation.crowd import CrowdHistory
from reconciliation.orders import LineSeen
from reconciliation.quantities import Instant, later
from worker.crowds import FORECASTS_MOST, HEARD_AFTER_S, LOOK_BACK_S, crowds_of_late
from worker.forecasts import Forecasts

from ..support.ledger import TEE


NOW = Instant(1_800_000_000.0)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty record."""
    opened = open_engine(f"sqlite:///{tmp_path / 'record.sqlite3'}")
    ensure_schema(opened)
    yield opened
    opened.dispose()


def key(shop: str) -> ListingKey:
    """The listing of a shop."""
    return ListingKey(shop=shop, product_id="p1", sku_id="s1", warehouse_id="w1")


def sold_in(engine: Engine, *names: str) -> None:
    """Let each of these shops sell tees."""
    recipe = (Ingredient(pool=TEE, units=1),)
    with writing(engine) as connection:
        for name in names:
            shops.save_progress(connection, name, complete_up_to=NOW, polled_up_to=NOW)
            catalog.record_listings(connection, [ListingSeen(key=key(name), seller_sku="TEE")])
            catalog.set_recipe(connection, Listing(key=key(name), seller_sku="TEE", recipe=recipe))


def ordered(engine: Engine, shop: str, *ages_s: float) -> None:
    """Record orders of one unit, placed so long ago."""
    looks = [
        LineSeen(
            shop=shop,
            order_id=str(age_s),
            line_id="1",
            sku_id="s1",
            warehouse_id="w1",
            status="AWAITING_SHIPMENT",
            placed_at=later(NOW, -age_s),
            updated_at=later(NOW, -age_s),
        )
        for age_s in ages_s
    ]
    with writing(engine) as connection:
        orders.record_lines(connection, looks, now=NOW)


def of_late(engine: Engine) -> CrowdHistory:
    """Return what the record shows of crowds."""
    with reading(engine) as connection:
        return crowds_of_late(connection, Forecasts(), NOW)


def test_orders_of_two_shops_within_a_moment_are_seen(engine: Engine) -> None:
    """Beside what was to be expected."""
    sold_in(engine, "a", "b")
    ordered(engine, "a", 1_000.0, 5_000.0)
    ordered(engine, "b", 1_001.0)
    found = of_late(engine)

    assert (found.orders, found.seen_orders) == (3, 1)
    assert 0.0 < found.expected_orders < 0.01


@pytest.mark.parametrize("age_s", [HEARD_AFTER_S - 1.0, LOOK_BACK_S + 1.0])
def test_orders_that_are_too_new_or_too_old_tell_nothing(engine: Engine, age_s: float) -> None:
    """Not every shop has told of the newest yet, and the old ones are of another time."""
    sold_in(engine, "a", "b")
    ordered(engine, "a", age_s)

    assert of_late(engine) == CrowdHistory()


def test_orders_of_what_one_listing_sells_alone_tell_nothing(engine: Engine) -> None:
    """No others were to be expected, and none could have come."""
    sold_in(engine, "a")
    ordered(engine, "a", 1_000.0)

    assert of_late(engine) == CrowdHistory()


def test_goods_of_very_many_listings_are_looked_at_for_the_newest_orders_only(
    engine: Engine,
) -> None:
    """A forecast is made for each rival at each order: a decision must not wait for all."""
    names = [f"shop-{number}" for number in range(101)]
    sold_in(engine, *names)
    ordered(engine, names[0], *(1_000.0 + 10.0 * number for number in range(60)))

    assert of_late(engine).orders == FORECASTS_MOST / 100
