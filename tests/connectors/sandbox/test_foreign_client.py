"""A client that we did not write works against the sandbox, and knows every field it answers.

The PyPI package `tiktok-shop-api` is made from TikTok's own description of its API. Where it and
the sandbox differ, the API page decides; what it does not know is named in `UNKNOWN_TO_IT`.
"""

import sys
import time
import types
import typing
from collections.abc import Iterator
from typing import Any

import attrs
import httpx
import pytest
from tiktok_shop_api import (
    Signer,
    TikTokShop,
    TikTokShopAuth,
    TikTokShopError,
    Webhooks,
    WebhookSignatureError,
)
from tiktok_shop_api.generated import models
from tiktok_shop_api.generated.models.search_products_request_status import (
    SearchProductsRequestStatus,
)
from tiktok_shop_api.generated.types import Unset

from connectors.sandbox.faults import FaultKind
from connectors.sandbox.orders import Role
from connectors.sandbox.signature import sign
from connectors.sandbox.webhooks import TOPICS

from .scene import HOST, Scene
from .test_webhooks import Mailbox, sender


UNKNOWN_TO_IT = frozenset({"deactivate.data.errors.detail.extra_errors"})
"""Fields that the API page names and the package does not."""


def open_scene() -> Scene:
    """Return a scene at the real time, since the package stamps its calls with it."""
    scene = Scene()
    scene.clock.now = time.time()
    # The shop's tokens were granted at the scene's own noon, years ago.
    scene.world.tokens.grant("alpha", scene.clock.now)
    return scene


def client(scene: Scene, shop: str = "alpha") -> Any:  # noqa: ANN401 - see below
    """Return the package's client for a shop of the scene.

    As any object: each field of its answers may be unset, and would be narrowed one by one.
    """
    access = scene.world.access(shop)
    return TikTokShop(
        access.app_key,
        access.app_secret,
        access.access_token,
        access.cipher,
        base_url=HOST,
        transport=httpx.MockTransport(scene.handle),
    )


def desk(scene: Scene) -> TikTokShopAuth:
    """Return the package's way to tokens."""
    access = scene.world.access("alpha")
    return TikTokShopAuth(
        access.app_key,
        access.app_secret,
        base_url=HOST,
        transport=httpx.MockTransport(scene.handle),
    )


def unknown_fields(value: object, path: str = "") -> Iterator[str]:
    """Yield the way to each field that the package's models do not have, or have otherwise."""
    if isinstance(value, list):
        for each in value:
            yield from unknown_fields(each, path)
    model: Any = type(value)
    if not attrs.has(model):
        return
    names = {**vars(typing), **vars(models), **vars(sys.modules[model.__module__])}
    hints = typing.get_type_hints(model, names, {"Unset": Unset})
    for field in attrs.fields(model):
        held = getattr(value, field.name)
        here = f"{path}.{field.name}"
        if field.name == "additional_properties":
            yield from (f"{path}.{name}" for name in held)
        elif not fits(held, hints[field.name]):
            yield f"{here}: {type(held).__name__}"
        else:
            yield from unknown_fields(held, here)


def fits(value: object, hint: object) -> bool:
    """Tell whether a value is of a type that the model gives it; a list by its kind alone."""
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if typing.get_origin(hint) is typing.Literal:
        return value in typing.get_args(hint)
    plain = tuple(typing.get_origin(kind) or kind for kind in kinds)
    return any(isinstance(value, kind) for kind in plain if isinstance(kind, type))


def sold(scene: Scene) -> tuple[Any, str, str]:
    """Return a client, and the ids of an order that went its way and of one that was cancelled."""
    mug, shirt = scene.list_sku("MUG", 9), scene.list_sku("SHIRT", 9)
    sent, off = scene.buy(mug, 2, paid=True), scene.buy(shirt, paid=True)
    scene.world.confirm_shipment(sent.order_id)
    scene.world.collect(sent.order_id)
    scene.world.deliver(sent.order_id)
    scene.world.cancel(off.order_id, Role.SELLER, "seller_cancel_reason_out_of_stock")
    scene.buy(scene.list_bundle(mug, shirt))
    return client(scene), sent.order_id, off.order_id


# --- signing and tokens ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/json", b'{"a":"\xc3\xa9 +"}'), ("multipart/form-data; boundary=x", b"file")],
)
def test_both_sign_a_request_alike(content_type: str, body: bytes) -> None:
    """Two readings of one page, with values that need escaping."""
    query = [("page_token", "a+b/c=="), ("app_key", "k"), ("timestamp", "1700000000")]
    theirs = Signer.sign(
        path="/x", query=query, content_type=content_type, body=body.decode(), app_secret="s"
    )

    assert sign("s", "/x", query, content_type, body) == theirs


def test_a_call_with_another_secret_is_refused_in_its_words() -> None:
    """With TikTok's code and status."""
    scene = open_scene()
    access = scene.world.access("alpha")
    stranger = TikTokShop(
        access.app_key,
        "wrong",
        access.access_token,
        access.cipher,
        base_url=HOST,
        transport=httpx.MockTransport(scene.handle),
    )
    with pytest.raises(TikTokShopError) as refused:
        stranger.logistics.get_warehouse_list()

    assert (refused.value.code, refused.value.http_status) == (106001, 401)


def test_a_code_is_exchanged_for_tokens_that_open_the_shop() -> None:
    """Both expiries are moments in time, though they are called durations."""
    scene = open_scene()
    tokens = desk(scene).exchange_code(scene.world.issue_auth_code("alpha"))
    shops = client(scene).with_shop(access_token=tokens.access_token)
    answer = shops.authorization.get_authorized_shops()

    assert tokens.access_token_expire_in > scene.clock.now
    assert [shop.cipher for shop in answer.data.shops] == [scene.world.access("alpha").cipher]


def test_a_refresh_gives_another_pair() -> None:
    """And the token before it opens nothing any more."""
    scene = open_scene()
    before = client(scene)
    fresh = desk(scene).refresh(scene.world.access("alpha").refresh_token)
    with pytest.raises(TikTokShopError):
        before.logistics.get_warehouse_list()

    after = before.with_shop(access_token=fresh.access_token)
    assert after.logistics.get_warehouse_list().code == 0


def test_an_expired_token_is_told_by_its_code() -> None:
    """So that a client refreshes, and does not ask for consent."""
    scene = open_scene()
    scene.world.expire_access_token("alpha")
    with pytest.raises(TikTokShopError) as refused:
        client(scene).logistics.get_warehouse_list()

    assert refused.value.code == 105002


# --- products and inventory --------------------------------------------------------------------


def test_products_are_found_page_by_page() -> None:
    """Its page token holds signs that must be escaped, and comes back whole."""
    scene = open_scene()
    for name in ("A", "B", "C"):
        scene.list_sku(name)
    shop = client(scene)
    titles: list[str] = []
    token = ""
    while not titles or token:
        page = shop.products.search_products(
            page_size=2,
            **({"page_token": token} if token else {}),
            body=models.SearchProductsRequest(status=SearchProductsRequestStatus.ACTIVATE),
        )
        titles += [product.title for product in page.data.products]
        token = page.data.next_page_token

    assert titles == ["A", "B", "C"]


def test_a_quantity_is_set_and_read_back() -> None:
    """With all that it takes for one."""
    scene = open_scene()
    sku = scene.list_sku(units=4)
    shop = client(scene)
    answer = update(shop, scene, sku.product_id, sku.sku_id, 7)
    read = shop.products.inventory_search(body=models.InventorySearchRequest(sku_ids=[sku.sku_id]))

    assert answer.code == 0
    assert read.data.inventory[0].skus[0].total_available_quantity == 7


def test_a_refused_sku_is_found_in_its_errors() -> None:
    """Under code 0, with the warehouse that is meant."""
    scene = open_scene()
    sku = scene.list_sku(units=4)
    answer = update(client(scene), scene, sku.product_id, sku.sku_id, 100_000)
    (error,) = answer.data.errors

    assert answer.code == 0
    assert [extra.code for extra in error.detail.extra_errors] == [12052055]


def update(
    shop: Any,  # noqa: ANN401 - the package's client, as `client` returns it
    scene: Scene,
    product_id: str,
    sku_id: str,
    units: int,
) -> Any:  # noqa: ANN401 - as above
    """Set a quantity by the package."""
    row = models.UpdateInventoryRequestSkuInventory(
        warehouse_id=scene.warehouses["alpha"], quantity=units
    )
    sku = models.UpdateInventoryRequestSku(id=sku_id, inventory=[row])
    return shop.products.update_inventory(
        product_id=product_id, body=models.UpdateInventoryRequest(skus=[sku])
    )


def test_a_lost_answer_is_a_failure_without_a_status() -> None:
    """Whether it took effect the package cannot know either."""
    scene = open_scene()
    sku = scene.list_sku(units=4)
    scene.faults.force(FaultKind.TIMEOUT_AFTER_EFFECT)
    with pytest.raises(TikTokShopError) as lost:
        update(client(scene), scene, sku.product_id, sku.sku_id, 2)

    assert lost.value.http_status is None
    assert scene.shown(sku) == 2


# --- orders and notifications ------------------------------------------------------------------


def test_orders_are_searched_and_looked_up() -> None:
    """One row for each unit, in both."""
    scene = open_scene()
    shop, sent, _ = sold(scene)
    found = shop.orders.get_order_list(page_size=10, body=models.GetOrderListRequest())
    (detail,) = shop.orders.get_order_detail(ids=[sent]).data.orders

    assert found.data.total_count == 3
    assert (detail.status, len(detail.line_items)) == ("DELIVERED", 2)


def test_notifications_are_found_genuine_and_are_read() -> None:
    """Each of them fits the package's model, which is strict."""
    scene, mailbox = open_scene(), Mailbox()
    sku = scene.list_sku(units=5)
    with sender(scene, mailbox, topics=TOPICS) as post:
        order = scene.buy(sku, paid=True)
        scene.world.cancel(order.order_id, Role.BUYER, "buyer_cancel_no_longer_needed")
        scene.write(sku, 0)
        scene.world.deactivate(sku.product_id)
        post.step(scene.clock.now)
    access = scene.world.access("alpha")
    events: list[Any] = [
        Webhooks.verify_and_parse(
            app_key=access.app_key,
            app_secret=access.app_secret,
            raw_body=request.content,
            signature=request.headers["authorization"],
        )
        for request in mailbox.requests
    ]

    assert {event.type_ for event in events} == TOPICS
    assert [path for event in events for path in unknown_fields(event)] == []


def test_a_notification_that_was_changed_is_not_genuine() -> None:
    """By its rules as by ours."""
    scene, mailbox = open_scene(), Mailbox()
    sku = scene.list_sku(units=5)
    with sender(scene, mailbox) as post:
        scene.buy(sku)
        post.step(scene.clock.now)
    (request,) = mailbox.requests
    with pytest.raises(WebhookSignatureError):
        Webhooks.verify_and_parse(
            app_key=scene.world.app_key,
            app_secret=scene.world.app_secret,
            raw_body=request.content + b" ",
            signature=request.headers["authorization"],
        )


# --- spelling ----------------------------------------------------------------------------------


def every_answer(scene: Scene) -> dict[str, object]:
    """Return an answer of each call that the package knows, with all in it that can be."""
    shop, sent, off = sold(scene)
    sku = next(scene.world.registry.skus("alpha"))
    key = scene.key(sku)
    scene.world.edit_stock_by_hand(*key, campaign=2, creator=1, backorder=3, handling_days=5)
    search = models.InventorySearchRequest(product_ids=[sku.product_id])
    return {
        "shops": shop.authorization.get_authorized_shops(),
        "warehouses": shop.logistics.get_warehouse_list(),
        "products": shop.products.search_products(
            page_size=10, body=models.SearchProductsRequest()
        ),
        "product": shop.products.get_product(product_id=sku.product_id),
        "inventory": shop.products.inventory_search(body=search),
        "update": update(shop, scene, sku.product_id, sku.sku_id, 0),
        "activate": shop.products.activate_products(
            body=models.ActivateProductsRequest(product_ids=[sku.product_id])
        ),
        "deactivate": shop.products.deactivate_products(
            body=models.DeactivateProductsRequest(product_ids=["1"])
        ),
        "order_list": shop.orders.get_order_list(page_size=10, body=models.GetOrderListRequest()),
        "orders": shop.orders.get_order_detail(ids=[sent, off]),
    }


def test_the_package_knows_every_field_of_every_answer_by_its_name_and_type() -> None:
    """A name that is misspelt here would be found by nobody else."""
    found = {
        path
        for name, answer in every_answer(open_scene()).items()
        for path in unknown_fields(answer, name)
    }

    assert found - UNKNOWN_TO_IT == set()


def test_a_field_that_is_misspelt_would_be_found() -> None:
    """The check above can fail."""
    shop = models.GetAuthorizedShopsResponseDataShop.from_dict({"id": "1", "cypher": "x"})

    assert list(unknown_fields(shop, "shop")) == ["shop.cypher"]
