"""What notifications about other things than orders lead to, type by type."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from connectors.sandbox.merchandise import ProductStatus
from connectors.sandbox.orders import Role
from connectors.store import work_due
from connectors.store.engine import reading
from connectors.store.tables import WEBHOOKS
from reconciliation.guard import GuardState
from tests.support.shopfront import Shopfront, shopfront
from tests.worker.web.rig import Post, deliver, running, signed, told
from worker.dispatch import work_off
from worker.queues import FEED
from worker.queues import WEBHOOKS as QUEUE
from worker.web.intake import webhook_intake
from worker.web.webhook_endpoint import webhook_routes


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops that show five units each."""
    with shopfront(tmp_path) as opened:
        opened.open_for_business(10)
        yield opened


def tell(front: Shopfront, kind: int, data: dict[str, object]) -> None:
    """Let TikTok tell one shop of something, and take in what it says."""
    body = told(
        int(front.now * 1000),
        type=kind,
        shop_id=front.world.access("alpha").shop_id,
        timestamp=int(front.now),
        data=data,
    )
    signature = signed(body, app_key=front.world.app_key, secret=front.world.app_secret)
    with webhook_intake(front.services) as intake:
        app = Starlette(routes=webhook_routes(front.services, intake))
        assert running(deliver(app, Post(body=body, signature=signature))) == 200
    work_off(front.services, QUEUE, "alpha")


def about_alpha(front: Shopfront) -> dict[str, object]:
    """Return what a notification says of the listing of one shop, with numbers for ids."""
    sku = front.skus["alpha"]
    return {"product_id": int(sku.product_id), "sku_id": int(sku.sku_id)}


def edit(front: Shopfront, units: int) -> None:
    """Let a person set one shop's quantity in Seller Center."""
    sku_id = front.skus["alpha"].sku_id
    front.world.edit_stock_by_hand(sku_id, front.warehouse_ids["alpha"], available=units)


def due(front: Shopfront) -> set[tuple[str, str]]:
    """Return the work on TikTok that is due now; inboxes are looked into all the time."""
    with reading(front.services.engine) as connection:
        rows = work_due.due(connection, front.services.now(), most=99)
        return {row for row in rows if row[0] != FEED}


@pytest.mark.parametrize("kind", [5, 15, 37, 50])
def test_a_product_that_changed_is_looked_at(front: Shopfront, kind: int) -> None:
    """One call, and not a search through all products."""
    tell(front, kind, about_alpha(front))

    assert due(front) == {("look", f"alpha/{front.skus['alpha'].product_id}")}


@pytest.mark.parametrize("kind", [27, 71])
def test_stock_that_changed_is_read_once_the_ledger_can_know_why(
    front: Shopfront, kind: int
) -> None:
    """Long before the next audit, and not so often that a raise would wait for ever."""
    tell(front, kind, about_alpha(front))
    first = front.row("alpha").read_due_at
    tell(front, kind, about_alpha(front))

    assert first is not None
    assert 1.0 < first - front.now < 10.0
    assert front.row("alpha").read_due_at == first


@pytest.mark.parametrize("kind", [39, 63])
def test_promotions_that_changed_are_read(front: Shopfront, kind: int) -> None:
    """The shop's, all of them."""
    tell(front, kind, {"activity_id": 1})

    assert due(front) == {("activities", "alpha")}


def test_a_cancellation_asks_who_and_why(front: Shopfront) -> None:
    """The notification has no reason."""
    order = front.buy("alpha")
    front.world.cancel(order.order_id, Role.BUYER, "buyer_cancel_no_longer_needed")
    tell(front, 11, {"order_id": order.order_id})

    assert ("cancellations", "alpha") in due(front)


@pytest.mark.parametrize("kind", [3, 13, 24, 999])
def test_a_type_that_asks_for_nothing_is_kept(front: Shopfront, kind: int) -> None:
    """What it means later, nobody knows today."""
    tell(front, kind, {"anything": 1})
    with reading(front.services.engine) as connection:
        query = select(func.count()).where(WEBHOOKS.c.type == kind)
        kept = connection.execute(query).scalar_one()

    assert (kept, due(front)) == (1, set())


def test_a_product_taken_off_sale_in_seller_center_is_left_alone(front: Shopfront) -> None:
    """A person's pause is known within a moment of it, and nothing is written to the product."""
    front.world.set_product_status(
        front.skus["alpha"].product_id, ProductStatus.SELLER_DEACTIVATED
    )
    tell(front, 5, about_alpha(front))
    front.work(1)
    made = front.writes_made()
    front.drop_feed(30)
    front.work(10)

    assert front.row("alpha").state is GuardState.STRANDED
    assert front.shown()["alpha"] == 5
    assert front.writes_made() - made <= 2


def test_a_product_put_back_on_sale_is_written_again(front: Shopfront) -> None:
    """The status that came back ends what it had begun."""
    product_id = front.skus["alpha"].product_id
    front.world.set_product_status(product_id, ProductStatus.SELLER_DEACTIVATED)
    tell(front, 5, about_alpha(front))
    front.work(1)
    front.pass_time(1.0)
    front.world.set_product_status(product_id, ProductStatus.ACTIVATE)
    tell(front, 5, about_alpha(front))
    front.drop_feed(4)
    front.work(20)

    assert front.row("alpha").state is not GuardState.STRANDED
    assert sum(front.shown().values()) <= 4


def test_a_frozen_product_is_found_among_all(front: Shopfront) -> None:
    """TikTok does not show it by itself: the catalogue has its status."""
    front.world.set_product_status(front.skus["alpha"].product_id, ProductStatus.FREEZE)
    tell(front, 5, about_alpha(front))
    front.work(2)

    assert front.row("alpha").product_status == "FREEZE"


def test_a_persons_lower_figure_is_respected_once_told(front: Shopfront) -> None:
    """What was lowered in Seller Center is not raised, long before the next audit (W10)."""
    edit(front, 1)
    tell(front, 71, about_alpha(front))
    front.work(25)

    assert front.shown()["alpha"] == 1
    assert front.row("alpha").state is GuardState.HELD


def test_a_persons_higher_figure_is_taken_back_once_told(front: Shopfront) -> None:
    """More than the goods was set by hand: it is lowered within seconds."""
    edit(front, 50)
    tell(front, 71, about_alpha(front))
    front.work(20)

    assert sum(front.shown().values()) <= 10
