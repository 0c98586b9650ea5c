"""What TikTok tells of a shop besides orders and stock is kept once, and found again."""

from dataclasses import replace

from sqlalchemy import Engine

from connectors.store import (
    activities,
    bars,
    cancellations,
    off_sale,
    restock_settings,
    stock_shares,
)
from connectors.store.activities import StoredActivity, StoredLimit
from connectors.store.bars import Bar
from connectors.store.cancellations import StoredCancellation
from connectors.store.engine import reading, writing
from connectors.store.off_sale import OffSale
from connectors.store.stock_shares import StockShare
from reconciliation.catalog import ListingKey
from reconciliation.off_sale import Step
from reconciliation.quantities import Instant


NOW = Instant(1_000_000.0)
LATER = Instant(1_000_060.0)
KEY = ListingKey(shop="uk", product_id="P1", sku_id="S1", warehouse_id="W1")
TWIN = replace(KEY, warehouse_id="W2")

BAR = Bar(
    code=12052393,
    state="campaign_lock",
    told="12052393 locked",
    least_units=None,
    times=1,
    since=NOW,
    ends_at=LATER,
)
CANCELLATION = StoredCancellation(
    shop="uk",
    cancel_id="C1",
    order_id="O1",
    lines=("L1", "L2"),
    role="BUYER",
    reason="buyer_cancel",
    kind="BUYER_CANCEL",
    status="CANCELLATION_REQUEST_SUCCESS",
    restocks=None,
    updated_at=NOW,
)
ACTIVITY = StoredActivity(
    shop="uk",
    activity_id="A1",
    title="Flash",
    kind="FLASHSALE",
    status="ONGOING",
    begins_at=NOW,
    ends_at=None,
    read_at=NOW,
)
SHARE = StockShare(shop="uk", sku_id="S1", campaign_units=3, creator_units=1)


# -- bars ---------------------------------------------------------------------------------------


def test_a_bar_is_found_by_its_listing(engine: Engine) -> None:
    """And by no other warehouse of its SKU."""
    with writing(engine) as connection:
        bars.save(connection, {KEY: BAR})
        found = bars.load(connection, [KEY, TWIN])

    assert found == {KEY: BAR}


def test_a_newer_bar_takes_the_place_of_the_older(engine: Engine) -> None:
    """A listing has one reason at a time."""
    newer = replace(BAR, least_units=3, times=2)
    with writing(engine) as connection:
        bars.save(connection, {KEY: BAR})
        bars.save(connection, {KEY: newer})
        found = bars.load(connection, [KEY])

    assert found == {KEY: newer}


def test_only_a_bar_that_has_ended_is_forgotten(engine: Engine) -> None:
    """TikTok took a quantity above the least: less is still refused."""
    with writing(engine) as connection:
        bars.save(connection, {KEY: BAR, TWIN: replace(BAR, ends_at=NOW)})
        bars.forget_ended(connection, [KEY, TWIN], NOW)
        found = bars.load(connection, [KEY, TWIN])

    assert found.keys() == {KEY}


def test_a_products_bars_end_together(engine: Engine) -> None:
    """What changed of it may have mended each."""
    with writing(engine) as connection:
        bars.save(connection, {KEY: BAR, TWIN: BAR})
        bars.end(connection, "uk", "P1", NOW)
        found = bars.in_force(connection, "uk", NOW)

    assert found == {}


# -- shares of stock ----------------------------------------------------------------------------


def test_a_share_that_is_no_more_is_forgotten(engine: Engine) -> None:
    """A read shows the SKU without any."""
    sku = ("uk", "S1")
    with writing(engine) as connection:
        stock_shares.save(connection, [sku], [SHARE], NOW)
        before = stock_shares.load(connection, [sku])
        stock_shares.save(connection, [sku], [], NOW)
        after = stock_shares.load(connection, [sku])

    assert (before, after) == ({sku: SHARE}, {})


def test_the_share_of_a_sku_that_was_not_read_stays(engine: Engine) -> None:
    """Nothing is known of it that was not known before."""
    with writing(engine) as connection:
        stock_shares.save(connection, [("uk", "S1")], [SHARE], NOW)
        stock_shares.save(connection, [("uk", "S2")], [], NOW)
        found = stock_shares.load(connection, [("uk", "S1")])

    assert found.keys() == {("uk", "S1")}


# -- cancellations ------------------------------------------------------------------------------


def test_only_what_says_something_new_is_unknown(engine: Engine) -> None:
    """One that was told before, and one that has moved on since."""
    moved = replace(CANCELLATION, cancel_id="C2", restocks=True)
    with writing(engine) as connection:
        cancellations.save(connection, [CANCELLATION, replace(moved, restocks=None)])
        fresh = cancellations.unknown(connection, [CANCELLATION, moved])

    assert fresh == (moved,)


def test_what_says_nothing_of_restocks_is_not_counted(engine: Engine) -> None:
    """Where TikTok does not say, nobody knows."""
    told = [
        replace(CANCELLATION, cancel_id=str(number), restocks=restocks)
        for number, restocks in enumerate([True, True, False, None])
    ]
    with writing(engine) as connection:
        cancellations.save(connection, told)
        counted = cancellations.restocking(connection, "uk")

    assert counted == {True: 2, False: 1}


def test_how_far_cancellations_were_read_is_kept(engine: Engine) -> None:
    """Of each shop by itself."""
    with writing(engine) as connection:
        cancellations.save_progress(connection, "uk", NOW)
        cancellations.save_progress(connection, "uk", LATER)
        found = [cancellations.read_up_to(connection, shop) for shop in ("uk", "us")]

    assert found == [LATER, None]


# -- promotions ---------------------------------------------------------------------------------


def test_a_listing_finds_the_promotions_of_its_sku_and_of_its_product(engine: Engine) -> None:
    """And not those of another SKU."""
    limits = [
        StoredLimit(activity_id="A1", product_id="P1", sku_id="S1", units_max=5),
        StoredLimit(activity_id="A2", product_id="P1", sku_id="", units_max=None),
        StoredLimit(activity_id="A3", product_id="P1", sku_id="S9", units_max=1),
    ]
    some = [replace(ACTIVITY, activity_id=f"A{number}") for number in (1, 2, 3)]
    with writing(engine) as connection:
        activities.save(connection, "uk", some, limits)
        found = activities.with_listing(connection, KEY)

    assert found == ((some[0], 5), (some[1], None))


def test_a_new_reading_replaces_the_shops_promotions_alone(engine: Engine) -> None:
    """What is not in it is over; another shop's are not touched."""
    limit = StoredLimit(activity_id="A1", product_id="P1", sku_id="S1", units_max=5)
    with writing(engine) as connection:
        activities.save(connection, "uk", [ACTIVITY], [limit])
        activities.save(connection, "us", [replace(ACTIVITY, shop="us")], [limit])
        activities.save(connection, "uk", [], [])
        found = [activities.with_listing(connection, replace(KEY, shop=s)) for s in ("uk", "us")]

    assert [len(each) for each in found] == [0, 1]


# -- products and settings ----------------------------------------------------------------------


def test_a_product_off_sale_is_kept_until_it_is_forgotten(engine: Engine) -> None:
    """With its step."""
    row = OffSale(
        shop="uk", product_id="P1", step=Step.OFF, because="lock", since=NOW, changed_at=NOW
    )
    with writing(engine) as connection:
        off_sale.save(connection, row)
        kept = off_sale.load(connection, "uk", "P1")
        off_sale.forget(connection, "uk", "P1")
        gone = off_sale.load(connection, "uk", "P1")

    assert (kept, gone) == (row, None)


def test_a_refused_sku_is_asked_for_again_after_a_while(engine: Engine) -> None:
    """One that was switched off never is."""
    with writing(engine) as connection:
        restock_settings.save(connection, "uk", ["S1", "S2"], {"S2": "no"}, NOW)
    with reading(engine) as connection:
        soon = restock_settings.settled(connection, "uk", asked_after=Instant(NOW - 1.0))
        late = restock_settings.settled(connection, "uk", asked_after=LATER)

    assert soon == {"S1", "S2"}
    assert late == {"S1"}
