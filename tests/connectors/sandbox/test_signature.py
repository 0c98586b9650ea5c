"""The sandbox signs as the API page says: its six vectors, its window, its refusals."""

import pytest

from connectors.sandbox.refusals import ApiRefusal
from connectors.sandbox.signature import require_fresh, sign

from .scene import NOON, Scene


JSON = "application/json"
VECTORS = {
    "V1": (
        "e59af819cc",
        "/authorization/202309/shops",
        {"app_key": "29a39d", "timestamp": "1623812664"},
        JSON,
        "",
        "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8",
    ),
    "V2": (
        "app_secret",
        "/test-api",
        {"foo": "bar"},
        "",
        "",
        "d3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f",
    ),
    "V3": (
        "e59af819cc",
        "/event/202309/webhooks",
        {
            "app_key": "68xu9ks5p4i8",
            "shop_cipher": "ROW_xkMbgAAAeVAQra0eZWebFQq5aIK",
            "timestamp": "1696909648",
        },
        JSON,
        '{    "address":"https://partner.tiktokshop.com",    "event_type": "PACKAGE_UPDATE"}',
        "495c39774c04ee06162f20a6bef8edae5b17676229588fe76630bb5166da37d2",
    ),
    "V4": (
        "topsecret",
        "/product/202309/products/1729382561353664372/inventory/update",
        {
            "app_key": "123abc",
            "shop_cipher": "ROW_RHkDDABBAAB8tKAVoAqsMTjsQZFLyNfY",
            "timestamp": "1700000000",
        },
        JSON,
        (
            '{"skus":[{"id":"1729592969712207013","inventory":'
            '[{"warehouse_id":"7068517275539719942","quantity":7}]}]}'
        ),
        "b5621cea15650b3af46adeeecb367f1b6e2b32675865e2f2e4cd3f4cda579590",
    ),
    "V5": (
        "topsecret",
        "/product/202309/images/upload",
        {"app_key": "123abc", "timestamp": "1700000000"},
        "multipart/form-data; boundary=x",
        "anything",
        "52a5e44747f339073fe22d7570f4c584c8e49e11e17f08c54b3e864918304799",
    ),
    "V6": (
        "topsecret",
        "/order/202309/orders/search",
        {
            "app_key": "123abc",
            "page_size": "50",
            "page_token": "6AsPQsUMvH3R+/m==",
            "shop_cipher": "C",
            "timestamp": "1700000000",
        },
        JSON,
        '{"order_status":"UNPAID"}',
        "09315059b06bdc8a1f1ea9dd99e2887a627c3c270d3120554bda2290a27fe0ab",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_the_pages_vectors_hold(name: str) -> None:
    """Each vector of the API page gives the sign printed there."""
    secret, path, query, content_type, body, expected = VECTORS[name]

    assert sign(secret, path, query.items(), content_type, body.encode()) == expected


def test_sign_and_token_are_not_signed() -> None:
    """A sign in the query changes nothing about the sign."""
    secret, path, query, content_type, body, expected = VECTORS["V1"]
    more = {**query, "sign": "x", "access_token": "y"}

    assert sign(secret, path, more.items(), content_type, body.encode()) == expected


@pytest.mark.parametrize("offset_s", [-300, 0, 30])
def test_a_fresh_timestamp_passes(offset_s: int) -> None:
    """The window reaches from five minutes ago to thirty seconds ahead."""
    require_fresh(str(int(NOON) + offset_s), NOON)


@pytest.mark.parametrize("timestamp", [None, "", "soon", "170000000", "1699999699", "1700000031"])
def test_another_timestamp_is_refused(timestamp: str | None) -> None:
    """Outside the window, or no ten digits, a timestamp is refused as 36009004."""
    with pytest.raises(ApiRefusal) as caught:
        require_fresh(timestamp, NOON)

    assert caught.value.code == 36009004


def test_a_tampered_body_is_a_bad_sign() -> None:
    """The body is signed byte for byte: 106001 with HTTP 401."""
    scene = Scene()
    request = scene.request("POST", "/order/202309/orders/search", {"order_status": "UNPAID"})
    request.read()
    forged = type(request)(
        "POST", request.url, headers=request.headers, content=request.content + b" "
    )

    answer = scene.handle(forged)

    assert (answer.status_code, answer.json()["code"]) == (401, 106001)
