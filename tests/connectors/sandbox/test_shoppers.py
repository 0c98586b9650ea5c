"""Shoppers come as their seed says, whatever they find."""

import random

from connectors.sandbox.shoppers import Burst, ShopperProfile, Shoppers, Window
from connectors.sandbox.switches import SandboxSwitches

from .scene import NOON, Scene


def run(
    seed: int, *, units: int = 1000, step_s: float = 0.5, seconds: int = 200
) -> tuple[Scene, Shoppers]:
    """Let shoppers come to one listing for a while."""
    scene = Scene(SandboxSwitches(unpaid_timeout_s=20))
    mug = scene.list_sku(units=units)
    window = Window(
        shop="alpha", sku_id=mug.sku_id, warehouse_id=scene.key(mug)[1], buyers_per_s=0.5
    )
    crowd = Burst(at=NOON + 50, over_s=2.0, buyers=30, windows=(window,))
    profile = ShopperProfile(starts_at=NOON, windows=(window,), burst=crowd, cancel_share=0.3)
    shoppers = Shoppers(scene.world, random.Random(seed), profile)
    for _ in range(int(seconds / step_s)):
        scene.clock.wait(step_s)
        shoppers.step(scene.clock.now)
    return scene, shoppers


def test_a_seed_decides_everything() -> None:
    """Two runs of one seed are equal to the last order, two seeds are not."""
    assert run(1)[0].world.snapshot() == run(1)[0].world.snapshot()
    assert run(1)[0].world.snapshot() != run(2)[0].world.snapshot()


def test_stock_and_steps_change_nothing_about_who_comes() -> None:
    """The same shoppers arrive when little is in stock, and when they are asked less often."""
    arrived = [
        run(1)[1].counts().arrived,
        run(1, units=5)[1].counts().arrived,
        run(1, step_s=4.0)[1].counts().arrived,
    ]

    assert arrived == [arrived[0]] * 3


def test_the_sold_out_are_counted() -> None:
    """What finds no stock is refused, and the numbers add up."""
    counts = run(1, units=5)[1].counts()

    assert counts.refused > 0
    assert counts.arrived == counts.ordered + counts.refused


def test_orders_take_every_way() -> None:
    """Some are paid, some time out unpaid, some are called off, some are for several units."""
    scene, shoppers = run(1)
    orders = scene.world.snapshot().orders
    reasons = {order.cancel_reason for order in orders if order.is_cancelled}

    assert {order.units for order in orders} == {1, 2, 3}
    assert any(order.paid_at for order in orders)
    assert reasons == {"system_cancel_unpaid_time_out", "buyer_cancel_no_longer_needed"}
    assert shoppers.counts().cancelled > 0


def test_the_burst_comes_at_its_time() -> None:
    """Thirty buyers within the two seconds of the burst, besides the usual one."""
    scene, _ = run(1)
    crowd = [
        order for order in scene.world.snapshot().orders if 50 < order.created_at - NOON <= 52.5
    ]

    assert 30 <= len(crowd) <= 35
