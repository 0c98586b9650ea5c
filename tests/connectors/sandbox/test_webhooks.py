"""The sandbox tells of its orders as TikTok does: signed, at least once or not at all."""

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from connectors.sandbox.orders import Role
from connectors.sandbox.webhooks import WebhookFaults, WebhookSender, WebhookTally
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
) -> Iterator[WebhookSender]:
    """Tell a mailbox of a scene's orders."""
    transport = httpx.MockTransport(mailbox)
    opened = WebhookSender(
        scene.world, URL, rng=random.Random(7), faults=faults, transport=transport
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
