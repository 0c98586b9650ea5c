"""Over a real socket the sandbox says exactly what the function says."""

import logging
import time
from collections.abc import Iterator

import httpx
import pytest

from connectors.sandbox.faults import FaultKind
from connectors.sandbox.server import serve

from .scene import Scene


pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A scene served on this machine, whose requests go there."""
    scene = Scene()
    with serve(scene.handle, silence_s=0.3) as url:
        scene.base = url
        yield scene


def send(request: httpx.Request, timeout_s: float = 5.0) -> httpx.Response:
    """Send a request over the wire."""
    with httpx.Client(timeout=timeout_s, trust_env=False) as client:
        return client.send(
            client.build_request(
                request.method, request.url, content=request.content, headers=request.headers
            )
        )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/logistics/202309/warehouses", None),
        ("POST", "/order/202309/orders/search", {}),
        ("POST", "/product/202309/inventory/search", {}),
        ("GET", "/nowhere", None),
    ],
)
def test_the_server_answers_as_the_function_does(
    scene: Scene, method: str, path: str, body: object
) -> None:
    """Status and body are the same but for the request's id."""
    request = scene.request(method, path, body)

    served, direct = send(request), scene.handle(request)

    assert served.status_code == direct.status_code
    assert {**served.json(), "request_id": ""} == {**direct.json(), "request_id": ""}


def test_page_tokens_survive_the_wire(scene: Scene) -> None:
    """A token with plus, slash and equals signs is signed and understood."""
    mug = scene.list_sku(units=2)
    scene.buy(mug)
    scene.buy(mug)
    path, query = "/order/202309/orders/search", {"page_size": "1"}
    first = send(scene.request("POST", path, {}, query=query)).json()["data"]
    token = first["next_page_token"]
    second = send(scene.request("POST", path, {}, query={**query, "page_token": token})).json()

    assert first["orders"][0]["id"] != second["data"]["orders"][0]["id"]


def test_a_lost_answer_is_a_timeout_at_a_hasty_client(scene: Scene) -> None:
    """The client's own read timeout fires while the server says nothing."""
    scene.faults.force(FaultKind.TIMEOUT_BEFORE_EFFECT)

    with pytest.raises(httpx.ReadTimeout):
        send(scene.request("GET", "/logistics/202309/warehouses"), timeout_s=0.1)


def test_a_lost_answer_is_a_disconnect_at_a_patient_client(scene: Scene) -> None:
    """After a while of silence the connection breaks, and the effect has taken place."""
    mug = scene.list_sku()
    scene.faults.force(FaultKind.TIMEOUT_AFTER_EFFECT)
    body = {"skus": [{"id": mug.sku_id, "inventory": [{"quantity": 5}]}]}
    path = f"/product/202309/products/{mug.product_id}/inventory/update"

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        send(scene.request("POST", path, body))
    assert scene.shown(mug) == 5


def test_the_server_can_be_slow() -> None:
    """Latency is added to each call."""
    scene = Scene()
    with serve(scene.handle, latency_s=0.2) as url:
        scene.base = url
        began = time.monotonic()
        send(scene.request("GET", "/logistics/202309/warehouses"))

    assert time.monotonic() - began >= 0.2


def test_the_server_comes_and_goes_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    """No log line, a port of its own each time, and nobody listening afterwards."""
    scene = Scene()
    with caplog.at_level(logging.DEBUG), serve(scene.handle) as first:
        with serve(scene.handle) as second:
            scene.base = second
            scene.faults.force(FaultKind.TIMEOUT_BEFORE_EFFECT)
            with pytest.raises(httpx.ReadTimeout):
                send(scene.request("GET", "/logistics/202309/warehouses"), timeout_s=0.1)
        with pytest.raises(httpx.ConnectError):
            send(scene.request("GET", "/logistics/202309/warehouses"))

    assert first != second
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]
