"""From a notification to the ledger: the step, its repeats, and what polling makes good."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from connectors.sandbox.faults import FaultKind
from connectors.sandbox.orders import Order, Role
from connectors.store import orders, trail, webhooks, work, work_due
from connectors.store.engine import reading, writing
from connectors.store.tables import ORDER_LINES, WEBHOOKS
from connectors.store.webhooks import WebhookRow
from reconciliation.quantities import later
from tests.support.shopfront import Shopfront, shopfront
from tests.worker.web.rig import Post, deliver, running, signed, told
from worker.dispatch import work_off
from worker.queues import PLAN, TRAIL
from worker.queues import WEBHOOKS as QUEUE
from worker.steps.forget_trail import WEBHOOKS_KEPT_S
from worker.steps.take_webhooks import EVENTS_MAX, GIVE_UP_S, TRY_AGAIN_S, take_webhooks
from worker.web.intake import webhook_intake
from worker.web.webhook_endpoint import webhook_routes


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two open shops with ten units between them; nothing is polled unless time is let pass."""
    with shopfront(tmp_path) as opened:
        opened.open_for_business(10)
        yield opened


def notify(front: Shopfront, order_id: str, *, kind: int = 1, shop: str = "alpha") -> None:
    """Let TikTok tell of an order, through the endpoint and its signature."""
    body = told(
        int(front.now * 1000),
        type=kind,
        shop_id=front.world.access(shop).shop_id,
        timestamp=int(front.now),
        data={"order_id": order_id},
    )
    key, secret = front.world.app_key, front.world.app_secret
    post = Post(body=body, signature=signed(body, app_key=key, secret=secret))
    with webhook_intake(front.services) as intake:
        app = Starlette(routes=webhook_routes(front.services, intake))
        assert running(deliver(app, post)) == 200


def keep(front: Shopfront, order_id: str, count: int = 1, *, shop: str = "alpha") -> None:
    """Put notifications of one order into the record, as the endpoint would."""
    now = front.services.now()
    body = json.loads(told(type=1)) | {"data": {"order_id": order_id}}
    rows = [
        WebhookRow(
            notification=str(number),
            shop=shop,
            type=1,
            told_at=now,
            received_at=now,
            body=json.dumps(body),
        )
        for number in range(count)
    ]
    with writing(front.services.engine) as connection:
        webhooks.store(connection, rows)
        work.ask(connection, QUEUE, [shop], due_at=now)


def states(front: Shopfront, order: Order) -> list[str]:
    """Return the states of an order's lines in the ledger."""
    with reading(front.services.engine) as connection:
        lines = select(ORDER_LINES.c.state).where(ORDER_LINES.c.order_id == order.order_id)
        return list(connection.execute(lines).scalars())


def waiting(front: Shopfront) -> int:
    """Return how many notifications ask for work."""
    with reading(front.services.engine) as connection:
        return len(webhooks.unhandled(connection, "alpha", most=10_000))


def due(front: Shopfront, queue: str = QUEUE) -> list[str]:
    """Return the keys of a queue that are due now."""
    with reading(front.services.engine) as connection:
        due = work_due.due(connection, front.services.now(), most=99)
        return [key for found, key in due if found == queue]


# -- into the ledger ----------------------------------------------------------------------------


def test_a_notified_order_is_in_the_ledger_before_any_poll(front: Shopfront) -> None:
    """The step fetches and records it, and asks for a decision at once."""
    order = front.buy("alpha", 2)
    notify(front, order.order_id)
    work_off(front.services, QUEUE, "alpha")

    assert len(states(front, order)) == 2
    assert due(front, PLAN) == ["EAST/TEE"]
    assert waiting(front) == 0


def test_a_notified_cancellation_is_in_the_ledger(front: Shopfront) -> None:
    """Type 11 names the order; what became of it is fetched."""
    order = front.buy("alpha")
    front.work(2)
    before = states(front, order)
    front.world.cancel(order.order_id, Role.BUYER, "buyer_cancel_no_longer_needed")
    notify(front, order.order_id, kind=11)
    work_off(front.services, QUEUE, "alpha")

    assert states(front, order) != before


def test_the_step_run_twice_does_it_once(front: Shopfront) -> None:
    """A worker that died after recording leaves a run that changes nothing more."""
    order = front.buy("alpha")
    keep(front, order.order_id)
    take_webhooks(front.services, "alpha")
    book = front.row("alpha").book
    with writing(front.services.engine) as connection:
        connection.execute(WEBHOOKS.update().values(handled_at=None))
    take_webhooks(front.services, "alpha")

    assert front.row("alpha").book == book
    assert waiting(front) == 0


def test_a_webhook_and_a_poll_of_one_order_count_once(front: Shopfront) -> None:
    """Both ways lead to the same line of the ledger, and to the same stock."""
    order = front.buy("alpha")
    notify(front, order.order_id)
    work_off(front.services, QUEUE, "alpha")
    front.work(5)
    notify(front, order.order_id)
    front.work(5)
    with reading(front.services.engine) as connection:
        counted = orders.order_count(connection)
        breaches = trail.count_of(connection, "bound_breach")

    assert (counted, breaches) == (1, 0)
    assert front.shown() == {"alpha": 4, "beta": 5}


def test_an_order_whose_webhook_was_lost_is_found_by_polling(front: Shopfront) -> None:
    """Nobody told us, and we know."""
    order = front.buy("alpha")
    front.work(3)

    assert len(states(front, order)) == 1


# -- what cannot be done at once ----------------------------------------------------------------


def test_an_order_that_tiktok_does_not_show_is_asked_for_again(front: Shopfront) -> None:
    """Not at once, but after a while; the others of the batch are done."""
    known = front.buy("alpha")
    notify(front, "404")
    front.pass_time(0.1)
    notify(front, known.order_id)
    work_off(front.services, QUEUE, "alpha")

    assert (waiting(front), due(front), len(states(front, known))) == (1, [], 1)
    front.pass_time(TRY_AGAIN_S)
    assert due(front) == ["alpha"]


def test_an_order_that_is_never_shown_is_given_up(front: Shopfront) -> None:
    """After an hour polling is enough."""
    keep(front, "404")
    front.pass_time(GIVE_UP_S + 1)
    work_off(front.services, QUEUE, "alpha")

    assert (waiting(front), due(front)) == (0, [])


def test_while_tiktok_is_away_notifications_wait(front: Shopfront) -> None:
    """The row comes back later, and the order is recorded then."""
    order = front.buy("alpha")
    keep(front, order.order_id)
    for _ in range(20):
        front.faults.force(FaultKind.OVERLOADED, api="orders_detail")
    work_off(front.services, QUEUE, "alpha")
    left = waiting(front)
    front.faults.stop()
    front.pass_time(60.0)
    work_off(front.services, QUEUE, "alpha")

    assert (left, waiting(front), len(states(front, order))) == (1, 0, 1)


def test_a_flood_is_worked_off_in_runs(front: Shopfront) -> None:
    """One run takes no more than it can, and asks for the next at once."""
    order = front.buy("alpha")
    keep(front, order.order_id, EVENTS_MAX + 7)
    take_webhooks(front.services, "alpha")
    left = waiting(front)
    keep(front, order.order_id, 2 * EVENTS_MAX + 7)
    work_off(front.services, QUEUE, "alpha")

    assert (left, waiting(front)) == (7, 0)


def test_a_kept_body_that_can_no_longer_be_read_blocks_nothing(front: Shopfront) -> None:
    """A release that reads more strictly leaves it to polling."""
    order = front.buy("alpha")
    keep(front, order.order_id, 2)
    with writing(front.services.engine) as connection:
        first = WEBHOOKS.c.notification == "0"
        connection.execute(WEBHOOKS.update().where(first).values(body="{"))
    work_off(front.services, QUEUE, "alpha")

    assert (waiting(front), len(states(front, order))) == (0, 1)


def test_work_for_a_shop_that_left_the_configuration_ends_quietly(front: Shopfront) -> None:
    """Its notifications stay kept; nobody fails for them."""
    keep(front, "1", shop="gone")
    work_off(front.services, QUEUE, "gone")
    with reading(front.services.engine) as connection:
        left = work_due.open_rows(connection, until=later(front.services.now(), 9_999.0))

    assert "gone" not in {row.key for row in left}


def test_old_notifications_are_forgotten_with_the_trail(front: Shopfront) -> None:
    """The daily round deletes what TikTok will not send again."""
    keep(front, "1", 3)
    with writing(front.services.engine) as connection:
        long_ago = later(front.services.now(), -WEBHOOKS_KEPT_S - 1)
        old = WEBHOOKS.c.notification != "2"
        connection.execute(WEBHOOKS.update().where(old).values(received_at=long_ago))
        work.ask(connection, TRAIL, ["all"], due_at=front.services.now())
    work_off(front.services, TRAIL, "all")
    with reading(front.services.engine) as connection:
        left = connection.execute(select(func.count()).select_from(WEBHOOKS)).scalar_one()

    assert left == 1
