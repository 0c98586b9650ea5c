"""Orders that cannot be filled on the shopfront: which, by when, and what to do about each."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.store import intake
from connectors.store.engine import writing
from connectors.store.intake import Delivery
from reconciliation.feed import FeedRow
from reconciliation.quantities import Instant, Sku
from worker.reports.lookup import Unknown
from worker.reports.risk import risk
from worker.reports.shortages import ShortOrder, ShortPool, shortages
from worker.reports.sight import Sight
from worker.services import Services
from worker.settings.feeds import WarehouseSettings

from ..support.shopfront import ITEM, Shopfront, iso, shopfront
from .risk_rig import expected, line, record, sell


DAY_S = 86_400.0


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """A shopfront that is written to."""
    with shopfront(tmp_path) as opened:
        yield opened


def short_of(front: Shopfront, left: int, *shops: str) -> list[str]:
    """Sell one tee in each shop and lose all but a few; return the orders."""
    front.open_for_business(12)
    sold = sell(front, *shops)
    front.drop_feed(left)
    front.work(3.0)
    return sold


def only(services: Services) -> ShortOrder:
    """The one order that cannot be filled."""
    (found,) = shortages(services).orders
    return found


def with_west(front: Shopfront, units: int) -> Services:
    """The program's services with a second warehouse, which has some tees and no listing."""
    state(front, front.now, warehouse="WEST", units=units)
    settings = front.services.settings
    west = WarehouseSettings(partner="north")
    changes = {"warehouses": {**settings.warehouses, "WEST": west}}
    return replace(front.services, settings=settings.model_copy(update=changes))


def state(front: Shopfront, as_of: float, *, units: int, warehouse: str = "EAST") -> None:
    """Put into the record that a file stated some tees."""
    delivery = Delivery(
        feed="east",
        file_name="f",
        sha256=f"{warehouse}{as_of}",
        arrived_at=Instant(as_of),
        as_of=Instant(as_of),
        verdict="accept",
        reasons=(),
        rows_accepted=1,
        rows_refused=0,
    )
    row = FeedRow(row=2, sku=Sku(ITEM), units=units, as_of=Instant(as_of))
    with writing(front.services.engine) as connection:
        number = intake.record_delivery(connection, delivery)
        intake.put_in_force(connection, number, feed="east", warehouse=warehouse, stated=[row])


# --- which orders ----------------------------------------------------------------------------


def test_where_all_can_be_filled_nothing_is_listed(front: Shopfront) -> None:
    """As many goods as orders: all is well."""
    short_of(front, 2, "alpha", "beta")

    report = shortages(front.services)

    assert report.well
    assert (report.orders, report.pools) == ((), ())


def test_the_order_that_is_due_last_is_listed(front: Shopfront) -> None:
    """Three sold, two there: beta's is the last, with its goods and its due time."""
    sold = short_of(front, 2, "alpha", "alpha", "beta")
    due_s = front.world.switches.shipping_due_s

    found = only(front.services)

    assert (found.shop, found.order_id) == ("beta", sold[2])
    assert [(each.warehouse, each.sku, each.units) for each in found.missing] == [
        ("EAST", ITEM, 1)
    ]
    assert found.left_s == pytest.approx(due_s, abs=60.0)
    assert found.due_at == iso(int(front.now + (found.left_s or 0.0)))


def test_the_goods_are_listed_with_who_waits_for_them(front: Shopfront) -> None:
    """Two units missing, three orders waiting."""
    short_of(front, 1, "alpha", "alpha", "beta")

    assert shortages(front.services).pools == (
        ShortPool(warehouse="EAST", sku=ITEM, missing_units=2, waiting_orders=3),
    )


def short_of_an_order_for_two(front: Shopfront) -> str:
    """Leave two units missing, for which an order of alpha's for two waits; return its id."""
    front.open_for_business(12)
    two = front.buy("alpha", 2)
    front.world.pay(two.order_id)
    front.work(2.0)
    sell(front, "alpha", "beta")
    front.drop_feed(2)
    front.work(3.0)
    return two.order_id


def test_one_order_is_given_up_rather_than_two(front: Shopfront) -> None:
    """Two units are missing: an order for two is one cancellation, though it came first."""
    order_id = short_of_an_order_for_two(front)

    found = only(front.services)

    assert (found.order_id, found.missing[0].units) == (order_id, 2)


def test_the_risk_counts_the_orders_that_are_listed(front: Shopfront) -> None:
    """The same choice: two missing units are one cancellation there too, and it is alpha's."""
    short_of_an_order_for_two(front)

    assert expected(risk(front.services), "shortage") == {"alpha": 1.0, "beta": 0.0}


def test_a_shop_beyond_its_limit_is_spared(front: Shopfront) -> None:
    """Alpha has lost an order already: the next is beta's, though alpha's is newer."""
    front.open_for_business(12)
    lost, *_ = sell(front, "alpha", "beta", "alpha")
    front.world.cancel(lost, "SELLER", "seller_cancel_reason_wrong_price")
    front.drop_feed(1)
    front.work(3.0)

    found = only(front.services)

    assert found.shop == "beta"
    assert found.harm == pytest.approx(1.0, abs=0.01)


def test_an_order_that_is_lost_anyway_is_given_up_first(front: Shopfront) -> None:
    """Its due time is over, so that its goods may serve another; nobody else is listed."""
    front.open_for_business(12)
    over = {"shipping_due_at": Instant(front.now - 60.0)}
    record(front, line("1", front, order_id="over", **over))
    sell(front, "beta")
    front.drop_feed(1)
    front.work(3.0)

    found = only(front.services)

    assert (found.order_id, found.harm, found.remedy) == ("over", 0.0, "give_up")
    assert "its due time is over" in found.what_to_do


def test_an_order_that_counts_already_is_given_up_first(front: Shopfront) -> None:
    """A line of it was cancelled at our fault: the rest of it costs nothing more."""
    front.open_for_business(12)
    cancelled = {"status": "CANCELLED", "cancelled_by": "SELLER", "cancel_reason": "pricing_error"}
    record(
        front,
        line("1", front, order_id="half", **cancelled),
        line("2", front, order_id="half"),
    )
    sell(front, "beta")
    front.drop_feed(1)
    front.work(3.0)

    found = only(front.services)

    assert (found.order_id, found.harm) == ("half", 0.0)
    assert "counts against the shop already" in found.what_to_do


# --- what to do ------------------------------------------------------------------------------


def test_the_buyer_is_asked_while_there_is_time(front: Shopfront) -> None:
    """Five days are left, no goods are to be had: what a buyer cancels does not count."""
    short_of(front, 0, "alpha")

    assert only(front.services).remedy == "ask_buyer"


def test_without_time_an_order_is_given_up(front: Shopfront) -> None:
    """With an hour left no buyer answers any more."""
    front.open_for_business(12)
    record(front, line("1", front, shipping_due_at=Instant(front.now + 7_200.0)))
    front.drop_feed(0)
    front.work(3.0)

    found = only(front.services)

    assert (found.remedy, "no time is left" in found.what_to_do) == ("give_up", True)


def test_another_warehouse_ships_what_it_has(front: Shopfront) -> None:
    """One of two missing tees is in the west, for the order that is due first."""
    first, second = short_of(front, 0, "alpha", "beta")

    found = shortages(with_west(front, 1)).orders

    assert [(each.order_id, each.remedy) for each in found] == [
        (first, "other_warehouse"),
        (second, "ask_buyer"),
    ]
    assert "`hold TEE --warehouse WEST --set-aside 1`" in found[0].what_to_do


def test_a_likely_delivery_is_waited_for(front: Shopfront) -> None:
    """Goods came in every day for a week: within five days they come again."""
    for day in range(8):
        state(front, front.now - (8 - day) * DAY_S, units=5 + day)
    short_of(front, 0, "alpha")

    found = only(front.services)

    assert (found.remedy, "a delivery in time has a chance of 98%" in found.what_to_do) == (
        "wait",
        True,
    )


# --- what is asked for -----------------------------------------------------------------------


def test_a_shop_may_be_asked_for_alone(front: Shopfront) -> None:
    """The choice is made among all; of the chosen only the shop's are listed."""
    short_of(front, 0, "alpha", "beta")

    report = shortages(front.services, shop="alpha")

    assert [each.shop for each in report.orders] == ["alpha"]
    assert report.orders_found == 1


@pytest.mark.parametrize(("warehouse", "found"), [("EAST", 1), ("WEST", 0)])
def test_a_warehouse_may_be_asked_for_alone(front: Shopfront, warehouse: str, found: int) -> None:
    """Only orders that lack goods of it."""
    short_of(front, 0, "alpha")

    report = shortages(with_west(front, 0), warehouse=warehouse)

    assert (report.orders_found, report.well) == (found, found == 0)


@pytest.mark.parametrize(("shop", "warehouse"), [("alpa", None), (None, "EST")])
def test_a_name_that_is_not_there_is_refused(
    front: Shopfront, shop: str | None, warehouse: str | None
) -> None:
    """It is told what comes close."""
    with pytest.raises(Unknown, match="did you mean"):
        shortages(front.services, shop=shop, warehouse=warehouse)


def test_a_narrow_sight_sees_its_orders_and_no_shared_goods(front: Shopfront) -> None:
    """What is missing of goods that beta sells too is not alpha's to know."""
    short_of(front, 0, "alpha", "beta")

    report = shortages(front.services, sight=Sight(shops=frozenset({"alpha"})))

    assert [each.shop for each in report.orders] == ["alpha"]
    assert report.pools == ()


def test_a_narrow_sight_is_not_told_what_others_have_to_spare(front: Shopfront) -> None:
    """Goods in the west that alpha does not sell are no remedy that alpha hears of."""
    short_of(front, 0, "alpha")
    services, narrow = with_west(front, 1), Sight(shops=frozenset({"alpha"}))

    told = [shortages(services, sight=sight).orders[0].remedy for sight in (Sight(), narrow)]

    assert told == ["other_warehouse", "ask_buyer"]
