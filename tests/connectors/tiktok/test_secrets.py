"""No secret leaves by a side door: marked ones are sent through every call and looked for."""

import logging
import traceback
from collections.abc import Callable

import httpx
import pytest

from connectors.errors import ConnectorError
from connectors.tiktok import market, setup
from connectors.tiktok.access import AppAccess, ShopAccess
from connectors.tiktok.client import TikTokShopClient
from connectors.tiktok.seen import OrderTime, OrderWindow
from connectors.tiktok.tokens import get_tokens, refresh_tokens
from reconciliation.quantities import Instant

from .rig import APP, SHOP, Rig, answer


GIVEN = "canary-given"
WINDOW = OrderWindow(by=OrderTime.UPDATED, since=Instant(1), until=Instant(2))

CALLS: dict[str, Callable[[TikTokShopClient], object]] = {
    "shops": lambda client: client.shops(SHOP.access_token),
    "warehouses": lambda client: client.warehouses(SHOP),
    "search_listings": lambda client: client.search_listings(SHOP),
    "read_stock": lambda client: client.read_stock(SHOP, ["S1"]),
    "write_stock": lambda client: client.write_stock(SHOP, "P1", [("S1", "W1", 1)]),
    "search_orders": lambda client: client.search_orders(SHOP, WINDOW),
    "orders": lambda client: client.orders(SHOP, ["1"]),
    "webhooks": lambda client: setup.webhooks(client, SHOP),
    "open_orders": lambda client: list(setup.open_orders(client, SHOP, "UNPAID")),
    "first_listings": lambda client: setup.first_listings(client, SHOP),
    "product": lambda client: client.product(SHOP, "P1"),
    "cancellations": lambda client: market.cancellations(client, SHOP, Instant(1), Instant(2)),
    "activities": lambda client: market.activities(client, SHOP),
    "activity_limits": lambda client: market.activity_limits(client, SHOP, "1"),
    "take_off_sale": lambda client: market.take_off_sale(client, SHOP, ["P1"]),
    "switch_restock_off": lambda client: market.switch_restock_off(client, SHOP, "1", ["S1"]),
}


def tell_all(request: httpx.Request) -> str:
    """Everything in a request, as an unkind server would quote it."""
    header = request.headers.get("x-tts-access-token", "")
    return " ".join([header, *request.url.params.values()])


def quote_in_message(request: httpx.Request) -> httpx.Response:
    """Refuse, quoting all."""
    return answer(None, 12052910, tell_all(request))


def quote_in_data(request: httpx.Request) -> httpx.Response:
    """Succeed, with all of it where a number, an object or a list should be."""
    quoted = tell_all(request)
    names = (
        *("total_count", "shops", "warehouses", "inventory", "orders", "errors", "access_token"),
        *("id", "skus", "cancellations", "activities", "products", "webhooks"),
    )
    return answer(dict.fromkeys(names, quoted))


def quote_as_text(request: httpx.Request) -> httpx.Response:
    """Answer with no JSON but all of it."""
    return httpx.Response(200, text=tell_all(request))


def break_off(request: httpx.Request) -> httpx.Response:
    """Fail on the way, with all of it in the error."""
    raise httpx.ReadError(tell_all(request), request=request)


SERVERS = [quote_in_message, quote_in_data, quote_as_text, break_off]


def everything_said(rig: Rig, error: ConnectorError) -> str:
    """All that a failed call leaves behind: texts, reprs, records, the printed traceback."""
    said = [str(error), repr(error), repr(vars(error)), repr(rig.records)]
    chain: BaseException | None = error
    while chain is not None:
        said += [repr(chain), str(vars(chain))]
        chain = chain.__cause__ or chain.__context__
    return " ".join([*said, *traceback.format_exception(error)])


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("name", CALLS)
def test_no_call_tells_a_secret(
    name: str,
    server: Callable[[httpx.Request], httpx.Response],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever the server quotes, no marked secret and no signature comes out again."""
    caplog.set_level(logging.DEBUG)
    rig = Rig(server)

    with pytest.raises(ConnectorError) as caught:
        CALLS[name](rig.client())

    said = everything_said(rig, caught.value) + caplog.text
    assert "canary" not in said
    assert all(request.url.params["sign"] not in said for request in rig.requests)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("exchange", [get_tokens, refresh_tokens])
def test_no_exchange_of_tokens_tells_a_secret(
    exchange: Callable[..., object],
    server: Callable[[httpx.Request], httpx.Response],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Here the app's secret itself is in the query."""
    caplog.set_level(logging.DEBUG)
    rig = Rig(server)

    with pytest.raises(ConnectorError) as caught:
        exchange(rig.http, APP, GIVEN)

    assert "canary" not in everything_said(rig, caught.value) + caplog.text


def test_access_shows_nothing() -> None:
    """Neither in a repr, nor in the error that refuses an odd one."""
    assert "canary" not in repr(APP) + repr(SHOP)
    for odd in ("canary odd", "canary\n", "canäry"):
        with pytest.raises(ValueError, match="printable") as caught:
            ShopAccess(shop="uk", cipher="C", access_token=odd)
        assert odd not in str(caught.value)
    with pytest.raises(ValueError, match="app secret"):
        AppAccess(app_key="k", app_secret="")
