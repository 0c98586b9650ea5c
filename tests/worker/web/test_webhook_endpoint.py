"""What a notification is answered, and what is kept of it."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.types import Message

from connectors.store.engine import reading
from connectors.store.tables import WEBHOOKS
from worker.web.webhook_endpoint import WebhookEndpoint

from .rig import NOW, Post, deliver, door, genuine, post_one, running, signed, told


def test_a_notification_is_kept_as_it_came(tmp_path: Path) -> None:
    """The record holds all that it says of orders and goods, with our shop and our clock."""
    body = told()
    with door(tmp_path) as opened:
        status = post_one(opened, genuine(body))
        with reading(opened.services.engine) as connection:
            row = connection.execute(select(WEBHOOKS)).one()

    assert status == 200
    assert (row.body, row.shop, row.received_at) == (body.decode(), "alpha", NOW)


def test_an_order_event_asks_for_its_shops_orders(tmp_path: Path) -> None:
    """The work is due in the record, so that no message is needed for it."""
    with door(tmp_path) as opened:
        post_one(opened, genuine(told()))

        assert opened.asked() == ["alpha"]


@pytest.mark.parametrize("kind", [5, 27, 71, 2_000])
def test_an_event_of_another_type_is_kept_and_asks_for_nothing(tmp_path: Path, kind: int) -> None:
    """What is about no order is counted and kept for whoever wants it."""
    with door(tmp_path) as opened:
        post_one(opened, genuine(told(type=kind)))

        assert (opened.rows(), opened.asked()) == (1, [])


def test_types_that_nobody_knows_share_one_label(tmp_path: Path) -> None:
    """However many numbers are sent, the counter has few series."""
    with door(tmp_path) as opened:
        for kind in (1, 71, 2_000, 2_001):
            post_one(opened, genuine(told(kind, type=kind)))

        assert opened.counts.types == {"1": 1, "71": 1, "other": 2}


def test_a_second_delivery_is_a_duplicate(tmp_path: Path) -> None:
    """It is answered like the first, so that TikTok stops, and counted apart."""
    with door(tmp_path) as opened:
        statuses = [post_one(opened, genuine(told())) for _ in range(2)]

        assert statuses == [200, 200]
        assert opened.counts.outcomes == {"stored": 1, "duplicate": 1}


def test_a_notification_without_an_id_is_known_by_its_body(tmp_path: Path) -> None:
    """The same body is the same notification."""
    with door(tmp_path) as opened:
        for _ in range(2):
            post_one(opened, genuine(told(tts_notification_id=None)))

        assert opened.rows() == 1


def test_a_shop_that_is_not_ours_is_kept_under_none(tmp_path: Path) -> None:
    """It is answered with 200, since sending it again would help nobody."""
    with door(tmp_path) as opened:
        status = post_one(opened, genuine(told(shop_id="999")))

        assert (status, opened.rows(), opened.asked()) == (200, 1, [])
        assert opened.counts.outcomes == {"unknown_shop": 1}


def test_an_old_notification_is_kept_like_any_other(tmp_path: Path) -> None:
    """A replay moves nothing: its order is fetched as it is now."""
    with door(tmp_path) as opened:
        status = post_one(opened, genuine(told(timestamp=1)))

        assert (status, opened.asked()) == (200, ["alpha"])


def test_the_secret_before_still_counts(tmp_path: Path) -> None:
    """While the secret is changed, TikTok signs with either."""
    body = told()
    with door(tmp_path, previous_app_secret="formersecret") as opened:
        status = post_one(opened, Post(body=body, signature=signed(body, secret="formersecret")))

    assert status == 200


def test_a_bad_signature_is_refused_before_anything_is_parsed(tmp_path: Path) -> None:
    """An unreadable body with a bad signature is only a bad signature, and is told nothing."""
    with door(tmp_path) as opened:
        status = post_one(opened, Post(body=b"{", signature=b"0" * 64))

        assert status == 401
        assert opened.counts.outcomes == {"bad_signature": 1}


def test_two_signatures_are_none(tmp_path: Path) -> None:
    """Which of two headers a proxy looked at is not to be guessed."""
    body = told()
    again = ((b"authorization", signed(body)),)
    with door(tmp_path) as opened:
        status = post_one(opened, Post(body=body, signature=signed(body), headers=again))

    assert status == 401


def test_a_signed_body_that_is_no_notification_is_a_bad_request(tmp_path: Path) -> None:
    """It is counted, and changes nothing."""
    with door(tmp_path) as opened:
        status = post_one(opened, genuine(b"[]"))

        assert (status, opened.rows()) == (400, 0)
        assert opened.counts.outcomes == {"unreadable": 1}


def test_an_announced_length_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    """Nothing of such a body is waited for."""
    body = told()
    long = ((b"content-length", b"9" * 30),)
    with door(tmp_path) as opened:
        status = post_one(opened, Post(body=body, signature=signed(body), headers=long))

    assert status == 413


def test_a_body_in_pieces_is_refused_where_it_grows_too_long(tmp_path: Path) -> None:
    """What was announced does not matter, only what comes."""
    body = b"x" * 20_000
    pieces = tuple(body[place : place + 1_000] for place in range(0, len(body), 1_000))
    with door(tmp_path) as opened:
        status = post_one(opened, Post(body=body, signature=signed(body), chunks=pieces))

        assert status == 413
        assert opened.counts.outcomes == {"too_large": 1}


def test_a_caller_that_leaves_early_leaves_nothing(tmp_path: Path) -> None:
    """Half a body is no body, even where the half has a good signature."""
    with door(tmp_path) as opened:
        status = post_one(opened, Post(body=told(), signature=signed(told()), is_cut=True))

        assert (status, opened.rows()) == (None, 0)


def test_a_caller_that_stalls_is_not_waited_for(tmp_path: Path) -> None:
    """A body has some seconds to arrive; the rest of it is not looked for."""

    async def stall() -> int:
        statuses: asyncio.Queue[int] = asyncio.Queue()

        async def receive() -> Message:
            return await asyncio.Future()

        async def send(message: Message) -> None:
            await statuses.put(message.get("status", 0))

        endpoint = WebhookEndpoint(opened.services, opened.intake, read_s=0.01)
        await endpoint({"type": "http", "headers": []}, receive, send)
        return statuses.get_nowait()

    with door(tmp_path) as opened:
        status = running(stall())

    assert status == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_nothing_but_a_post_is_taken(tmp_path: Path, method: str) -> None:
    """Another method is refused, whatever signature it has."""
    body = told()
    with door(tmp_path) as opened:
        status = post_one(opened, Post(body=body, signature=signed(body), method=method))

        assert (status, opened.rows()) == (405, 0)


def test_one_event_sent_a_thousand_times_at_once_makes_one_row(tmp_path: Path) -> None:
    """All are answered with 200; one was new."""

    async def storm() -> set[int | None]:
        calls = [deliver(opened.app, genuine(told())) for _ in range(1_000)]
        return set(await asyncio.gather(*calls))

    with door(tmp_path) as opened:
        statuses = running(storm())

        assert (statuses, opened.rows()) == ({200}, 1)
        assert opened.counts.outcomes == {"stored": 1, "duplicate": 999}


def test_a_failure_of_ours_asks_tiktok_to_come_again(tmp_path: Path) -> None:
    """Whatever breaks inside, the answer is 503 and never a server error."""
    with door(tmp_path) as opened:
        # The seam: the clock breaks, of all things.
        object.__setattr__(opened.services, "clock", None)
        status = post_one(opened, genuine(told()))

        assert status == 503
        assert opened.counts.outcomes == {"unavailable": 1}
