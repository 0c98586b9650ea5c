"""What the figures say of how things stand."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.sandbox.faults import FaultKind
from connectors.store import holds, shops, work
from connectors.store.engine import writing
from connectors.store.holds import HoldRow
from reconciliation.quantities import Instant, later, normal_sku
from reconciliation.shop_state import ShopState, Sign
from tests.support.monitoring import ItemAtRisk, Report, ShopAtRisk, figures, scrape
from tests.support.shopfront import SHOPS, START, Shopfront, iso, shopfront
from worker.feed_desk import refuse
from worker.holding import Word
from worker.metrics.endpoints import monitoring_app
from worker.scheduler import ask_for_rounds
from worker.shops.signs import Learned


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops in write mode, nothing done yet."""
    with shopfront(tmp_path) as opened:
        yield opened


RISK = Report(shops=tuple(ShopAtRisk(shop=shop) for shop in SHOPS), items=(ItemAtRisk(sku="TEE"),))


def test_stock_is_summed_by_warehouse(front: Shopfront) -> None:
    """Ten units, none taken, and all of them promised but for what is held back."""
    front.open_for_business(10)
    shown = figures(front)
    names = ("ats_units", "exposure_units", "shortage_units", "oversold_units")

    assert [shown.value(name, warehouse="EAST") for name in names] == [10.0, 10.0, 0.0, 0.0]


def test_orders_without_goods_show_as_oversold(front: Shopfront) -> None:
    """Four orders and one unit: three are short, and three have to be cancelled."""
    front.open_for_business(4)
    for shop in ("alpha", "alpha", "beta", "beta"):
        front.buy(shop)
    front.work(3)
    front.drop_feed(1)
    front.work(3)
    shown = figures(front)

    assert shown.value("ats_units", warehouse="EAST") == -3.0
    assert shown.value("shortage_units", warehouse="EAST") == 3.0
    assert shown.value("oversold_units", warehouse="EAST") == 3.0


def test_units_that_a_person_set_aside_are_no_oversell(front: Shopfront) -> None:
    """A promotion's stock is short of goods, but no order is."""
    front.open_for_business(2)
    with writing(front.services.engine) as connection:
        holds.add(connection, set_aside(front, units=5))
    front.drop_feed(2)
    front.work(3)
    shown = figures(front)

    assert shown.value("shortage_units", warehouse="EAST") == 3.0
    assert shown.value("oversold_units", warehouse="EAST") == 0.0


def set_aside(front: Shopfront, *, units: int) -> HoldRow:
    """Return a hold on the item that sets units aside for an hour."""
    now = front.services.now()
    return HoldRow(
        hold_id=0,
        sku=normal_sku("TEE"),
        shop="",
        warehouse="",
        units_max=None,
        set_aside_units=units,
        who="ada",
        why="live stream",
        began_at=now,
        expires_at=later(now, 3_600.0),
    )


def test_a_feed_ages_and_is_late(front: Shopfront) -> None:
    """Its age counts from what it states, its lateness from when the next was expected."""
    front.open_for_business(10)
    place = {"feed": "east", "warehouse": "EAST", "partner": "north"}
    front.pass_time(100.0 - 8.0)
    shown = figures(front)

    assert shown.value("feed_age_seconds", **place) == pytest.approx(100.0, abs=1.0)
    assert shown.value("feed_lateness_seconds", **place) == pytest.approx(40.0, abs=1.0)
    assert shown.value("feed_rows", feed="east", fate="accepted") == 1.0


def test_files_that_wait_for_a_person_are_counted(front: Shopfront) -> None:
    """Until each is decided; the same file sent twice waits once."""
    place = {"feed": "east", "warehouse": "EAST", "partner": "north"}
    stock = "".join(f"SKU-{number},5,{iso(front.now)}\n" for number in range(12))
    ask_for_rounds(front.services)
    front.drop_file(f"sku,quantity,as_of\n{stock}")
    front.work(1.0)
    for name in ("short.csv", "again.csv"):
        front.drop_file(f"sku,quantity,as_of\nSKU-1,5,{iso(START + 1.0)}\n", name)
        front.work(1.0)
    waiting = figures(front).value("feed_files_waiting", **place)
    refuse(front.services, 2, Word(who="ann", why="half an export"))

    assert waiting == 1.0
    assert figures(front).value("feed_files_waiting", **place) == 0.0


def test_what_never_came_is_infinitely_old(front: Shopfront) -> None:
    """No alert on an age can miss a feed or a ledger that never was."""
    place = {"feed": "east", "warehouse": "EAST", "partner": "north"}
    shown = figures(front)

    assert shown.value("feed_age_seconds", **place) == float("inf")
    assert shown.value("feed_lateness_seconds", **place) == float("inf")
    assert shown.value("ledger_age_seconds", shop="alpha") == float("inf")


def test_a_counter_is_there_before_it_counts(front: Shopfront) -> None:
    """The first event can only be seen as a rise from 0."""
    shown = figures(front)

    assert shown.value("bound_breaches_total", shop="alpha") == 0.0
    assert shown.value("step_failures_total", queue="push") == 0.0
    assert shown.value("push_outcomes_total", shop="beta", outcome="unknown") == 0.0


def test_an_unsettled_write_ages(front: Shopfront) -> None:
    """A write without an answer counts, and grows old, until a read settles it."""
    front.faults.force(FaultKind.TIMEOUT_BEFORE_EFFECT, api="inventory_update")
    front.open_for_business(10)
    shown = figures(front)
    counts = {
        shop: shown.value("unsettled_writes", shop=shop, outcome="unknown") for shop in SHOPS
    }
    ages = {shop: shown.value("unsettled_write_age_seconds", shop=shop) for shop in SHOPS}

    assert sorted(counts.values()) == [0.0, 1.0]
    assert [ages[shop] > 0 for shop in SHOPS] == [counts[shop] > 0 for shop in SHOPS]


def test_work_that_is_due_ages(front: Shopfront) -> None:
    """Its age counts from when it was due; a queue without any shows 0."""
    with writing(front.services.engine) as connection:
        work.ask(connection, "plan", ["EAST/TEE"], due_at=Instant(front.now - 7.0))
    shown = figures(front)

    assert shown.value("work_due", queue="plan") == 1.0
    assert shown.value("work_age_seconds", queue="plan") == 7.0
    assert shown.value("work_age_seconds", queue="push") == 0.0


def test_a_stopped_shop_is_not_enabled(front: Shopfront) -> None:
    """`writes stop` shows at once, and so does what keeps a shop from being reached."""
    with writing(front.services.engine) as connection:
        shops.stop_writes(connection, "alpha", stopped=True)
        shops.note_trouble(connection, "beta", "its token was withdrawn")
    shown = figures(front)

    assert [shown.value("shop_writes_enabled", shop=shop) for shop in SHOPS] == [0.0, 1.0]
    assert [shown.value("shop_in_trouble", shop=shop) for shop in SHOPS] == [0.0, 1.0]


def test_a_shop_that_tiktok_shuts_shows_in_its_state_alone(front: Shopfront) -> None:
    """One state of each shop is 1; the other shop is written to as before."""
    keeper = front.services.tiktok.keeper
    keeper.note(Learned(shop="alpha", sign=Sign.REVOKED))
    keeper.note(Learned(shop="beta", sign=Sign.REFRESHED))
    shown = figures(front)
    states = {
        shop: [s for s in ShopState if shown.value("shop_state", shop=shop, state=s)]
        for shop in SHOPS
    }

    assert states == {"alpha": [ShopState.REVOKED], "beta": [ShopState.AUTHORISED]}
    assert [shown.value("shop_writes_enabled", shop=shop) for shop in SHOPS] == [0.0, 1.0]


def test_a_warehouse_that_left_the_configuration_is_not_shown(front: Shopfront) -> None:
    """A shortage that nobody counts any more raises no alarm for ever."""
    front.open_for_business(10)
    left = front.services.settings.model_copy(update={"warehouses": {}})
    shown = scrape(monitoring_app(replace(front.services, settings=left)))

    assert shown.all("ats_units") == {}


def test_a_shop_that_left_the_configuration_is_not_shown(front: Shopfront) -> None:
    """Its rows stay in the record, and no dashboard waits for it for ever."""
    front.open_for_business(10)
    settings = front.services.settings
    left = settings.model_copy(update={"shops": {"alpha": settings.shops["alpha"]}})
    shown = scrape(monitoring_app(replace(front.services, settings=left)))

    assert {dict(labels)["shop"] for labels in shown.all("listings")} == {"alpha"}
    assert {dict(labels)["shop"] for labels in shown.all("ledger_age_seconds")} == {"alpha"}


def test_listings_without_goods_are_counted_apart(front: Shopfront) -> None:
    """They are in no state of the guard."""
    front.drop_feed(10, sku="OTHER")
    front.open_for_business(0)
    shown = figures(front)

    assert shown.value("unmapped_listings", shop="alpha") == 1.0
    assert sum(shown.all("listings").values()) == 0.0


def test_risk_is_shown_by_cause(front: Shopfront) -> None:
    """What a risk report says is said by the gauges."""
    shown = figures(front, RISK)
    shop = {"shop": "alpha"}

    assert shown.value("expected_cancelled_orders", cause="shortage", **shop) == 3.0
    assert shown.value("projected_sfcr_ratio", cause="already_cancelled", **shop) == 0.005
    assert shown.value("sfcr_limit_ratio", **shop) == 0.025
    assert shown.value("orders_in_window", **shop) == 200.0
    assert shown.value("item_shortage_units", warehouse="EAST", sku="TEE") == 2.0
