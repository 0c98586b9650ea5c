"""The newest orders and the rivals of their listings, on each kind of database."""

import pytest
from sqlalchemy import Engine

from connectors.store import catalog, crowds, orders, shops
from connectors.store.engine import reading, writing
from reconciliation.catalog import Ingredient, Listing, ListingKey, ListingSeen, PoolKey
from reconciliation.orders import LineSeen
from reconciliation.past_crowds import PlacedOrder
from reconciliation.quantities import EPOCH, Instant

from ...support.ledger import MUG, TEE


NOW = Instant(10_000.0)


def key(shop: str, warehouse_id: str = "w1") -> ListingKey:
    """The listing of a shop's only SKU in one of its warehouses."""
    return ListingKey(shop=shop, product_id="p1", sku_id="s1", warehouse_id=warehouse_id)


def listed(engine: Engine, listing: ListingKey, *pools: PoolKey) -> None:
    """Store a listing that takes a unit of each pool, in a shop that is known."""
    recipe = tuple(Ingredient(pool=pool, units=1) for pool in pools)
    with writing(engine) as connection:
        shops.save_progress(connection, listing.shop, complete_up_to=NOW, polled_up_to=NOW)
        catalog.record_listings(connection, [ListingSeen(key=listing, seller_sku="ITEM")])
        catalog.set_recipe(connection, Listing(key=listing, seller_sku="ITEM", recipe=recipe))


def ordered(
    engine: Engine,
    shop: str,
    order_id: str,
    *,
    placed_at: float,
    units: int = 1,
    warehouse_id: str = "w1",
) -> None:
    """Record an order of some units, each of them a line."""
    looks = [
        LineSeen(
            shop=shop,
            order_id=order_id,
            line_id=str(line),
            sku_id="s1",
            warehouse_id=warehouse_id,
            status="AWAITING_SHIPMENT",
            placed_at=Instant(placed_at),
            updated_at=Instant(placed_at),
        )
        for line in range(units)
    ]
    with writing(engine) as connection:
        orders.record_lines(connection, looks, now=Instant(placed_at))


def newest(
    engine: Engine, *, since: Instant = EPOCH, until: Instant = NOW, most: int = 100
) -> list[PlacedOrder]:
    """Return the newest orders of all shops."""
    with reading(engine) as connection:
        return list(crowds.newest_orders(connection, since=since, until=until, most=most))


@pytest.fixture
def market(engine: Engine) -> Engine:
    """Two shops that sell tees."""
    for shop in ("a", "b"):
        listed(engine, key(shop), TEE)
    return engine


def test_an_order_is_told_once_however_many_units_it_is_for(market: Engine) -> None:
    """Its lines are units."""
    ordered(market, "a", "o", placed_at=500.0, units=3)

    assert newest(market) == [
        PlacedOrder(placed_at=Instant(500.0), order_id="a/o", listing=key("a"))
    ]


def test_orders_of_all_shops_are_told_the_oldest_first(market: Engine) -> None:
    """Those with the same number in two shops are two."""
    ordered(market, "b", "o", placed_at=700.0)
    ordered(market, "a", "o", placed_at=500.0)

    assert [order.order_id for order in newest(market)] == ["a/o", "b/o"]


def test_only_orders_within_the_span_are_told(market: Engine) -> None:
    """From its first moment on, and before its last."""
    for second in (499, 500, 600):
        ordered(market, "a", str(second), placed_at=float(second))

    assert [
        order.order_id for order in newest(market, since=Instant(500.0), until=Instant(600.0))
    ] == ["a/500"]


@pytest.mark.parametrize("most", [1, 2, 3, 4, 5])
def test_the_newest_are_told_whichever_shop_they_are_of(market: Engine, most: int) -> None:
    """A busy shop takes the places of a quiet one, and not the other way round."""
    for second in (1, 4, 5):
        ordered(market, "a", str(second), placed_at=float(second))
    for second in (2, 3):
        ordered(market, "b", str(second), placed_at=float(second))

    assert [round(order.placed_at) for order in newest(market, most=most)] == [1, 2, 3, 4, 5][
        -most:
    ]


def test_an_order_without_a_warehouse_is_told_of_each_that_sells_the_sku(market: Engine) -> None:
    """It may be taken from any of them."""
    listed(market, key("a", "w2"), MUG)
    ordered(market, "a", "o", placed_at=500.0, warehouse_id="")

    assert [order.listing for order in newest(market)] == [key("a"), key("a", "w2")]


def test_an_order_of_what_is_joined_to_no_goods_is_left_out(market: Engine) -> None:
    """Nobody shares them."""
    ordered(market, "a", "o", placed_at=500.0, warehouse_id="w9")

    assert newest(market) == []


def rivals(engine: Engine, *keys: ListingKey) -> dict[ListingKey, tuple[ListingKey, ...]]:
    """Return the rivals of some listings."""
    with reading(engine) as connection:
        return crowds.rivals_of(connection, keys)


def test_listings_of_the_same_goods_are_rivals(market: Engine) -> None:
    """Each of the other, in whatever shop."""
    assert rivals(market, key("a"), key("b")) == {key("a"): (key("b"),), key("b"): (key("a"),)}


def test_a_set_is_a_rival_of_what_sells_any_of_its_goods_once(market: Engine) -> None:
    """Also of another set with which it shares several."""
    listed(market, key("c"), TEE, MUG)
    listed(market, key("d"), TEE, MUG)

    assert rivals(market, key("c")) == {key("c"): (key("a"), key("b"), key("d"))}


def test_a_listing_alone_has_no_rivals(market: Engine) -> None:
    """Nobody sells the same goods."""
    listed(market, key("c"), MUG)

    assert rivals(market, key("c")) == {}
