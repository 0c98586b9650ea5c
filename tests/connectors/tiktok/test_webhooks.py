"""Notifications: whose they are, and what they say."""

import json
from typing import Any

import pytest

from connectors.tiktok.webhooks import (
    Notification,
    NotificationUnreadable,
    is_genuine,
    read_notification,
)
from reconciliation.quantities import Instant


VECTOR_BODY = (
    b'{"type":1,"tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621",'
    b'"timestamp":1644412885,"data":{"order_id":"576486316948490001","order_status":"UNPAID",'
    b'"is_on_hold_order":false,"update_time":1644412885}}'
)
VECTOR = b"5c4e21f0c0e0fbacf0cc553bd03dd5d1b3123e3cb036b751f940651deecee46a"
"""The vector of the API page, section 6."""


def genuine(
    body: bytes = VECTOR_BODY,
    signature: bytes = VECTOR,
    app_key: str = "123abc",
    app_secrets: tuple[str, ...] = ("topsecret",),
) -> bool:
    """Tell whether the vector, changed in one thing, is genuine."""
    return is_genuine(body, signature, app_key=app_key, app_secrets=app_secrets)


def envelope(**changes: Any) -> bytes:  # noqa: ANN401 - any value of JSON
    """Return the vector's body with parts of its envelope replaced; None leaves one out."""
    whole = json.loads(VECTOR_BODY) | changes
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


# -- whose they are -----------------------------------------------------------------------------


def test_the_vector_of_the_api_page_is_genuine() -> None:
    """Key, secret, body and signature as section 6 has them."""
    assert genuine()


@pytest.mark.parametrize("secrets", [("topsecret", "former"), ("former", "topsecret")])
def test_either_of_two_secrets_will_do(secrets: tuple[str, ...]) -> None:
    """While a secret is changed, both are in use, whichever is named first."""
    assert genuine(app_secrets=secrets)


@pytest.mark.parametrize(
    "signature",
    [b"", VECTOR.upper(), VECTOR[:-1], VECTOR + b"0", b"Bearer " + VECTOR, "é".encode() * 32],
)
def test_another_signature_is_none(signature: bytes) -> None:
    """Not one letter may differ, nor its case."""
    assert not genuine(signature=signature)


def test_a_signature_is_for_the_very_bytes() -> None:
    """A body that means the same is another body."""
    assert not genuine(body=json.dumps(json.loads(VECTOR_BODY)).encode())


def test_another_apps_notification_is_none_of_ours() -> None:
    """The key is part of what is signed."""
    assert not genuine(app_key="123abd")


def test_without_secrets_nothing_is_genuine() -> None:
    """Nothing to compare with is no reason to trust."""
    assert not genuine(app_secrets=())


# -- what they say ------------------------------------------------------------------------------


def test_the_vector_is_about_its_order() -> None:
    """Every field that we use comes out."""
    assert read_notification(VECTOR_BODY) == Notification(
        key="7327112393057371910",
        type=1,
        shop_id="7494049642642441621",
        told_at=Instant(1644412885),
        order_id="576486316948490001",
    )


def test_ids_may_be_numbers() -> None:
    """Some notifications give ids as numbers, too long for a float (section 3)."""
    read = read_notification(
        envelope(shop_id=7494049642642441621, data={"order_id": 576486316948490001})
    )

    assert (read.shop_id, read.order_id) == ("7494049642642441621", "576486316948490001")


@pytest.mark.parametrize("kind", [11, 12])
def test_cancellations_and_returns_are_about_an_order(kind: int) -> None:
    """They name it as an order's own notification does."""
    assert read_notification(envelope(type=kind)).order_id == "576486316948490001"


@pytest.mark.parametrize("kind", [4, 5, 27, 71, 999])
def test_other_types_are_about_no_order(kind: int) -> None:
    """Even where one is named: what it means there nobody has said."""
    assert read_notification(envelope(type=kind)).order_id == ""


@pytest.mark.parametrize("kind", [5, 15, 37, 50])
def test_what_changed_about_a_product_is_about_that_product(kind: int) -> None:
    """Its id may be a number."""
    read = read_notification(envelope(type=kind, data={"product_id": 1729382561353664372}))

    assert (read.product_id, read.sku_id, read.asks_for_work) == ("1729382561353664372", "", True)


@pytest.mark.parametrize("kind", [27, 71])
def test_stock_that_changed_is_about_its_sku(kind: int) -> None:
    """No quantity is taken from it: two types call different things by one name."""
    data = {"product_id": 7, "sku_id": 8, "inventory_distribution": {"available_quantity": 9}}
    read = read_notification(envelope(type=kind, data=data))

    assert (read.sku_id, read.product_id, read.asks_for_work) == ("8", "", True)


@pytest.mark.parametrize("kind", [39, 63])
def test_promotions_ask_for_a_look_at_all_of_them(kind: int) -> None:
    """Which one it is changes nothing."""
    assert read_notification(envelope(type=kind, data={})).about_promotions


@pytest.mark.parametrize("kind", [5, 27, 71, 999])
def test_a_notification_that_names_nothing_is_kept_and_asks_for_nothing(kind: int) -> None:
    """An odd field of a type that is little known loses no notification."""
    assert not read_notification(envelope(type=kind, data={"sku_id": [1]})).asks_for_work


def test_a_body_without_an_id_is_named_by_what_it_says() -> None:
    """The same body has the same key, another has another."""
    keys = [
        read_notification(envelope(tts_notification_id=None, timestamp=at)).key
        for at in (1644412885, 1644412885, 1644412886)
    ]

    assert keys[0] == keys[1] != keys[2]


def test_a_notification_may_be_for_no_shop() -> None:
    """Type 24 names a seller and no shop."""
    assert read_notification(envelope(type=24, shop_id=None)).shop_id == ""


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "no JSON"),
        (b"[]", "no object"),
        (b"\xff\xfe{}", "no UTF-8"),
        (VECTOR_BODY.decode().encode("utf-16-le"), "zero byte"),
        (envelope(type="1"), r"\$\.type"),
        (envelope(type=True), r"\$\.type"),
        (envelope(type=2**31), r"\$\.type"),
        (envelope(type=None), r"\$\.type"),
        (envelope(timestamp=None), r"\$\.timestamp"),
        (envelope(timestamp="9" * 5_000), r"\$\.timestamp"),
        (envelope(data=None), r"\$\.data"),
        (envelope(data=[]), r"\$\.data"),
        (envelope(data={}), r"\$\.data\.order_id"),
        (envelope(data={"order_id": "5 6"}), r"\$\.data\.order_id"),
        (envelope(shop_id=["1"]), r"\$\.shop_id"),
        (envelope(tts_notification_id="a\x00"), r"\$\.tts_notification_id"),
        (envelope(tts_notification_id="\ud800"), r"\$\.tts_notification_id"),
        (envelope(tts_notification_id="1" * 200), r"\$\.tts_notification_id"),
    ],
)
def test_what_cannot_be_read_or_kept_is_named(body: bytes, complaint: str) -> None:
    """The error says where; the record never meets what it has no room for."""
    with pytest.raises(NotificationUnreadable, match=complaint):
        read_notification(body)
