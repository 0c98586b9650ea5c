"""Orders that were cancelled for want of goods which every file says are there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.orders import Role
from connectors.store import catalog, trail
from connectors.store.engine import reading, writing
from reconciliation.budget import Cause
from reconciliation.catalog import Listing
from reconciliation.orders import LineSeen
from reconciliation.quantities import EPOCH, Instant
from worker.reports.explain import explain
from worker.steps.plan_pools import ask_for_decisions
from worker.steps.record_orders import record_looks
from worker.weighing import ACCOUNT_AGE_S_MAX, OVERSOLD, Weighing

from ..support.boards import TEE, pool_key, recipe
from ..support.shopfront import Shopfront, shopfront
from .overlap_rig import POOL


WANT_OF_STOCK = "seller_cancel_reason_out_of_stock"
DAY_S = 86_400.0


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops that sell from one shelf, nothing done yet."""
    with shopfront(tmp_path) as opened:
        yield opened


def open_with_errors(front: Shopfront) -> None:
    """Open with a partner that is known to lose a unit or so a day."""
    front.open_for_business(40)
    for units in (39, 39, 38):
        front.pass_time(DAY_S)
        front.drop_feed(units)
        front.work(3.0)


def buy(front: Shopfront, units: int = 1) -> str:
    """Buy and pay, and let the program hear of it; return the order."""
    order = front.buy("alpha", units)
    front.world.pay(order.order_id)
    front.work(3.0)
    return order.order_id


def cancel(front: Shopfront, *orders: str, reason: str = WANT_OF_STOCK) -> None:
    """Cancel orders as the seller, and let the program hear of it."""
    for order in orders:
        front.world.cancel(order, Role.SELLER, reason)
    front.work(3.0)


def on_account(front: Shopfront) -> float:
    """How many orders the account holds against declines, whatever they weigh."""
    with reading(front.services.engine) as connection:
        events = trail.events_of(connection, [Cause.DECLINE.value], OVERSOLD, since=EPOCH)
    return float(sum(event.detail["orders"] for event in events))


def units_on_account(front: Shopfront) -> int:
    """How many units decisions found missing that no newer file has found again."""
    with reading(front.services.engine) as connection:
        events = trail.events_of(connection, [Cause.DECLINE.value], OVERSOLD, since=EPOCH)
    return sum(event.detail["units"] for event in events if "order" not in event.detail)


def look(front: Shopfront, status: str, *, line: str = "1") -> LineSeen:
    """One look at a line of an order, which is cancelled for want of goods where it is."""
    key, now = front.key("alpha"), Instant(front.now)
    return LineSeen(
        shop="alpha",
        order_id="577",
        line_id=line,
        sku_id=key.sku_id,
        warehouse_id=key.warehouse_id,
        status=status,
        placed_at=now,
        updated_at=now,
        departed_at=now if status == "IN_TRANSIT" else None,
        cancelled_at=now if status == "CANCELLED" else None,
        cancelled_by="SELLER" if status == "CANCELLED" else "",
        cancel_reason=WANT_OF_STOCK if status == "CANCELLED" else "",
    )


def tell(front: Shopfront, *looks: LineSeen) -> None:
    """Record looks at orders together."""
    record_looks(front.services, looks, front.services.now())


# -- the main line --------------------------------------------------------------------------------


def test_goods_that_no_file_ever_misses_raise_the_price_of_a_decline(front: Shopfront) -> None:
    """The partner's figure had them to the end; only the cancelled order tells."""
    open_with_errors(front)
    with reading(front.services.engine) as connection:
        before = Weighing().account(connection, front.services.now())
    cancel(front, buy(front))
    with reading(front.services.engine) as connection:
        account = Weighing().account(connection, front.services.now())

    assert before.oversold_orders.get(Cause.DECLINE, 0.0) == 0.0
    assert account.oversold_orders[Cause.DECLINE] == pytest.approx(1.0, rel=0.01)


def test_the_listings_then_show_less(front: Shopfront) -> None:
    """What is held back against a decline grows with its price, and nothing else has changed."""
    open_with_errors(front)
    order = buy(front)
    before = front.shown()
    cancel(front, order)
    front.pass_time(ACCOUNT_AGE_S_MAX)
    with writing(front.services.engine) as connection:
        ask_for_decisions(connection, front.services, [POOL])
    front.work(8.0)

    decided = explain(front.services, POOL.sku, "alpha").listings[0].decision
    assert decided is not None
    assert decided.pools[0].missing_units == 1
    assert sum(front.shown().values()) < sum(before.values())


# -- once -----------------------------------------------------------------------------------------


def test_an_order_counts_once_however_often_it_is_told(front: Shopfront) -> None:
    """Polls overlap, and a restart reads the same again."""
    front.open_for_business(8)
    cancel(front, buy(front))
    front.restart()
    front.work(5.0)

    assert on_account(front) == 1.0


def test_an_order_of_several_units_is_one_order(front: Shopfront) -> None:
    """One buyer is disappointed."""
    front.open_for_business(8)
    cancel(front, buy(front, 3))

    assert on_account(front) == 1.0


def test_an_order_that_is_cancelled_line_by_line_is_one_order(front: Shopfront) -> None:
    """The second line finds it on the account."""
    front.open_for_business(8)
    tell(front, *(look(front, "AWAITING_SHIPMENT", line=each) for each in "12"))
    for line in "12":
        tell(front, look(front, "CANCELLED", line=line))

    assert on_account(front) == 1.0


def test_what_a_file_found_missing_is_not_counted_again(front: Shopfront) -> None:
    """The order that is cancelled for it is the one that the file left without goods."""
    front.open_for_business(8)
    orders = [buy(front) for _ in range(3)]
    front.drop_feed(2)
    front.work(3.0)
    cancel(front, orders[0])

    assert on_account(front) == 1.0


def test_more_orders_than_files_found_missing_count(front: Shopfront) -> None:
    """One of the two was told by the file."""
    front.open_for_business(8)
    orders = [buy(front) for _ in range(3)]
    front.drop_feed(2)
    front.work(3.0)
    cancel(front, *orders[:2])

    assert on_account(front) == 2.0


def test_an_order_that_lacked_a_part_of_a_bundle_is_one_order(front: Shopfront) -> None:
    """Nobody says which part was missing."""
    front.open_for_business(8)
    with writing(front.services.engine) as connection:
        of = recipe(TEE, pool_key("CAP"))
        catalog.set_recipe(connection, Listing(key=front.key("alpha"), seller_sku="S", recipe=of))
    tell(front, look(front, "AWAITING_SHIPMENT"))
    tell(front, look(front, "CANCELLED"))

    assert on_account(front) == 1.0


# -- what does not count, and what is taken off ---------------------------------------------------


def test_an_order_that_was_cancelled_for_another_reason_does_not_count(front: Shopfront) -> None:
    """Its goods were there."""
    front.open_for_business(8)
    cancel(front, buy(front), reason="seller_cancel_reason_wrong_price")

    assert on_account(front) == 0.0


def test_an_order_that_nobody_knew_before_it_was_cancelled_does_not_count(
    front: Shopfront,
) -> None:
    """It is of a time before ours, or the next decision finds a race."""
    front.open_for_business(8)
    tell(front, look(front, "CANCELLED"))

    assert on_account(front) == 0.0


def test_an_order_whose_parcel_left_after_all_is_taken_off(front: Shopfront) -> None:
    """The goods were there."""
    front.open_for_business(8)
    for status in ("AWAITING_SHIPMENT", "CANCELLED", "IN_TRANSIT"):
        tell(front, look(front, status))

    assert on_account(front) == 0.0


def test_an_order_of_which_a_part_left_stays(front: Shopfront) -> None:
    """Somebody still waits in vain for the other line."""
    front.open_for_business(8)
    for status in ("AWAITING_SHIPMENT", "CANCELLED"):
        tell(front, *(look(front, status, line=each) for each in "12"))
    tell(front, look(front, "IN_TRANSIT", line="1"))

    assert on_account(front) == 1.0


def test_an_order_that_was_taken_off_can_lack_another_line(front: Shopfront) -> None:
    """What left after all is no longer held against the rest of it."""
    front.open_for_business(8)
    tell(front, *(look(front, "AWAITING_SHIPMENT", line=each) for each in "12"))
    for line, status in (("1", "CANCELLED"), ("1", "IN_TRANSIT"), ("2", "CANCELLED")):
        tell(front, look(front, status, line=line))

    assert on_account(front) == 1.0


def test_a_newer_file_takes_no_cancelled_order_off(front: Shopfront) -> None:
    """What it finds again fills those that still wait: one of two is filled, one was cancelled."""
    front.open_for_business(8)
    orders = [buy(front) for _ in range(3)]
    front.drop_feed(1)
    front.work(3.0)
    cancel(front, orders[0])
    front.drop_feed(9)
    front.work(3.0)

    assert units_on_account(front) == 1


def test_a_newer_file_takes_off_nothing_that_only_an_order_told(front: Shopfront) -> None:
    """A file left one of them without goods, and another was cancelled too."""
    front.open_for_business(8)
    orders = [buy(front) for _ in range(3)]
    front.drop_feed(2)
    front.work(3.0)
    cancel(front, *orders[:2])
    front.drop_feed(9)
    front.work(3.0)

    assert on_account(front) == 2.0
