"""Orders: one row per unit, found through a lagging index, and restocked or not when off."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.orders import OrderStatus
from connectors.sandbox.refusals import NotForSale, SoldOut, WrongStatus
from connectors.sandbox.switches import SandboxSwitches

from .scene import Json, Scene


SEARCH = "/order/202309/orders/search"
DETAIL = "/order/202507/orders"


def search(scene: Scene, body: Json | None = None, **query: str | None) -> Json:
    """Search orders."""
    return scene.data("POST", SEARCH, body or {}, **query)


def ids_of(data: Json) -> list[str]:
    """Return the order ids of one page."""
    return [order["id"] for order in data["orders"]]


def test_a_checkout_takes_the_units_at_once() -> None:
    """An UNPAID order has already lowered the listing."""
    scene = Scene()
    mug = scene.list_sku(units=3)
    order = scene.buy(mug, 2)

    assert (order.status, scene.shown(mug)) == (OrderStatus.UNPAID, 1)


def test_a_checkout_sells_all_or_nothing() -> None:
    """With one unit too few nothing is sold."""
    scene = Scene()
    mug = scene.list_sku(units=2)

    with pytest.raises(SoldOut):
        scene.buy(mug, 3)
    assert scene.shown(mug) == 2


def test_what_is_off_sale_is_not_sold() -> None:
    """A deactivated product and a closed warehouse refuse the checkout."""
    scene = Scene()
    mug = scene.list_sku(units=2)
    shut = scene.world.add_warehouse("alpha", "Shut", effect_status="RESTRICTED").warehouse_id
    scene.world.deactivate(mug.product_id)

    with pytest.raises(NotForSale):
        scene.buy(mug)
    with pytest.raises(NotForSale):
        scene.world.checkout("alpha", scene.list_sku("PLATE", 1).sku_id, 1, shut)


def test_a_virtual_bundle_takes_its_components() -> None:
    """It shows the least of its parts, sells them together, and names them in its line."""
    scene = Scene()
    mug, plate = scene.list_sku("MUG", 3), scene.list_sku("PLATE", 2)
    bundle = scene.list_bundle(mug, plate)
    shown = scene.shown(bundle)
    order = scene.buy(bundle, 2)

    (line, _) = scene.data("GET", DETAIL, ids=order.order_id)["orders"][0]["line_items"]

    assert (shown, scene.shown(mug), scene.shown(plate)) == (2, 1, 0)
    assert [part["sku_id"] for part in line["combined_listing_skus"]] == [
        mug.sku_id,
        plate.sku_id,
    ]


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(min_value=1, max_value=4), min_size=4, max_size=24),
    units=st.integers(min_value=0, max_value=20),
)
def test_concurrent_checkouts_never_oversell_a_listing(sizes: list[int], units: int) -> None:
    """However many buy at once, what is sold and what is left are what there was."""
    scene = Scene()
    mug = scene.list_sku(units=units)
    sold: list[int] = []
    gate = threading.Barrier(4)

    def shop(orders: list[int]) -> None:
        gate.wait()
        for size in orders:
            try:
                sold.append(scene.buy(mug, size).units)
            except SoldOut:
                continue

    threads = [threading.Thread(target=shop, args=(sizes[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(sold) + scene.shown(mug) == units


def test_an_order_passes_through_its_states() -> None:
    """Each step sets its status and its time, in whole seconds."""
    scene = Scene(SandboxSwitches(remorse_hold_s=60))
    order = scene.buy(scene.list_sku(units=1), paid=True)
    steps = [scene.world.orders[order.order_id].status]
    scene.clock.wait(60.5)
    scene.world.snapshot()  # any act lets what fell due happen first
    steps.append(scene.world.orders[order.order_id].status)
    world = scene.world
    for act in (world.confirm_shipment, world.collect, world.deliver, world.complete):
        scene.clock.wait(10)
        steps.append(act(order.order_id).status)

    (shown,) = scene.data("GET", DETAIL, ids=order.order_id)["orders"]

    assert " ".join(steps) == (
        "ON_HOLD AWAITING_SHIPMENT AWAITING_COLLECTION IN_TRANSIT DELIVERED COMPLETED"
    )
    assert shown["collection_time"] - shown["rts_time"] == 10
    assert shown["packages"]


def test_a_step_out_of_turn_is_refused() -> None:
    """An unpaid order cannot be collected."""
    scene = Scene()
    order = scene.buy(scene.list_sku(units=1))

    with pytest.raises(WrongStatus):
        scene.world.collect(order.order_id)


def test_there_is_one_line_per_unit() -> None:
    """Three units are three rows, without a quantity field."""
    scene = Scene()
    order = scene.buy(scene.list_sku(units=3), 3)

    lines = scene.data("GET", DETAIL, ids=order.order_id)["orders"][0]["line_items"]

    assert len({line["id"] for line in lines}) == 3
    assert all("quantity" not in line for line in lines)


def test_orders_are_found_by_id_in_both_versions() -> None:
    """Ids are joined by commas, at most 50, and unknown ones are left out."""
    scene = Scene()
    mug = scene.list_sku(units=2)
    ids = [scene.buy(mug).order_id for _ in range(2)]
    joined = ",".join([*ids, "1"])

    assert ids_of(scene.data("GET", DETAIL, ids=joined)) == ids
    assert ids_of(scene.data("GET", "/order/202309/orders", ids=joined)) == ids
    assert scene.call("GET", DETAIL, ids=",".join("1" * 51)).json()["code"] == 36009004
    assert scene.call("GET", DETAIL).json()["code"] == 36009004


@settings(deadline=None)
@given(count=st.integers(min_value=0, max_value=23), size=st.integers(min_value=1, max_value=9))
def test_pages_show_every_order_once(count: int, size: int) -> None:
    """Following the tokens gives each order once, newest first, and the total on each page."""
    scene = Scene()
    mug = scene.list_sku(units=count)
    bought = []
    for _ in range(count):
        bought.append(scene.buy(mug).order_id)
        scene.clock.wait(0.4)
    scene.clock.wait(2)
    seen: list[str] = []
    token: str | None = None
    while token != "":
        page = search(scene, page_size=str(size), page_token=token)
        seen += ids_of(page)
        token = page["next_page_token"]
        assert page["total_count"] == count

    assert seen == bought[::-1]


def test_new_orders_do_not_shift_the_pages() -> None:
    """An order placed between two pages does not push a seen one onto the next."""
    scene = Scene()
    mug = scene.list_sku(units=9)
    for _ in range(4):
        scene.buy(mug)
        scene.clock.wait(1)
    first = search(scene, page_size="2")
    scene.buy(mug)
    second = search(scene, page_size="2", page_token=first["next_page_token"])

    assert len({*ids_of(first), *ids_of(second)}) == 4
    assert second["next_page_token"] == ""


def test_a_page_token_needs_careful_encoding() -> None:
    """Tokens hold plus and slash, as real ones do, and pass the signature when decoded."""
    scene = Scene()
    mug = scene.list_sku(units=2)
    scene.buy(mug)
    scene.buy(mug)

    token = search(scene, page_size="1")["next_page_token"]

    assert {"+", "/"} <= set(token)


@pytest.mark.parametrize(
    "query",
    [
        {"page_size": "0"},
        {"page_size": "101"},
        {"page_size": "ten"},
        {"page_token": "nonsense"},
        {"page_token": "WyJ4Il0="},
        {"sort_field": "price"},
        {"sort_order": "UP"},
    ],
)
def test_a_bad_search_is_refused(query: dict[str, str]) -> None:
    """A page or an order of rows that is none is 36009004."""
    scene = Scene()
    scene.buy(scene.list_sku(units=1))

    assert scene.call("POST", SEARCH, {}, **query).json()["code"] == 36009004


@pytest.mark.parametrize("body", [{"order_status": "LOST"}, {"create_time_ge": "x"}])
def test_a_bad_filter_is_refused(body: Json) -> None:
    """A filter that cannot be read is refused, not ignored."""
    scene = Scene()
    scene.buy(scene.list_sku(units=1))

    assert scene.call("POST", SEARCH, body).json()["code"] == 36009004


def test_time_windows_take_their_start_and_not_their_end() -> None:
    """`_ge` is inclusive and `_lt` exclusive, both in whole seconds."""
    scene = Scene()
    mug = scene.list_sku(units=3)
    for _ in range(3):
        scene.buy(mug)
        scene.clock.wait(1)
    start = int(scene.clock.now) - 3

    found = search(scene, {"create_time_ge": start, "create_time_lt": start + 2})

    assert found["total_count"] == 2


def test_the_default_order_is_newest_first() -> None:
    """Without sort fields a search sorts by create_time, descending; ASC turns it round."""
    scene = Scene()
    mug = scene.list_sku(units=2)
    scene.buy(mug)
    scene.clock.wait(5)
    scene.buy(mug)

    newest_first = ids_of(search(scene))

    assert newest_first == ids_of(search(scene, sort_order="ASC"))[::-1]
    assert newest_first == sorted(newest_first, reverse=True)


def test_the_index_lags_behind_the_orders() -> None:
    """Search shows an order and each change of it Λ later; detail shows them at once."""
    scene = Scene(SandboxSwitches(orders_index_lag_s=10))
    order = scene.buy(scene.list_sku(units=1))
    unseen = search(scene)["total_count"]
    scene.clock.wait(10)
    scene.world.pay(order.order_id)
    (stale,) = search(scene)["orders"]
    (fresh,) = scene.data("GET", DETAIL, ids=order.order_id)["orders"]
    scene.clock.wait(10)
    (caught_up,) = search(scene)["orders"]

    assert unseen == 0
    assert (stale["status"], fresh["status"]) == ("UNPAID", "AWAITING_SHIPMENT")
    assert caught_up["status"] == "AWAITING_SHIPMENT"


def test_a_shop_sees_its_own_orders_only() -> None:
    """Another shop's order is neither searched nor fetched."""
    scene = Scene()
    scene.open_shop("beta")
    order = scene.buy(scene.list_sku(units=1, shop="beta"))

    assert search(scene)["total_count"] == 0
    assert scene.data("GET", DETAIL, ids=order.order_id)["orders"] == []


def test_a_cancellation_restocks_after_its_delay() -> None:
    """The units come back `restock_delay_s` later, and not before."""
    scene = Scene(SandboxSwitches(restock_delay_s=30))
    mug = scene.list_sku(units=1)
    scene.world.cancel(scene.buy(mug).order_id, "BUYER", "changed my mind")
    at_once = scene.shown(mug)
    scene.clock.wait(30)

    assert (at_once, scene.shown(mug)) == (0, 1)


def test_restocking_can_be_switched_off() -> None:
    """A shop without auto-restock keeps the units back; a SKU's own word outranks it."""
    scene = Scene()
    mug, plate = scene.list_sku("MUG", 1), scene.list_sku("PLATE", 1)
    scene.world.set_auto_restock("alpha", enabled=False)
    scene.world.set_auto_restock(plate.sku_id, enabled=True)
    for sku in (mug, plate):
        scene.world.cancel(scene.buy(sku).order_id, "BUYER", "changed my mind")

    assert (scene.shown(mug), scene.shown(plate)) == (0, 1)


def test_a_cancelled_order_says_who_and_why() -> None:
    """Role on the lines, initiator and a text for the reason on the order."""
    scene = Scene()
    order = scene.buy(scene.list_sku(units=1), paid=True)
    scene.world.cancel(order.order_id, "SELLER", "seller_cancel_reason_out_of_stock")

    (shown,) = scene.data("GET", DETAIL, ids=order.order_id)["orders"]

    assert (shown["status"], shown["cancellation_initiator"]) == ("CANCELLED", "SELLER")
    assert shown["cancel_reason"] == "Out of stock"
    assert shown["line_items"][0]["cancel_user"] == "SELLER"


def test_an_unpaid_order_times_out() -> None:
    """After its time the system cancels it and its units come back."""
    scene = Scene(SandboxSwitches(unpaid_timeout_s=60))
    mug = scene.list_sku(units=1)
    order = scene.buy(mug)
    scene.clock.wait(60)

    assert scene.shown(mug) == 1
    assert scene.world.orders[order.order_id].cancelled_by == "SYSTEM"


def test_what_fell_due_carries_its_own_time() -> None:
    """An act that wakes the world late finds a cancellation dated to its due time."""
    scene = Scene(SandboxSwitches(unpaid_timeout_s=60))
    order = scene.buy(scene.list_sku(units=1))
    scene.clock.wait(100)
    (cancelled,) = scene.world.snapshot().orders

    assert cancelled.cancelled_at == order.created_at + 60


def test_a_late_order_may_be_cancelled_by_the_system() -> None:
    """Where TikTok enforces it, an order not ready by its due time is off."""
    scene = Scene(SandboxSwitches(cancels_unshipped_orders=True, shipping_due_s=100))
    mug = scene.list_sku(units=1)
    order = scene.buy(mug, paid=True)
    scene.clock.wait(100)

    assert scene.shown(mug) == 1
    assert scene.world.orders[order.order_id].is_cancelled


def test_a_parcel_left_lying_may_be_cancelled_by_the_system() -> None:
    """Where TikTok enforces it, a parcel that was packed and never collected is off."""
    scene = Scene(SandboxSwitches(cancels_uncollected_orders=True, collection_due_s=100))
    order = scene.buy(scene.list_sku(units=1), paid=True)
    scene.world.confirm_shipment(order.order_id)
    scene.clock.wait(100)
    (late,) = scene.world.snapshot().orders

    assert (late.is_cancelled, late.cancelled_by) == (True, "SYSTEM")


def test_a_parcel_under_way_is_not_late() -> None:
    """What was collected by its due time stays an order."""
    scene = Scene(SandboxSwitches(cancels_uncollected_orders=True, collection_due_s=100))
    order = scene.buy(scene.list_sku(units=1), paid=True)
    scene.world.confirm_shipment(order.order_id)
    scene.world.collect(order.order_id)
    scene.clock.wait(100)
    (on_its_way,) = scene.world.snapshot().orders

    assert not on_its_way.is_cancelled


def test_an_order_says_by_when_it_must_go() -> None:
    """From its release on: ready by the one time, collected by the other."""
    scene = Scene(SandboxSwitches(shipping_due_s=100, collection_due_s=150))
    mug = scene.list_sku(units=2)
    unpaid, paid = scene.buy(mug), scene.buy(mug, paid=True)

    shown = [scene.data("GET", DETAIL, ids=each.order_id)["orders"][0] for each in (unpaid, paid)]

    assert "shipping_due_time" not in shown[0]
    assert shown[1]["shipping_due_time"] == int(paid.created_at) + 100
    assert shown[1]["collection_due_time"] == int(paid.created_at) + 150
