"""From an order on TikTok to the forecast of its listing: learned once, and of the right size."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from connectors.sandbox.orders import Role
from connectors.store import demand
from connectors.store.engine import reading, writing
from connectors.store.orders import LineChange, TouchedListings
from reconciliation.catalog import ListingKey
from reconciliation.demand import FIRST_ORDERS_PER_S, Forecast
from reconciliation.orders import LineSeen, LineState, OrderLine
from reconciliation.quantities import Instant, later
from reconciliation.sales_history import SalesHistory
from tests.support.shopfront import Shopfront, shopfront
from worker.forecasts import LEVEL_AGE_S_MAX, Forecasts
from worker.steps.learn_demand import learn_demand
from worker.steps.record_orders import poll_orders


PLACED_AT = Instant(1_800_000_000.0)


@pytest.fixture
def front(tmp_path: Path, database_url: str) -> Iterator[Shopfront]:
    """Two shops that show ten units each way."""
    with shopfront(tmp_path, database_url=database_url) as opened:
        opened.open_for_business(40)
        yield opened


def learned(front: Shopfront, shop: str) -> SalesHistory:
    """What is remembered of a shop's listing."""
    with reading(front.services.engine) as connection:
        return demand.load(connection, [front.key(shop)])[front.key(shop)]


def forecasts(front: Shopfront, known: Forecasts) -> dict[str, Forecast]:
    """The forecasts for both listings, by shop."""
    keys = [front.key("alpha"), front.key("beta")]
    with reading(front.services.engine) as connection:
        found = known.of(connection, keys, Instant(front.now))
    return {key.shop: found[key] for key in keys}


def sale(line_id: str, *warehouse_ids: str) -> TouchedListings:
    """A new line of the order `o` that may have been made in any of these warehouses."""
    seen = LineSeen(
        shop="a",
        order_id="o",
        line_id=line_id,
        sku_id="s",
        warehouse_id="",
        status="UNPAID",
        placed_at=PLACED_AT,
        updated_at=PLACED_AT,
    )
    after = OrderLine(state=LineState.WAITING, placed_at=PLACED_AT)
    change = LineChange(seen=seen, before=None, after=after)
    keys = [
        ListingKey(shop="a", product_id="p", sku_id="s", warehouse_id=each)
        for each in warehouse_ids
    ]
    return [(change, key, 1) for key in keys]


def note(*told: Any) -> None:  # noqa: ANN401 - as the library tells it
    """Note what is asked of the database, but not how a transaction begins."""
    statement, asked = told[2], told[-1]
    asked.extend([statement] if statement.startswith("SELECT") else [])


# -- learning ---------------------------------------------------------------------------------


def test_units_of_one_order_are_one_order(front: Shopfront) -> None:
    """TikTok tells three lines; the listing had one order, for three units."""
    front.buy("alpha", 3)
    front.work(3.0)

    assert learned(front, "alpha").orders == pytest.approx((0, 0, 1, 0, 0, 0, 0), abs=1e-3)


def test_what_was_told_again_is_not_learned_again(front: Shopfront) -> None:
    """Each poll looks back, and finds the same order."""
    front.buy("alpha")
    front.work(3.0)
    first = learned(front, "alpha")
    for _ in range(3):
        poll_orders(front.services, "alpha")

    assert learned(front, "alpha") == first


def test_a_cancelled_order_was_demand(front: Shopfront) -> None:
    """Somebody wanted it; that it was called off makes it no less, and no more."""
    order = front.buy("alpha")
    front.work(3.0)
    front.world.cancel(order.order_id, Role.BUYER, "buyer_cancel_no_longer_needed")
    front.work(3.0)

    assert learned(front, "alpha").order_count == pytest.approx(1.0, abs=1e-3)


def test_a_listing_that_sells_out_is_known_to_be(front: Shopfront) -> None:
    """From its last unit on, time without orders says nothing."""
    front.buy("alpha", front.shown()["alpha"])
    front.pass_time(1.0)
    poll_orders(front.services, "alpha")

    assert not learned(front, "alpha").is_on_sale


def test_an_order_of_an_unknown_warehouse_counts_in_parts(front: Shopfront) -> None:
    """It was made on one of two listings, so each has a half."""
    with writing(front.services.engine) as connection:
        learn_demand(connection, sale("1", "w1", "w2"))
    keys = [key for _, key, _ in sale("1", "w1", "w2")]
    with reading(front.services.engine) as connection:
        known = demand.load(connection, keys)

    assert [known[key].order_count for key in keys] == [0.5, 0.5]


def test_the_lines_of_an_order_in_two_warehouses_are_two_orders(front: Shopfront) -> None:
    """Each listing sold once, whatever the other sold."""
    with writing(front.services.engine) as connection:
        learn_demand(connection, [*sale("1", "w1"), *sale("2", "w2"), *sale("3", "w2")])
    keys = [key for _, key, _ in sale("1", "w1", "w2")]
    with reading(front.services.engine) as connection:
        known = demand.load(connection, keys)

    assert [known[key].orders[:2] for key in keys] == [(1.0, 0.0), (0.0, 1.0)]


# -- forecasts --------------------------------------------------------------------------------


def test_a_shop_that_sells_is_forecast_to_sell(front: Shopfront) -> None:
    """Ten orders within seconds on one listing, none on the other."""
    for _ in range(10):
        front.buy("alpha")
        front.work(1.0)
    front.work(3.0)
    known = forecasts(front, Forecasts())

    assert known["alpha"].demand.orders_per_s > 0.1
    assert known["beta"].demand.orders_per_s < 100.0 * FIRST_ORDERS_PER_S


def test_a_listing_of_which_nothing_is_known_has_a_forecast(tmp_path: Path) -> None:
    """Before anything was read or sold, it is the stated guess."""
    with shopfront(tmp_path) as front:
        known = forecasts(front, Forecasts())

    assert known["alpha"].demand.orders_per_s == pytest.approx(FIRST_ORDERS_PER_S)


def test_levels_are_looked_up_every_few_minutes_only(front: Shopfront) -> None:
    """Between them a board costs one statement, whatever the number of its listings."""
    known, asked = Forecasts(), list[str]()
    forecasts(front, known)
    event.listen(front.services.engine, "before_cursor_execute", lambda *told: note(*told, asked))
    forecasts(front, known)
    fresh = len(asked)
    front.now = later(Instant(front.now), LEVEL_AGE_S_MAX + 1.0)
    forecasts(front, known)

    assert fresh == 1
    assert len(asked) > 2
