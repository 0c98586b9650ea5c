"""Each answer to what the API page leaves open can be had, and does what it says."""

import json
from dataclasses import fields

import httpx
import pytest

from connectors.sandbox.faults import FaultKind
from connectors.sandbox.orders import OrderStatus
from connectors.sandbox.switch_table import SWITCHES, Switch
from connectors.sandbox.switches import SandboxSwitches

from .scene import Scene


def on(**switches: object) -> Scene:
    """Return a scene under these answers."""
    return Scene(SandboxSwitches(**switches))  # type: ignore[arg-type]  # each test names its own


def test_the_table_has_a_row_for_each_switch() -> None:
    """In the order of the fields, so that the two are read side by side."""
    assert [row.name for row in SWITCHES] == [field.name for field in fields(SandboxSwitches)]


@pytest.mark.parametrize("row", SWITCHES, ids=lambda row: row.name)
def test_the_first_answer_is_the_one_in_force_and_each_can_be_given(row: Switch) -> None:
    """A table that drifts from the switches would prove something else."""
    given = [
        getattr(SandboxSwitches(**{row.name: answer}), row.name)  # type: ignore[arg-type]  # of many types
        for answer in row.answers
    ]

    assert given == list(row.answers)
    assert row.answers[0] == getattr(SandboxSwitches(), row.name)


def test_a_switch_has_more_than_one_answer() -> None:
    """Else it would ask nothing."""
    assert [row.name for row in SWITCHES if len(row.answers) < 2] == []


def test_an_unsafe_answer_says_why() -> None:
    """A table that only warns helps nobody."""
    with pytest.raises(ValueError, match="must say why"):
        Switch(name="x", asks="?", answers=(True, False), unsafe=(False,))


def test_a_quantity_may_count_what_is_ordered_and_has_not_left() -> None:
    """Then so many fewer are on sale."""
    scene = on(quantity_includes_committed=True)
    sku = scene.list_sku(units=5)
    scene.buy(sku, 2, paid=True)
    scene.write(sku, 7)

    assert scene.shown(sku) == 5


def test_a_quantity_may_leave_out_what_campaigns_and_creators_hold() -> None:
    """Then their units are on sale beside it."""
    scene = on(quantity_excludes_allocations=True)
    sku = scene.list_sku(units=10)
    scene.world.edit_stock_by_hand(*scene.key(sku), campaign=3, creator=1)
    scene.write(sku, 2)

    assert scene.shown(sku) == 6


def test_where_allocations_are_not_in_a_quantity_they_are_no_floor_for_it() -> None:
    """Nothing of theirs is touched by a 0."""
    scene = on(quantity_excludes_allocations=True)
    sku = scene.list_sku(units=10)
    scene.world.edit_stock_by_hand(*scene.key(sku), campaign=3)

    assert scene.write(sku, 0).json()["data"] == {}


def test_where_an_unpaid_order_holds_nothing_two_buyers_can_order_one_unit() -> None:
    """What no guard can prevent."""
    scene = on(unpaid_holds_stock=False)
    sku = scene.list_sku(units=1)
    scene.buy(sku)
    scene.buy(sku)

    assert scene.shown(sku) == 1


def test_where_an_unpaid_order_holds_nothing_the_first_to_pay_has_it() -> None:
    """The other is told that it is gone."""
    scene = on(unpaid_holds_stock=False)
    sku = scene.list_sku(units=1)
    first, second = scene.buy(sku), scene.buy(sku)
    paid = [scene.world.pay(each.order_id).status for each in (second, first)]

    assert paid == [OrderStatus.AWAITING_SHIPMENT, OrderStatus.CANCELLED]
    assert scene.shown(sku) == 0


def test_an_order_that_held_nothing_gives_nothing_back() -> None:
    """Else its cancellation would make a unit."""
    scene = on(unpaid_holds_stock=False, unpaid_timeout_s=10.0)
    sku = scene.list_sku(units=1)
    scene.buy(sku)
    scene.clock.wait(11.0)

    assert scene.shown(sku) == 1


def test_order_ids_may_have_to_be_a_json_list() -> None:
    """The majority of programs joins them by commas."""
    scene = on(order_ids_as_json=True)
    order = scene.buy(scene.list_sku(units=1))
    found = scene.data("GET", "/order/202507/orders", ids=json.dumps([order.order_id]))

    assert [each["id"] for each in found["orders"]] == [order.order_id]


def test_order_ids_that_are_no_list_are_refused() -> None:
    """As the parameter that they are."""
    scene = on(order_ids_as_json=True)
    order = scene.buy(scene.list_sku(units=1))

    assert scene.call("GET", "/order/202507/orders", ids=order.order_id).json()["code"] == 36009004


def next_page(scene: Scene, waited_s: float) -> httpx.Response:
    """Return the answer to a second page that is asked for so late."""
    sku = scene.list_sku(units=9)
    for _ in range(2):
        scene.buy(sku)
    first = scene.data("POST", "/order/202309/orders/search", {}, page_size="1")
    scene.clock.wait(waited_s)
    token = first["next_page_token"]
    return scene.call("POST", "/order/202309/orders/search", {}, page_size="1", page_token=token)


def test_a_page_token_works_for_ever_unless_told_otherwise() -> None:
    """Nothing is documented of its end."""
    assert next_page(on(), 86_400.0).json()["code"] == 0


@pytest.mark.parametrize(("waited_s", "code"), [(10.0, 0), (10.5, 36009004)])
def test_a_page_token_may_end(waited_s: float, code: int) -> None:
    """A walk that takes too long is begun anew."""
    assert next_page(on(page_token_life_s=10.0), waited_s).json()["code"] == code


def test_tiktok_may_have_another_time_of_day() -> None:
    """An order has its time, not ours."""
    scene = on(clock_ahead_s=5.0)

    assert scene.buy(scene.list_sku(units=1)).created_at == scene.clock.now + 5.0


def test_a_switch_can_be_turned_while_the_world_goes_on() -> None:
    """From the next call on it counts."""
    scene = on()
    sku = scene.list_sku(units=4)
    scene.world.set_switches(SandboxSwitches(zero_accepted=False))

    assert scene.write(sku, 0).json()["data"]["errors"] != []


def test_a_clock_that_is_set_back_stands_still() -> None:
    """What was stays before what is."""
    scene = on(clock_ahead_s=5.0)
    with scene.world.turn() as before:
        pass
    scene.world.set_switches(SandboxSwitches())
    with scene.world.turn() as after:
        pass

    assert after == before


def test_a_timeout_after_effect_forced_on_a_write_still_lands() -> None:
    """The switches change nothing of what faults do."""
    scene = on(quantity_includes_committed=True)
    sku = scene.list_sku(units=4)
    scene.faults.force(FaultKind.TIMEOUT_AFTER_EFFECT, api="inventory_update")
    with pytest.raises(httpx.ReadTimeout):
        scene.write(sku, 2)

    assert scene.shown(sku) == 2


@pytest.mark.parametrize(
    ("name", "value"), [("restock_delay_s", -1.0), ("calls_per_second", 0), ("max_quantity", 0)]
)
def test_an_answer_that_cannot_be_is_refused(name: str, value: float) -> None:
    """With the name of its switch."""
    with pytest.raises(ValueError, match=name):
        on(**{name: value})
