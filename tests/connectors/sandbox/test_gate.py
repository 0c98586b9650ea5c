"""Who is let in, and with which code everybody else is turned away."""

import httpx
import pytest

from connectors.sandbox.signature import sign
from connectors.sandbox.switches import SandboxSwitches

from .scene import HOST, Scene


SHOPS = "/authorization/202309/shops"
ORDERS = "/order/202309/orders/search"
PLACES = "/logistics/202309/warehouses"


def code_of(answer: httpx.Response) -> int:
    """Return the code in the envelope."""
    code: int = answer.json()["code"]
    return code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"app_key": "another"}, 36009004),
        ({"app_key": None}, 36009004),
        ({"timestamp": "1600000000"}, 36009004),
        ({"timestamp": None}, 36009004),
        ({"sign": ""}, 36009004),
        ({"sign": "0" * 64}, 106001),
        ({"shop_cipher": None}, 106013),
        ({"shop_cipher": "ROW_nobody"}, 101000),
    ],
)
def test_a_bad_parameter_is_refused(query: dict[str, str | None], code: int) -> None:
    """Each common parameter has its refusal."""
    assert code_of(Scene().call("GET", PLACES, **query)) == code


def test_a_cipher_is_unexpected_where_none_belongs() -> None:
    """The shops call refuses a shop_cipher as an unexpected identifier."""
    answer = Scene().call("GET", SHOPS)

    assert (code_of(answer), "unexpected identifier" in answer.json()["message"]) == (
        36009004,
        True,
    )


def test_the_shops_call_names_the_cipher() -> None:
    """Without a cipher the shops call answers with the shop and its cipher."""
    scene = Scene()

    (shop,) = scene.data("GET", SHOPS, shop_cipher=None)["shops"]

    assert shop["cipher"] == scene.world.access("alpha").cipher


def test_another_shops_token_does_not_fit() -> None:
    """A token opens its own shop and no other: 101000."""
    scene = Scene()
    scene.open_shop("beta")

    answer = scene.call("GET", PLACES, shop_cipher=scene.world.access("beta").cipher)

    assert code_of(answer) == 101000


def test_an_unknown_token_is_refused() -> None:
    """A token that was never given is 36009004, not 105002."""
    scene = Scene()
    request = scene.request("GET", PLACES, token="stolen")

    assert code_of(scene.handle(request)) == 36009004


def test_an_expired_token_asks_for_a_refresh() -> None:
    """Past its expiry a token is 105002 with HTTP 401."""
    scene = Scene()
    scene.world.expire_access_token("alpha")

    answer = scene.call("GET", PLACES)

    assert (answer.status_code, code_of(answer)) == (401, 105002)


def test_a_missing_scope_is_not_an_expiry() -> None:
    """A grant without the scope is 105005."""
    scene = Scene()
    scene.world.limit_scopes("alpha", {"seller.order.info"})

    assert code_of(scene.call("GET", PLACES)) == 105005


def test_a_revoked_grant_opens_nothing() -> None:
    """After the seller's withdrawal the old token is invalid."""
    scene = Scene()
    request = scene.request("GET", PLACES)
    scene.world.revoke("alpha")

    assert code_of(scene.handle(request)) == 36009004


def test_bad_paths_and_methods_have_codes() -> None:
    """36009009 for a path that is none, 36009010 for a method it does not take."""
    scene = Scene()

    assert code_of(scene.call("GET", "/product/209901/nothing")) == 36009009
    assert code_of(scene.call("DELETE", PLACES)) == 36009010


@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        (b"{", "application/json", 36009022),
        (b"[]", "application/json", 36009022),
        (b"{}", "text/plain", 36009023),
    ],
)
def test_an_unreadable_body_is_refused(content: bytes, content_type: str, code: int) -> None:
    """A body must be a JSON object and say so."""
    scene = Scene()
    access = scene.world.access("alpha")
    query = {
        "app_key": access.app_key,
        "timestamp": str(int(scene.clock.now)),
        "shop_cipher": access.cipher,
    }
    query["sign"] = sign(access.app_secret, ORDERS, query.items(), content_type, content)
    headers = {"content-type": content_type, "x-tts-access-token": access.access_token}
    request = httpx.Request("POST", HOST + ORDERS, params=query, content=content, headers=headers)

    assert code_of(scene.handle(request)) == code


def test_the_fifty_first_call_of_a_second_is_too_many() -> None:
    """50 calls pass in any one second, per API and shop; the next is 36009002, HTTP 429."""
    scene = Scene()
    codes = [code_of(scene.call("GET", PLACES)) for _ in range(50)]
    refused = scene.call("GET", PLACES)
    elsewhere = scene.call("POST", ORDERS, {})
    scene.clock.wait(1.0)

    assert set(codes) == {0}
    assert (refused.status_code, code_of(refused)) == (429, 36009002)
    assert code_of(elsewhere) == 0
    assert code_of(scene.call("GET", PLACES)) == 0


def test_the_quota_can_be_switched_off() -> None:
    """Without a limit any number of calls passes."""
    scene = Scene(SandboxSwitches(calls_per_second=None))

    assert {code_of(scene.call("GET", PLACES)) for _ in range(120)} == {0}


def test_a_business_refusal_may_come_with_http_200() -> None:
    """Only the body tells: the HTTP status of other refusals is a switch."""
    statuses = [
        Scene(SandboxSwitches(business_error_http_status=status))
        .call("POST", "/product/202309/inventory/search", {})
        .status_code
        for status in (200, 400)
    ]

    assert statuses == [200, 400]


def token_call(scene: Scene, path: str, **query: str) -> httpx.Response:
    """Ask the unsigned token desk."""
    access = scene.world.access("alpha")
    sent = {"app_key": access.app_key, "app_secret": access.app_secret, **query}
    return scene.handle(httpx.Request("GET", f"https://auth.tiktok-shops.com{path}", params=sent))


def test_an_auth_code_works_once() -> None:
    """The first use gives tokens with absolute expiries, the second is refused."""
    scene = Scene()
    code = scene.world.issue_auth_code("alpha")
    query = {"auth_code": code, "grant_type": "authorized_code"}

    data = token_call(scene, "/api/v2/token/get", **query).json()["data"]

    assert data["access_token_expire_in"] == int(scene.clock.now) + 7 * 86_400
    assert code_of(token_call(scene, "/api/v2/token/get", **query)) == 36009004


def test_a_refresh_changes_both_tokens() -> None:
    """The new pair works, the old refresh token does not."""
    scene = Scene()
    old = scene.world.access("alpha")
    query = {"refresh_token": old.refresh_token, "grant_type": "refresh_token"}

    data = token_call(scene, "/api/v2/token/refresh", **query).json()["data"]

    assert data["refresh_token"] != old.refresh_token
    assert data["access_token"] == scene.world.access("alpha").access_token != old.access_token
    assert code_of(token_call(scene, "/api/v2/token/refresh", **query)) == 36009004


@pytest.mark.parametrize("ends", [True, False])
def test_a_refresh_may_end_the_old_access_token(ends: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Whether the access token before a refresh still works is a switch."""
    scene = Scene(SandboxSwitches(refresh_ends_old_access_token=ends))
    request = scene.request("GET", PLACES)
    scene.world.tokens.refresh(scene.world.access("alpha").refresh_token, scene.clock.now)

    assert code_of(scene.handle(request)) == (36009004 if ends else 0)
