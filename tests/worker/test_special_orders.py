"""Orders that are no ordinary sales, kind by kind: what they take, and what may still be shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.orders import OrderKind, Role
from connectors.store.engine import reading
from connectors.store.orders import lines_of
from reconciliation.orders import LineState
from tests.support.shopfront import Shopfront, shopfront


OUT_OF_THE_ORDINARY = sorted(set(OrderKind) - {OrderKind.NORMAL, OrderKind.BY_TIKTOK})


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops that show ten units between them."""
    with shopfront(tmp_path) as opened:
        opened.open_for_business(10)
        yield opened


def send(front: Shopfront, kind: OrderKind, *, lowers_listing: bool) -> str:
    """Let an order of a kind be placed in one shop, and heard of; return its id."""
    sku_id = front.skus["alpha"].sku_id
    order = front.world.send("alpha", sku_id, 2, kind, lowers_listing=lowers_listing)
    front.work(12)
    return order.order_id


@pytest.mark.parametrize("kind", OUT_OF_THE_ORDINARY)
def test_goods_that_leave_beside_the_listing_are_taken_off_it(
    front: Shopfront, kind: OrderKind
) -> None:
    """TikTok goes on showing what a sample took: nobody but us can lower it."""
    send(front, kind, lowers_listing=False)

    assert sum(front.shown().values()) <= front.shelf.sellable_units(front.pool) == 8


@pytest.mark.parametrize("kind", OUT_OF_THE_ORDINARY)
def test_goods_that_come_off_the_listing_are_not_taken_off_twice(
    front: Shopfront, kind: OrderKind
) -> None:
    """Where TikTok lowers its number by itself, no more than that is given up for long."""
    send(front, kind, lowers_listing=True)
    front.work(12)

    assert sum(front.shown().values()) in {7, 8}


def test_all_that_is_shown_beside_such_an_order_can_be_sold(front: Shopfront) -> None:
    """Shoppers take everything at once after it was heard of: each finds his goods."""
    send(front, OrderKind.SAMPLE, lowers_listing=False)
    for shop, units in front.shown().items():
        if units:
            front.buy(shop, units)

    assert front.shelf.oversold_units() == 0


def test_such_an_order_cancelled_gives_its_goods_back(front: Shopfront) -> None:
    """What was not shipped may be sold again, once, whatever TikTok restocks."""
    order_id = send(front, OrderKind.EXCHANGE, lowers_listing=False)
    front.world.cancel(order_id, Role.BUYER, "buyer_cancel_no_longer_needed")
    front.work(15)
    with reading(front.services.engine) as connection:
        states = {line.state for line in lines_of(connection, "alpha", order_id)}

    assert states == {LineState.CANCELLED}
    assert 8 <= sum(front.shown().values()) <= 10


def test_what_tiktok_ships_from_its_own_warehouse_takes_nothing_of_ours(front: Shopfront) -> None:
    """An order fulfilled by TikTok moves neither goods nor listings."""
    before = front.shown()
    order_id = send(front, OrderKind.BY_TIKTOK, lowers_listing=False)
    with reading(front.services.engine) as connection:
        recorded = len(lines_of(connection, "alpha", order_id))

    assert (front.shown(), recorded) == (before, 2)
