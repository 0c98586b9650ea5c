"""What to do about an order that cannot be filled: the first remedy that may still help."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Sku
from reconciliation.risk import OrderKey
from reconciliation.shortage import Claim
from reconciliation.shortage_remedy import (
    ASKING_S,
    PACKING_S,
    Plight,
    Remedy,
    delivery_chance,
    remedied,
)

from ..support.boards import LAW


DAY_S = 86_400.0


def pool(sku: str, warehouse: str = "EAST") -> PoolKey:
    """Goods in a warehouse."""
    return PoolKey(warehouse=warehouse, sku=Sku(sku))


def plight(order_id: str, left_s: float | None = 3 * DAY_S, **fields: float) -> Plight:
    """An order for one tee that has three days left."""
    claim = Claim(
        order=OrderKey(shop="A", order_id=order_id),
        units={pool("TEE"): 1},
        harm=fields.get("harm", 1.0),
        placed_at=Instant(0.0),
    )
    return Plight(claim=claim, left_s=left_s, delivery_chance=fields.get("chance", 0.0))


def told(*plights: Plight, **spare: int) -> list[tuple[str, str, str]]:
    """Each order with its remedy and warehouse; `spare` are tees in other warehouses."""
    found = remedied(plights, {pool("TEE", warehouse): n for warehouse, n in spare.items()})
    return [(each.plight.claim.order.order_id, each.remedy, each.warehouse) for each in found]


def test_another_warehouse_is_the_first_remedy() -> None:
    """Nothing has to be waited for, and nobody asked."""
    assert told(plight("a", chance=1.0), WEST=1) == [("a", Remedy.OTHER_WAREHOUSE, "WEST")]


def test_what_one_order_takes_is_not_there_for_the_next() -> None:
    """One tee to spare, two orders: who is due first has it."""
    assert told(plight("late", 5 * DAY_S), plight("soon", 2 * DAY_S), WEST=1) == [
        ("soon", Remedy.OTHER_WAREHOUSE, "WEST"),
        ("late", Remedy.ASK_BUYER, ""),
    ]


def test_a_warehouse_must_have_all_that_is_missing() -> None:
    """A tee here and a mug there make two parcels, and no remedy."""
    both = replace(plight("a").claim, units={pool("TEE"): 1, pool("MUG"): 1})
    spare = {pool("TEE", "WEST"): 1, pool("MUG", "NORTH"): 1}

    (apart,) = remedied([replace(plight("a"), claim=both)], spare)
    (together,) = remedied([replace(plight("a"), claim=both)], {**spare, pool("MUG", "WEST"): 1})

    assert (apart.remedy, together.warehouse) == (Remedy.ASK_BUYER, "WEST")


def test_a_likely_delivery_is_waited_for() -> None:
    """From one in two on; below it the buyer is asked."""
    assert told(plight("a", chance=0.5)) == [("a", Remedy.WAIT, "")]
    assert told(plight("a", chance=0.49)) == [("a", Remedy.ASK_BUYER, "")]


@pytest.mark.parametrize(
    ("left_s", "remedy"),
    [
        (ASKING_S, Remedy.ASK_BUYER),
        (ASKING_S - 1.0, Remedy.GIVE_UP),
        (-1.0, Remedy.GIVE_UP),
        (None, Remedy.ASK_BUYER),
    ],
)
def test_a_buyer_needs_time_to_answer(left_s: float | None, remedy: Remedy) -> None:
    """With less than a day left nobody is asked any more."""
    assert told(plight("a", left_s)) == [("a", remedy, "")]


def test_what_is_lost_takes_nothing_from_others() -> None:
    """It is given up although goods are to spare and a delivery is sure."""
    lost = plight("lost", 0.0, harm=0.0, chance=1.0)

    assert told(lost, plight("b"), WEST=1) == [
        ("lost", Remedy.GIVE_UP, ""),
        ("b", Remedy.OTHER_WAREHOUSE, "WEST"),
    ]


def test_orders_come_by_due_time() -> None:
    """Those that nobody dated come last."""
    found = told(plight("c", None), plight("b", 5 * DAY_S), plight("a", 4 * DAY_S))

    assert [order for order, _, _ in found] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("deliveries", "left_days", "chance"),
    [
        ([10, 10, 10, 10], 7.0, 1 - math.exp(-1.0)),
        ([10, 10, 10, 4], 7.0, 1 - math.exp(-3 / 4)),
        ([4, 4], 7.0, 0.0),
        ([], 7.0, 0.0),
        ([10], 0.0, 0.0),
        ([10], -3.0, 0.0),
    ],
)
def test_a_delivery_comes_as_often_as_before(
    deliveries: list[int], left_days: float, chance: float
) -> None:
    """Four in four weeks make one in a week; those of fewer than the five missing do not help."""
    found = delivery_chance(
        deliveries, 28 * DAY_S, missing_units=5, left_s=left_days * DAY_S + PACKING_S
    )

    assert found == pytest.approx(chance)


def test_what_was_never_observed_is_not_waited_for() -> None:
    """A delivery in no time at all tells nothing of the next."""
    assert delivery_chance([10], 0.0, missing_units=5, left_s=DAY_S) == 0.0


@LAW
@given(
    lefts=st.lists(st.floats(-DAY_S, 9 * DAY_S), max_size=8),
    spare=st.integers(0, 5),
)
def test_no_warehouse_ships_more_than_it_has(lefts: list[float], spare: int) -> None:
    """However many orders ask for it."""
    found = told(*(plight(str(n), left) for n, left in enumerate(lefts)), WEST=spare)

    shipped = sum(remedy is Remedy.OTHER_WAREHOUSE for _, remedy, _ in found)
    assert shipped == min(spare, len(lefts))
