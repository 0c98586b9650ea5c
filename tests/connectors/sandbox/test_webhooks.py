"""The sandbox tells of its orders as TikTok does: signed, at least once or not at all."""

import json
import random
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from connectors.sandbox.orders import Role
from connectors.sandbox.switches import SandboxSwitches
from connectors.sandbox.webhooks import (
    AGAIN_AFTER_S,
    ORDER_TOPICS,
    TOPICS,
    WebhookFaults,
    WebhookSender,
    WebhookTally,
)
from connectors.tiktok.webhooks import is_genuine, read_notification

from .scene import Scene


URL = "https://guard.test/webhooks/tiktok"


class Mailbox:
    """Receives notifications and answers each with the same status."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.requests: list[httpx.Request] = []
        self.arrived = threading.Event()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Take a request in."""
        self.requests.append(request)
        self.arrived.set()
        return httpx.Response(self.status)

    def told(self) -> list[dict[str, Any]]:
        """Return what was told, in the order of its coming."""
        return [json.loads(request.content) for request in self.requests]

    def steps(self) -> list[str]:
        """Return the order states that type 1 told of."""
        return [each["data"]["order_status"] for each in self.told() if each["type"] == 1]


@contextmanager
def sender(
    scene: Scene,
    mailbox: Callable[[httpx.Request], httpx.Response],
    faults: WebhookFaults | None = None,
    topics: Collection[int] = ORDER_TOPICS,
) -> Iterator[WebhookSender]:
    """Tell a mailbox of what happens in a scene."""
    opened = WebhookSender(
        scene.world,
        URL,
        rng=random.Random(7),
        faults=faults,
        transport=httpx.MockTransport(mailbox),
        topics=topics,
    )
    try:
        yield opened
    finally:
        opened.stop()


def test_every_step_of_an_order_is_told() -> None:
    """Its placing, its payment, and the parcel's way."""
    scene, mailbox = Scene(), Mailbox()
    sku = scene.list_sku(units=5)
    with sender(scene, mailbox) as post:
        order = scene.buy(sku, paid=True)
        scene.world.confirm_shipment(order.order_id)
        post.step(scene.clock.now)

    assert mailbox.steps() == ["UNPAID", "AWAITING_SHIPMENT", "AWAITING_COLLECTION"]


def test_a_cancellation_is_told_twice_over() -> None:
    """As the order's state, in the spelling of webhooks, and as a cancellation."""
    scene, mailbox = Scene(), Mailbox()
    sku = scene.list_sku(units=5)
    with sender(scene, mailbox) as post:
        order = scene.buy(sku, paid=True)
        scene.world.cancel(order.order_id, Role.BUYER, "buyer_cancel_no_longer_needed")
        post.step(scene.clock.now)
    last, cancellation = mailbox.told()[-2:]

    assert (last["type"], last["data"]["order_status"]) == (1, "CANCEL")
    assert (cancellation["type"], cancellation["data"]["cancellations_role"]) == (11, "BUYER")


def test_the_product_finds_them_genuine_and_reads_them() -> None:
    """Signature and envelope, written from the page twice, agree."""
    scene, mailbox = Scene(), Mailbox()
    sku = scene.list_sku(units=5)
    with sender(scene, mailbox) as post:
        order = scene.buy(sku)
        post.step(scene.clock.now)
    (request,) = mailbox.requests
    signature = request.headers["authorization"].encode()
    access = scene.world.access("alpha")

    assert is_genuine(
        request.content, signature, app_key=access.app_key, app_secrets=[access.app_secret]
    )
    assert read_notification(request.content).order_id == order.order_id


def test_nothing_is_told_before_its_time() -> None:
    """A late notification waits until it is due."""
    scene, mailbox = Scene(), Mailbox()
    sku = scene.list_sku(units=5)
    faults = WebhookFaults(late=1.0, late_s=(10.0, 10.0))
    with sender(scene, mailbox, faults) as post:
        scene.buy(sku)
        post.step(scene.clock.now + 9.9)
        early = len(mailbox.requests)
        post.step(scene.clock.now + 10.0)

    assert (early, len(mailbox.requests)) == (0, 1)


def test_a_lost_notification_is_never_sent() -> None:
    """It is counted as lost and nowhere else."""
    scene, mailbox = Scene(), Mailbox()
    sku = scene.list_sku(units=5)
    with sender(scene, mailbox, WebhookFaults(lost=1.0)) as post:
        scene.buy(sku)
        post.step(scene.clock.now + 1_000.0)

        assert post.tally() == WebhookTally(told=1, lost=1)
        assert mailbox.requests == []


def test_a_doubled_notification_is_the_same_twice() -> None:
    """Same id, same body: the receiver can tell."""
    scene, mailbox = Scene(), Mailbox()
    sku = scene.list_sku(units=5)
    with sender(scene, mailbox, WebhookFaults(doubled=1.0)) as post:
        scene.buy(sku)
        post.step(scene.clock.now + 1_000.0)

    assert len(mailbox.requests) == 2
    assert len({request.content for request in mailbox.requests}) == 1


def test_a_reordered_notification_is_overtaken() -> None:
    """Of two steps the later one may be told first."""
    scene, mailbox = Scene(), Mailbox()
    sku = scene.list_sku(units=50)
    with sender(scene, mailbox, WebhookFaults(reordered=0.5)) as post:
        for _ in range(20):
            scene.buy(sku)
            scene.clock.wait(0.05)
        post.step(scene.clock.now + 1_000.0)
    told = [each["data"]["order_id"] for each in mailbox.told()]

    assert len(told) == 20
    assert told != sorted(told)


def test_the_same_seed_has_the_same_faults() -> None:
    """A run can be had again."""
    runs = []
    for _ in range(2):
        scene, mailbox = Scene(), Mailbox()
        sku = scene.list_sku(units=50)
        faults = WebhookFaults(lost=0.2, late=0.2, doubled=0.2, reordered=0.2)
        with sender(scene, mailbox, faults) as post:
            for _ in range(20):
                scene.buy(sku)
                scene.clock.wait(0.1)
            post.step(scene.clock.now + 1_000.0)
        runs.append([each["tts_notification_id"] for each in mailbox.told()])

    assert runs[0] == runs[1]


def test_what_is_refused_is_counted_and_not_sent_again() -> None:
    """The sandbox is no better than the worst of TikTok: polling has to find the rest."""
    scene, mailbox = Scene(), Mailbox(status=503)
    sku = scene.list_sku(units=5)
    with sender(scene, mailbox) as post:
        scene.buy(sku)
        post.step(scene.clock.now)
        post.step(scene.clock.now + 1_000.0)

        assert post.tally() == WebhookTally(told=1, refused=1)


def test_what_is_not_taken_is_sent_again_as_often_as_the_page_says() -> None:
    """Four times in sixteen hours, and then no more."""
    scene, mailbox = Scene(), Mailbox(status=503)
    sku = scene.list_sku(units=5)
    with sender(scene, mailbox, WebhookFaults(again_after_s=AGAIN_AFTER_S)) as post:
        scene.buy(sku)
        counts = []
        for after_s in (0.0, 120.0, 1_920.0, 12_720.0, 55_920.0, 1e6):
            post.step(scene.clock.now + after_s)
            counts.append(len(mailbox.requests))

    assert counts == [1, 2, 3, 4, 5, 5]


def test_what_is_taken_at_last_is_not_sent_again() -> None:
    """The receiver was only away for a while."""
    scene, mailbox = Scene(), Mailbox(status=503)
    sku = scene.list_sku(units=5)
    with sender(scene, mailbox, WebhookFaults(again_after_s=AGAIN_AFTER_S)) as post:
        scene.buy(sku)
        post.step(scene.clock.now)
        mailbox.status = 200
        post.step(scene.clock.now + 1e6)

        assert post.tally() == WebhookTally(told=1, refused=1, taken=1)


def told_of(scene: Scene, act: Callable[[], object]) -> list[dict[str, Any]]:
    """Return what is told of an act by the types that have to be asked for."""
    mailbox = Mailbox()
    with sender(scene, mailbox, topics=TOPICS - ORDER_TOPICS) as post:
        act()
        post.step(scene.clock.now)
    return mailbox.told()


def test_a_change_of_stock_is_told_in_whole_and_in_part() -> None:
    """Of ten, four are lowered away; two of the rest are a campaign's."""
    scene = Scene()
    sku = scene.list_sku(units=10)
    scene.world.edit_stock_by_hand(*scene.key(sku), campaign=2)
    (told,) = told_of(scene, lambda: scene.write(sku, 6))
    detail = told["data"]["change_detail"][0]

    assert told["type"] == 71
    assert told["data"]["sku_id"] == int(sku.sku_id)
    assert told["data"]["quantity_snapshot_after_change"]["in_shop_quantity"] == 4
    assert (detail["available_quantity_delta"], detail["campaign_locked_quantity_delta"]) == (
        -4,
        0,
    )


def test_a_sku_that_runs_low_is_told_without_what_campaigns_hold() -> None:
    """The same name means something else here than in the inventory search."""
    scene = Scene()
    sku = scene.list_sku(units=10)
    scene.world.edit_stock_by_hand(*scene.key(sku), campaign=2)
    _, told = told_of(scene, lambda: scene.write(sku, 5))
    distribution = told["data"]["inventory_distribution"]

    assert (told["type"], told["data"]["current_inventory_status"]) == (27, "LOW_STOCK")
    assert (distribution["available_quantity"], distribution["total_quantity"]) == (3, 5)


def test_what_changes_nothing_is_not_told() -> None:
    """A write of what is there already."""
    scene = Scene()
    sku = scene.list_sku(units=10)

    assert told_of(scene, lambda: scene.write(sku, 10)) == []


def test_a_product_that_goes_off_sale_is_told_twice_over() -> None:
    """By its status, and by its audit."""
    scene = Scene()
    sku = scene.list_sku()
    told = told_of(scene, lambda: scene.world.deactivate(sku.product_id))

    assert [each["type"] for each in told] == [5, 37]
    assert {each["data"]["product_id"] for each in told} == {int(sku.product_id)}


@pytest.mark.parametrize(
    ("switches", "status", "ids"),
    [
        (SandboxSwitches(), "CANCEL", 3),
        (SandboxSwitches(webhook_spells_cancel=False, webhook_has_id=False), "CANCELLED", 0),
    ],
)
def test_spelling_and_id_are_as_the_switches_say(
    switches: SandboxSwitches, status: str, ids: int
) -> None:
    """The page and an older sample differ."""
    scene, mailbox = Scene(switches), Mailbox()
    sku = scene.list_sku(units=5)
    with sender(scene, mailbox) as post:
        order = scene.buy(sku)
        scene.world.cancel(order.order_id, Role.BUYER, "buyer_cancel_no_longer_needed")
        post.step(scene.clock.now)

    assert mailbox.steps() == ["UNPAID", status]
    assert sum("tts_notification_id" in each for each in mailbox.told()) == ids


def test_nobody_at_home_is_refused_too() -> None:
    """A program that is down loses the notification, and the sandbox goes on."""

    def closed(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody listens", request=request)

    scene = Scene()
    sku = scene.list_sku(units=5)
    with sender(scene, closed) as post:
        scene.buy(sku)
        post.step(scene.clock.now)

        assert post.tally() == WebhookTally(told=1, refused=1)


def test_the_thread_posts_by_itself() -> None:
    """Once started, what happens is told without anybody's stepping."""
    scene, mailbox = Scene(), Mailbox()
    sku = scene.list_sku(units=5)
    with sender(scene, mailbox) as post:
        post.start()
        scene.buy(sku)

        assert mailbox.arrived.wait(10.0)


@pytest.mark.parametrize(("lost", "late"), [(-0.1, 0.0), (0.6, 0.6)])
def test_shares_that_are_none_are_refused(lost: float, late: float) -> None:
    """They are parts of one whole."""
    with pytest.raises(ValueError, match="shares"):
        WebhookFaults(lost=lost, late=late)
