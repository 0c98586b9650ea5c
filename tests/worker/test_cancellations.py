"""Who cancelled and why: read from TikTok's search, put into the ledger, and what follows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.sandbox.orders import Order, Role
from connectors.store import cancellations, shops, work
from connectors.store.engine import reading, writing
from connectors.store.orders import lines_of
from reconciliation.orders import LineState, OrderLine
from tests.support.shopfront import Shopfront, shopfront
from worker.dispatch import work_off
from worker.queues import CANCELLATIONS


OUT_OF_STOCK = "seller_cancel_reason_out_of_stock"


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops that show five units each."""
    with shopfront(tmp_path) as opened:
        opened.open_for_business(10)
        yield opened


def cancelled(front: Shopfront, by: Role, reason: str) -> Order:
    """Let an order be placed, heard of, cancelled, and heard of again."""
    order = front.buy("alpha")
    front.work(2)
    front.world.cancel(order.order_id, by, reason)
    front.work(2)
    return order


def read(front: Shopfront) -> None:
    """Let cancellations be read now."""
    with writing(front.services.engine) as connection:
        work.ask(connection, CANCELLATIONS, ["alpha"], due_at=front.services.now())
    work_off(front.services, CANCELLATIONS, "alpha")


def line(front: Shopfront, order: Order) -> OrderLine:
    """Return the only line of an order in the ledger."""
    with reading(front.services.engine) as connection:
        (found,) = lines_of(connection, "alpha", order.order_id)
    return found


def test_the_code_takes_the_place_of_the_words(front: Shopfront) -> None:
    """The order says it in words of some language, the cancellation in a code."""
    order = cancelled(front, Role.SYSTEM, "system_cancel_order_reason_shipping_timeout")
    before = line(front, order).cancel_reason
    read(front)

    assert before == "automatically_cancelled_due_to_collection_time_out"
    assert line(front, order).cancelled_by == "SYSTEM"


def test_a_reason_that_the_order_does_not_tell_is_known(front: Shopfront) -> None:
    """Where the order's words are foreign, the code says that goods were missing."""
    order = front.buy("alpha")
    front.work(2)
    front.world.cancel(order.order_id, Role.SELLER, OUT_OF_STOCK)
    foreign = replace(front.world.orders[order.order_id], cancel_reason="สินค้าหมด")
    front.world.orders.put(foreign, front.now)
    front.work(2)
    freed = line(front, order).state
    front.world.orders.put(replace(foreign, cancel_reason=OUT_OF_STOCK), front.now)
    front.pass_time(1.0)
    read(front)

    assert (freed, line(front, order).state) == (
        LineState.CANCELLED,
        LineState.CANCELLED_MISSING,
    )


def test_a_cancelled_order_that_nobody_told_of_is_recorded(front: Shopfront) -> None:
    """A cancellation names its order, which is fetched."""
    order = front.buy("alpha")
    front.world.cancel(order.order_id, Role.BUYER, "buyer_cancel_no_longer_needed")
    front.pass_time(1.0)
    read(front)

    assert line(front, order).state is LineState.CANCELLED


def test_reading_twice_says_nothing_twice(front: Shopfront) -> None:
    """Windows overlap: what is known is not fetched again."""
    cancelled(front, Role.BUYER, "buyer_cancel_no_longer_needed")
    read(front)
    made = front.calls.count("/order/202507/orders")
    read(front)

    assert front.calls.count("/order/202507/orders") == made


def test_reading_goes_on_from_where_it_was(front: Shopfront) -> None:
    """The point up to which cancellations were read is kept."""
    front.pass_time(500.0)
    read(front)
    with reading(front.services.engine) as connection:
        up_to = cancellations.read_up_to(connection, "alpha")

    assert up_to == front.now


def test_whether_tiktok_restocks_by_itself_is_seen(front: Shopfront) -> None:
    """Each cancellation says it, so that it need not be believed of a setting."""
    cancelled(front, Role.BUYER, "buyer_cancel_no_longer_needed")
    front.world.set_auto_restock("alpha", enabled=False)
    cancelled(front, Role.BUYER, "buyer_cancel_no_longer_needed")
    read(front)
    with reading(front.services.engine) as connection:
        told = cancellations.restocking(connection, "alpha")

    assert told == {False: 2}


def test_without_consent_the_shop_is_in_no_trouble(front: Shopfront) -> None:
    """A scope that only this needs is asked for seldom, and nothing else waits."""
    front.world.limit_scopes(
        "alpha",
        [
            "seller.product.basic",
            "seller.product.write",
            "seller.order.info",
            "seller.logistics",
            "seller.authorization.info",
        ],
    )
    read(front)
    front.work(5)
    with reading(front.services.engine) as connection:
        row = shops.load(connection, "alpha")

    assert row.trouble == ""
