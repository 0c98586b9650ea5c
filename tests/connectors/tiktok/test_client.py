"""The client asks TikTok as the API page says, waits its turn, and never writes twice."""

import json
from collections.abc import Callable

import httpx
import pytest

from connectors.errors import (
    ConnectorError,
    NotAuthorised,
    Outcome,
    OutcomeUnknown,
    RequestRefused,
    TryLater,
)
from connectors.http_client import RetryPolicy
from connectors.tiktok.client import TikTokShopClient
from connectors.tiktok.seen import OrderTime, OrderWindow, is_whole
from connectors.tiktok.signing import sign
from reconciliation.quantities import Instant

from .rig import APP, NOW, SHOP, Clock, Handle, Rig, always, answer


WINDOW = OrderWindow(by=OrderTime.CREATED, since=Instant(1_000.5), until=Instant(2_000.5))
LINES = [("S1", "W1", 5), ("S1", "W2", 0), ("S2", "W1", 7)]


def raising(error: Exception) -> Handle:
    """A network that fails."""

    def handle(_request: httpx.Request) -> httpx.Response:
        raise error

    return handle


def failing_write(handle: Handle) -> ConnectorError:
    """How a write fails with this server; it must have been sent once at most."""
    rig = Rig(handle, retries=RetryPolicy(attempts=5))
    with pytest.raises(ConnectorError) as caught:
        rig.client().write_stock(SHOP, "P1", LINES)

    assert len(rig.requests) == 1
    return caught.value


def test_every_call_is_signed_and_addressed() -> None:
    """Key, time, cipher and signature are in the query, the token in its header."""
    rig = Rig(always(lambda: answer({"warehouses": []})))
    rig.client().warehouses(SHOP)

    (sent,) = rig.requests
    query = sent.url.params
    assert sent.url.host == "open-api.tiktokglobalshop.com"
    assert sent.headers["x-tts-access-token"] == SHOP.access_token
    assert (query["app_key"], query["shop_cipher"]) == (APP.app_key, SHOP.cipher)
    assert abs(int(query["timestamp"]) - NOW) < 2
    assert query["sign"] == sign(
        sent.url.path, query.multi_items(), sent.content, "application/json", APP.app_secret
    )


def test_shops_are_asked_for_without_a_cipher() -> None:
    """There TikTok refuses one; what comes back has the cipher of each shop, hidden in reprs."""
    found = {"id": 7, "name": "UK", "region": "GB", "seller_type": "LOCAL", "cipher": "canary"}
    rig = Rig(always(lambda: answer({"shops": [found]})))

    (shop,) = rig.client().shops("the-token")

    assert "shop_cipher" not in rig.requests[0].url.params
    assert (shop.shop_id, shop.region, shop.cipher) == ("7", "GB", "canary")
    assert "canary" not in repr(shop)


def test_all_pages_of_listings_are_turned() -> None:
    """The token of a page goes into the query of the next."""

    def handle(request: httpx.Request) -> httpx.Response:
        token = request.url.params.get("page_token", "first")
        sku = {"id": token, "inventory": [{"warehouse_id": "W1"}]}
        product = {"id": "P1", "status": "ACTIVATE", "skus": [sku]}
        following = "a+/=" if token == "first" else ""
        return answer({"products": [product], "total_count": 2, "next_page_token": following})

    rig = Rig(handle)
    listings = rig.client().search_listings(SHOP)

    assert [listing.key.sku_id for listing in listings] == ["first", "a+/="]
    assert rig.requests[0].url.path == "/product/202502/products/search"
    assert rig.bodies() == [{}, {}]


def test_stock_is_read_six_hundred_at_a_time() -> None:
    """Each chunk has its own times, each id is asked for once, and all are accounted for."""

    def handle(request: httpx.Request) -> httpx.Response:
        skus = [
            {
                "id": sku_id,
                "warehouse_inventory": [
                    {"warehouse_id": "W1", "available_quantity": 1, "committed_quantity": 0}
                ],
            }
            for sku_id in json.loads(request.content)["sku_ids"]
            if sku_id != "S3"
        ]
        return answer({"inventory": [{"product_id": "P1", "skus": skus}]})

    rig = Rig(handle, clock=Clock(tick_s=0.001))
    sku_ids = [f"S{number}" for number in range(601)]
    first, second = rig.client().read_stock(SHOP, [*sku_ids, "S0"])

    assert (len(first.stocks), len(second.stocks)) == (599, 1)
    assert first.absent_sku_ids == ("S3",)
    assert first.began_at < first.finished_at < second.began_at < second.finished_at


def test_no_sku_is_no_call() -> None:
    """Nothing is asked where nothing is wanted."""
    rig = Rig(always(lambda: answer({})))

    assert rig.client().read_stock(SHOP, []) == ()
    assert rig.requests == []


def test_a_product_is_written_in_one_call() -> None:
    """All SKUs with all their warehouses, zero included, in the order they were given."""
    rig = Rig(always(lambda: answer({})))
    written = rig.client().write_stock(SHOP, "P1", LINES)

    assert rig.requests[0].url.path == "/product/202309/products/P1/inventory/update"
    assert rig.bodies() == [
        {
            "skus": [
                {
                    "id": "S1",
                    "inventory": [
                        {"warehouse_id": "W1", "quantity": 5},
                        {"warehouse_id": "W2", "quantity": 0},
                    ],
                },
                {"id": "S2", "inventory": [{"warehouse_id": "W1", "quantity": 7}]},
            ]
        }
    ]
    assert written.accepted == (("S1", "W1"), ("S1", "W2"), ("S2", "W1"))
    assert written.request_id == "R1"


def test_success_with_errors_inside_is_told() -> None:
    """W7: code 0 with an entry in `data.errors` refuses that line."""
    error = {"code": 12052901, "message": "m", "detail": {"sku_id": "S2"}}
    rig = Rig(always(lambda: answer({"errors": [error]})))

    written = rig.client().write_stock(SHOP, "P1", LINES)

    assert [(each.sku_id, each.code) for each in written.refused] == [("S2", 12052901)]


@pytest.mark.parametrize(
    "handle",
    [
        raising(httpx.ReadTimeout("x")),
        raising(httpx.RemoteProtocolError("x")),
        always(lambda: httpx.Response(500, text="oops")),
        always(lambda: httpx.Response(503)),
        always(lambda: httpx.Response(200, text='{"code": 0')),
        always(lambda: answer(None, 36009003)),
        always(lambda: answer(None, 36009007)),
        always(lambda: answer({"errors": [{"detail": {"sku_id": "S9"}}]})),
        always(lambda: answer({"errors": ["odd"]})),
    ],
)
def test_a_write_in_doubt_is_unknown(handle: Handle) -> None:
    """Whatever leaves it open whether the write took effect is said to be open, at once."""
    assert type(failing_write(handle)) is OutcomeUnknown


@pytest.mark.parametrize(
    ("handle", "expected"),
    [
        (raising(httpx.ConnectError("x")), TryLater),
        (always(lambda: httpx.Response(429)), TryLater),
        (always(lambda: answer(None, 36009002)), TryLater),
        (always(lambda: answer(None, 105002)), NotAuthorised),
        (always(lambda: answer(None, 12052910)), RequestRefused),
    ],
)
def test_a_write_that_surely_failed_says_so(
    handle: Handle, expected: type[ConnectorError]
) -> None:
    """Only what never reached TikTok, or was turned away by it, is known to have no effect."""
    assert type(failing_write(handle)) is expected


@pytest.mark.parametrize(
    ("product_id", "lines"),
    [
        ("P1", []),
        ("P1", [("S1", "W1", -1)]),
        ("P1", [("S1", "W1", 100_000)]),
        ("P1", [("S1", "W1", 1), ("S1", "W1", 2)]),
        ("../P1", LINES),
        ("", LINES),
    ],
)
def test_a_senseless_write_is_not_sent(product_id: str, lines: list[tuple[str, str, int]]) -> None:
    """What TikTok's limits forbid is a fault of ours, found before anything is sent."""
    rig = Rig(always(lambda: answer({})))

    with pytest.raises(ValueError, match=r"line|quantities|id"):
        rig.client().write_stock(SHOP, product_id, lines)
    assert rig.requests == []


def test_a_write_ends_before_the_lease() -> None:
    """What is left of the lease bounds all phases of the call together."""
    rig = Rig(always(lambda: answer({})))
    rig.client().write_stock(SHOP, "P1", LINES, deadline_s=2.0)

    assert sum(rig.requests[0].extensions["timeout"].values()) == pytest.approx(2.0)


def test_a_window_of_orders_is_walked_whole() -> None:
    """The oldest first, by the time the window is about, widened to whole seconds."""

    def handle(request: httpx.Request) -> httpx.Response:
        token = request.url.params.get("page_token", "1")
        order = {
            "id": token,
            "status": "UNPAID",
            "create_time": 1_500,
            "update_time": 1_500,
            "line_items": [{"id": "L", "sku_id": "S"}],
        }
        following = "2" if token == "1" else ""
        return answer({"orders": [order], "total_count": 2, "next_page_token": following})

    rig = Rig(handle)
    pages = list(rig.client().order_pages(SHOP, WINDOW))

    assert is_whole(pages)
    assert [line.order_id for page in pages for line in page.lines] == ["1", "2"]
    assert rig.bodies()[0] == {"create_time_ge": 1_000, "create_time_lt": 2_001}
    assert rig.requests[0].url.params["sort_field"] == "create_time"
    assert rig.requests[0].url.params["sort_order"] == "ASC"


def test_orders_are_fetched_fifty_at_a_time() -> None:
    """The ids are joined by commas, and who is missing is named."""
    rig = Rig(always(lambda: answer({"orders": []})))
    reads = rig.client().orders(SHOP, [str(number) for number in range(51)])

    asked = [request.url.params["ids"].split(",") for request in rig.requests]
    assert [len(ids) for ids in asked] == [50, 1]
    assert [len(read.absent_order_ids) for read in reads] == [50, 1]


def test_a_window_of_nothing_is_refused() -> None:
    """A window that ends before it begins is a fault of ours."""
    with pytest.raises(ValueError, match="window"):
        OrderWindow(by=OrderTime.UPDATED, since=Instant(2.0), until=Instant(2.0))


def test_a_read_rides_out_a_blip_with_a_fresh_signature() -> None:
    """Each attempt is signed anew, and the times are those of the one that worked."""
    answers: list[Callable[[], httpx.Response]] = [
        lambda: httpx.Response(502),
        lambda: answer({"inventory": []}),
    ]
    rig = Rig(lambda _request: answers.pop(0)(), retries=RetryPolicy(attempts=3))

    (read,) = rig.client().read_stock(SHOP, ["S1"])

    first, second = (request.url.params for request in rig.requests)
    assert first["sign"] != second["sign"]
    assert read.began_at == rig.records[1].began_at
    assert [record.outcome for record in rig.records] == [Outcome.TRY_LATER, Outcome.OK]


def read_in_vain(client: TikTokShopClient, times: int) -> None:
    """Ask for the warehouses of a shop again and again."""
    for _ in range(times):
        with pytest.raises(TryLater):
            client.warehouses(SHOP)


def test_in_an_outage_reads_are_not_multiplied() -> None:
    """The first are repeated; once half of the account is gone, each is made once."""
    rig = Rig(always(lambda: httpx.Response(502)), retries=RetryPolicy(attempts=3))
    read_in_vain(rig.client(), 10)

    assert len(rig.requests) == 3 + 2 + 8


def test_one_apis_outage_costs_another_no_repetition() -> None:
    """Each API of a shop has an account of its own."""
    rig = Rig(always(lambda: httpx.Response(502)), retries=RetryPolicy(attempts=3))
    client = rig.client()
    read_in_vain(client, 10)
    before = len(rig.requests)
    with pytest.raises(TryLater):
        client.read_stock(SHOP, ["S1"])

    assert len(rig.requests) - before == 3


def test_after_an_outage_answers_earn_repetitions_again() -> None:
    """Ten answers for each failure, up to more than half of the account."""
    rig = Rig(always(lambda: httpx.Response(502)), retries=RetryPolicy(attempts=3))
    client = rig.client()
    read_in_vain(client, 10)
    rig.handle = always(lambda: answer({"warehouses": []}))
    for _ in range(65):
        client.warehouses(SHOP)
    rig.handle, before = always(lambda: httpx.Response(502)), len(rig.requests)
    read_in_vain(client, 1)

    assert len(rig.requests) - before == 2


def test_a_429_is_obeyed_by_the_next_call() -> None:
    """The call after it waits as long as TikTok asked."""
    answers = [httpx.Response(429, headers={"retry-after": "3"}), answer({"warehouses": []})]
    rig = Rig(lambda _request: answers.pop(0))
    client = rig.client()
    with pytest.raises(TryLater):
        client.warehouses(SHOP)
    before = rig.clock.now

    client.warehouses(SHOP)

    assert rig.clock.now - before >= 3.0


def test_a_read_does_not_wait_for_ever() -> None:
    """Past a few seconds the caller is sent away, and told for how long."""
    rig = Rig(always(lambda: httpx.Response(429, headers={"retry-after": "60"})))
    client = rig.client()
    for _ in range(2):
        with pytest.raises(TryLater) as caught:
            client.warehouses(SHOP)

    assert 50 < caught.value.retry_after_s <= 60
    assert len(rig.requests) == 1


def test_a_write_takes_its_turn_before_it_is_decided() -> None:
    """The turn is asked for apart, and a 429 or 503 of a write delays the next one."""
    rig = Rig(always(lambda: httpx.Response(503, headers={"retry-after": "9"})))
    client = rig.client()
    wait_s = client.write_wait_s(SHOP.shop, urgent=True)
    rig.clock.sleep(wait_s)
    assert client.write_wait_s(SHOP.shop, urgent=True) == 0

    with pytest.raises(OutcomeUnknown):
        client.write_stock(SHOP, "P1", LINES)

    assert client.write_wait_s(SHOP.shop, urgent=True) > 0


def test_reads_keep_to_the_quota() -> None:
    """A hundred reads in a row take the two seconds that the quota asks for."""
    rig = Rig(always(lambda: answer({"warehouses": []})))
    client = rig.client()
    for _ in range(100):
        client.warehouses(SHOP)

    assert rig.clock.now - NOW == pytest.approx(100 / 36, rel=0.05)


def test_calls_are_reported_by_operation_and_shop() -> None:
    """The hook is told what was called for whom, and TikTok's code."""
    rig = Rig(always(lambda: answer(None, 12052910)))

    with pytest.raises(RequestRefused, match=r"tiktok write_stock \[uk\]"):
        rig.client().write_stock(SHOP, "P1", LINES)

    (record,) = rig.records
    assert (record.service, record.operation, record.shop) == ("tiktok", "write_stock", "uk")
    assert (record.outcome, record.code, record.status) == ("request_refused", 12052910, 200)
