"""What is at risk on the shopfront: in the right shop, for the right cause, and counted once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.sandbox.merchandise import NewSku
from connectors.store import intake, listings, stocktake, writes
from connectors.store.engine import reading, writing
from connectors.store.writes import Intended
from reconciliation.catalog import PoolKey
from reconciliation.exposure import exposure_units
from reconciliation.quantities import Instant, Sku
from reconciliation.unit_tails import GRID_RATIO
from reconciliation.verdict import Write, WriteClass
from worker.forecasts import Forecasts
from worker.reports.risk import risk
from worker.scheduler import ask_for_rounds
from worker.services import Services

from ..support.shopfront import ITEM, SHOPS, Shopfront, shopfront
from .risk_rig import by_shop, expected, feed_expected_every, line, only_item, record, sell, show


DAY_S = 86_400.0


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """A shopfront that is written to."""
    with shopfront(tmp_path) as opened:
        yield opened


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Shopfront]:
    """A shopfront that is only watched: what it shows is set by hand."""
    with shopfront(tmp_path, modes=("observe", "observe")) as opened:
        yield opened


# --- nothing at risk -------------------------------------------------------------------------


def test_a_calm_shop_has_no_risk(front: Shopfront) -> None:
    """Two orders of twelve goods, days ahead: as good as nothing, and no item is named."""
    front.open_for_business(12)
    sell(front, "alpha", "beta")

    report = risk(front.services)

    assert [shop.projected_sfcr_ratio < 1e-4 for shop in report.shops] == [True, True]
    assert [shop.orders_in_window for shop in report.shops] == [1, 1]
    assert (report.items, report.well) == ((), True)


def test_a_new_record_has_no_risk(front: Shopfront) -> None:
    """Nothing is known: nothing is expected, and the limit is told all the same."""
    report = risk(front.services)

    assert [shop.projected_sfcr_ratio for shop in report.shops] == [0.0, 0.0]
    assert report.shops[0].sfcr_limit_ratio == 0.025


# --- orders that are there -------------------------------------------------------------------


def test_a_lower_feed_fails_the_newest_order(front: Shopfront) -> None:
    """Three sold, two there: the last order fails, and that was beta's."""
    front.open_for_business(12)
    sell(front, "alpha", "alpha", "beta")
    front.drop_feed(2)
    front.work(3.0)

    report = risk(front.services)

    assert expected(report, "shortage") == {"alpha": 0.0, "beta": 1.0}
    assert by_shop(report)["beta"].projected_sfcr_ratio == pytest.approx(1.0)
    assert only_item(report).shortage_units == 1
    assert only_item(report).causes["shortage"] == 1.0
    assert only_item(report).cancellation_chance == 1.0
    assert by_shop(report)["beta"].cancellation_chance == 1.0
    assert not report.well


def test_a_feed_without_goods_fails_every_order(front: Shopfront) -> None:
    """Three sold, none there: each order fails in its own shop."""
    front.open_for_business(12)
    sell(front, "alpha", "alpha", "beta")
    front.drop_feed(0)
    front.work(3.0)

    assert expected(risk(front.services), "shortage") == {"alpha": 2.0, "beta": 1.0}


def test_an_order_that_is_short_and_late_counts_once(front: Shopfront) -> None:
    """It can be cancelled only once: as short."""
    front.open_for_business(12)
    sell(front, "alpha")
    front.drop_feed(0)
    front.work(3.0)
    front.pass_time(6 * DAY_S)

    alpha = by_shop(risk(front.services))["alpha"]

    assert alpha.expected_cancelled_orders["shortage"] == 1.0
    assert alpha.expected_cancelled_orders["late_order"] == 0.0


# --- what was cancelled ----------------------------------------------------------------------


def test_only_the_sellers_fault_counts(front: Shopfront) -> None:
    """Of four orders one was cancelled for want of stock, one by the buyer: a quarter."""
    front.open_for_business(12)
    out_of_stock, unwanted, _, _ = sell(front, "alpha", "alpha", "alpha", "alpha")
    front.world.cancel(out_of_stock, "SELLER", "seller_cancel_reason_out_of_stock")
    front.world.cancel(unwanted, "BUYER", "ecom_order_to_ship_canceled_reason_no_longer_needed")
    front.work(3.0)

    alpha = by_shop(risk(front.services))["alpha"]

    assert (alpha.orders_in_window, alpha.seller_fault_cancelled) == (4, 1)
    assert alpha.projected_sfcr_by_cause["already_cancelled"] == 0.25
    assert alpha.projected_sfcr_ratio == pytest.approx(0.25, rel=1e-3)


def test_an_order_never_paid_is_none(front: Shopfront) -> None:
    """Unpaid it counts nowhere, and no more once the system has called it off."""
    front.open_for_business(12)
    front.buy("alpha")
    front.work(3.0)
    waiting = by_shop(risk(front.services))["alpha"]
    front.pass_time(3_600.0)
    front.work(3.0)

    timed_out = by_shop(risk(front.services))["alpha"]

    for alpha in (waiting, timed_out):
        assert (alpha.orders_in_window, alpha.seller_fault_cancelled) == (0, 0)


def test_the_window_forgets_old_orders(front: Shopfront) -> None:
    """After thirty days neither order nor cancellation counts."""
    front.open_for_business(12)
    (cancelled,) = sell(front, "alpha")
    front.world.cancel(cancelled, "SELLER", "seller_cancel_reason_wrong_price")
    front.work(3.0)
    front.pass_time(31 * DAY_S)

    alpha = by_shop(risk(front.services))["alpha"]

    assert (alpha.orders_in_window, alpha.projected_sfcr_ratio) == (0, 0.0)


@pytest.mark.parametrize("goods", [0, 12])
def test_an_order_cancelled_in_part_is_not_expected_again(front: Shopfront, goods: int) -> None:
    """One line was cancelled at our fault, the other is late or short: one order, once."""
    front.open_for_business(12)
    cancelled = {"status": "CANCELLED", "cancelled_by": "SELLER", "cancel_reason": "out_of_stock"}
    late = {"shipping_due_at": Instant(front.now - 1.0)}
    record(front, line("1", front, **cancelled), line("2", front, **late))
    front.drop_feed(goods)
    front.work(3.0)

    alpha = by_shop(risk(front.services))["alpha"]

    assert (alpha.orders_in_window, alpha.seller_fault_cancelled) == (1, 1)
    assert alpha.expected_cancelled_orders["late_order"] == 0
    assert alpha.expected_cancelled_orders["shortage"] == 0


def test_what_tiktok_ships_is_not_our_order(front: Shopfront) -> None:
    """It counts neither as an order, nor as cancelled, nor as late."""
    front.open_for_business(12)
    fbt = {"ships_from_us": False, "shipping_due_at": Instant(front.now - 1.0)}
    off = {"order_id": "x", "status": "CANCELLED", "cancelled_by": "SELLER"}
    record(front, line("1", front, **fbt), line("2", front, **fbt | off))

    alpha = by_shop(risk(front.services))["alpha"]

    assert (alpha.orders_in_window, alpha.projected_sfcr_ratio) == (0, 0.0)


# --- orders to come --------------------------------------------------------------------------


def overdue_by_a_day(watched: Shopfront) -> Services:
    """Of fourteen goods seven are sold in a week, seven are shown, and the feed is a day late."""
    show(watched, alpha=7, beta=7)
    watched.open_for_business(14)
    sell(watched, *["alpha"] * 4, *["beta"] * 3)
    with reading(watched.services.engine) as connection:
        (arrived_at,) = (each.arrived_at for each in intake.latest_deliveries(connection).values())
    watched.pass_time(arrived_at + 60.0 + DAY_S - watched.now)
    return feed_expected_every(watched, 60.0)


def test_an_overdue_feed_may_have_lost_goods(watched: Shopfront) -> None:
    """As many may be gone as our shops sell in a day, and none is spare: by who sells more."""
    lost = expected(risk(overdue_by_a_day(watched)), "stale_feed")

    assert 7.0 > lost["alpha"] > lost["beta"] > 1.0


def test_the_next_feed_is_told_with_each_item(watched: Shopfront) -> None:
    """A day late, it is expected within another."""
    item = only_item(risk(overdue_by_a_day(watched)))

    assert item.feed_overdue
    assert item.next_feed_in_s == pytest.approx(DAY_S, abs=1.0)


def test_a_feed_on_time_has_lost_nothing(watched: Shopfront) -> None:
    """The same a day later is no risk where the feed is due every other day."""
    overdue_by_a_day(watched)

    report = risk(feed_expected_every(watched, 2 * DAY_S))

    assert sum(expected(report, "stale_feed").values()) == 0


def test_two_shops_that_share_a_pool_do_not_count_it_twice(watched: Shopfront) -> None:
    """What the shops are expected to lose is what the pool is."""
    report = risk(overdue_by_a_day(watched))

    lost = sum(expected(report, "stale_feed").values())
    assert only_item(report).causes["stale_feed"] == pytest.approx(lost)
    assert only_item(report).expected_cancelled_orders == pytest.approx(lost)


REACTION_S = 1.0 + 0.5 + 8.0
"""The poll, the orders-index lag and the write horizon of the shopfront."""


def sold_out(watched: Shopfront, *sales: str, **left: int) -> None:
    """Sell all four goods in shops, which go on to show some; a day later no rush is left."""
    show(watched, **{shop: sales.count(shop) + left.get(shop, 0) for shop in SHOPS})
    watched.open_for_business(4)
    sell(watched, *sales)
    watched.pass_time(DAY_S)
    watched.work(3.0)


def next_sale(watched: Shopfront, shop: str, within_s: float = REACTION_S) -> object:
    """Return about the chance that a shop sells anything within a time, by its forecast."""
    with reading(watched.services.engine) as connection:
        key, now = watched.key(shop), watched.services.now()
        demand = Forecasts().of(connection, [key], now)[key].demand
    mean = demand.orders_per_s * within_s
    chance = 1.0 - (1.0 + mean / demand.shape) ** -demand.shape
    return pytest.approx(chance, rel=GRID_RATIO - 1.0)


def test_a_pool_sold_out_and_still_shown_is_a_race(watched: Shopfront) -> None:
    """Two are shown and none is there: the next sale fails."""
    sold_out(watched, *["alpha"] * 4, alpha=2)

    report = risk(watched.services)

    assert by_shop(report)["alpha"].cancellation_chance_by_cause["race"] == next_sale(
        watched, "alpha"
    )
    assert sum(expected(report, "unsettled_write").values()) == 0


@pytest.mark.parametrize("sales", [["alpha"] * 4, ["alpha"] * 3 + ["beta"]])
def test_a_race_is_of_the_shop_that_still_shows(watched: Shopfront, sales: list[str]) -> None:
    """Alpha sold most or all and shows none; only beta can sell what is not there."""
    sold_out(watched, *sales, beta=2)

    report = risk(watched.services)

    assert expected(report, "race")["alpha"] == 0.0
    assert by_shop(report)["beta"].cancellation_chance_by_cause["race"] == next_sale(
        watched, "beta"
    )


def test_a_write_that_may_land_is_a_risk_of_its_own_shop(watched: Shopfront) -> None:
    """Alpha shows one, which is a race; a second sale is rarer, and needs beta's write to land."""
    sold_out(watched, *["alpha"] * 4, alpha=1)
    write = Write(
        key=watched.key("beta"),
        units=2,
        shown_units=0,
        write_class=WriteClass.RAISE_FROM_ZERO,
        reason="a test",
    )
    with writing(watched.services.engine) as connection:
        now = Instant(watched.now)
        writes.commit_intents(connection, [Intended(write=write, fence=1, fact_at=None)], now)

    report = risk(watched.services)

    unsettled, race = expected(report, "unsettled_write"), expected(report, "race")
    assert unsettled["alpha"] == 0.0
    assert 0.0 < unsettled["beta"] < race["alpha"]


def test_a_stranded_listing_goes_on_selling(watched: Shopfront) -> None:
    """What alpha shows beyond the goods is no race: nothing lowers it until a person mends it."""
    sold_out(watched, *["alpha"] * 4, alpha=2)
    with writing(watched.services.engine) as connection:
        listings.strand(connection, watched.key("alpha"), "a test")

    report = risk(watched.services)

    chances = by_shop(report)["alpha"].cancellation_chance_by_cause
    assert chances["stranded_listing"] == next_sale(watched, "alpha", within_s=DAY_S)
    assert expected(report, "stranded_listing")["beta"] == 0.0
    assert expected(report, "race")["alpha"] == pytest.approx(0.0, abs=1e-9)


def test_an_order_of_a_listing_without_goods_may_have_none(front: Shopfront) -> None:
    """Nobody knows: the first fails as often as not, and the shop that sells it bears it."""
    front.open_for_business(12)
    ghost = NewSku(seller_sku="GHOST", warehouse_ids=(front.warehouse_ids["beta"],))
    (sku,) = front.world.list_product("beta", "Ghost", [ghost])
    front.world.edit_stock_by_hand(sku.sku_id, front.warehouse_ids["beta"], available=3)
    ask_for_rounds(front.services)
    front.work(3.0)
    front.world.checkout("beta", sku.sku_id, 1)
    front.work(3.0)

    assert expected(risk(front.services), "unmapped_sku") == {"alpha": 0.0, "beta": 0.5}


def test_a_feed_that_left_the_configuration_leaves_goods_unknown(front: Shopfront) -> None:
    """Nobody states its terms any more: no shortage is guessed from them, and no item named."""
    front.open_for_business(12)
    sell(front, "alpha")
    front.drop_feed(0)
    front.work(3.0)
    settings = front.services.settings.model_copy(update={"feeds": {}})

    report = risk(replace(front.services, settings=settings))

    assert report.items == ()
    assert expected(report, "shortage")["alpha"] == 0


# --- what is asked for -----------------------------------------------------------------------


def test_a_shop_may_be_asked_for_alone(front: Shopfront) -> None:
    """The others are left out; the item stays, since the shop sells it."""
    front.open_for_business(12)
    sell(front, "alpha", "beta")
    front.drop_feed(1)
    front.work(3.0)

    report = risk(front.services, shops=["alpha"])

    assert [shop.shop for shop in report.shops] == ["alpha"]
    assert only_item(report).sku == ITEM


def test_items_are_as_many_as_asked_for(front: Shopfront) -> None:
    """None, where none is wanted; the shops are told all the same."""
    front.open_for_business(12)
    sell(front, "alpha")
    front.drop_feed(0)
    front.work(3.0)

    report = risk(front.services, items_max=0)

    assert report.items == ()
    assert expected(report, "shortage")["alpha"] == 1.0


def test_the_walk_counts_what_the_books_count(front: Shopfront) -> None:
    """At every moment of a busy minute, what the stocktake says is the exposure of the book."""
    front.open_for_business(12)
    for shop in (*SHOPS, *SHOPS):
        order = front.buy(shop)
        front.work(0.3)
        front.world.cancel(order.order_id, "BUYER", "changed my mind")
        front.work(0.7)
        with reading(front.services.engine) as connection:
            still_open = stocktake.open_units(connection)
            pool = PoolKey(warehouse="EAST", sku=Sku(ITEM))
            draws = stocktake.draws_on(connection, [pool], still_open)[pool]
            rows = listings.load(connection, [draw.key for draw in draws])

        assert {draw.key: draw.exposure_units for draw in draws} == {
            key: exposure_units(row.book) for key, row in rows.items()
        }
