"""The control calls: somebody else's test acts, lets things fail, and sees what was written."""

import json
from typing import Any

import httpx
import pytest

from connectors.sandbox.control import BODY_BYTES_MAX, CONTROLS, with_control
from connectors.sandbox.merchandise import ListedSku
from connectors.sandbox.stage import MovableClock, Stage

from .scene import HOST, NOON, Scene


class Desk:
    """A stage and somebody who asks it."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.clock = MovableClock(lambda: NOON)
        self.stage = Stage(world=self.scene.world, faults=self.scene.faults, clock=self.clock)
        self.handle = with_control(self.stage, self.stage.api(lambda: NOON))

    def list_sku(self, units: int = 5) -> ListedSku:
        """List a SKU that shows so many units."""
        return self.scene.list_sku("MUG", units)

    def ask(self, method: str, path: str, **said: object) -> httpx.Response:
        """Make a control call."""
        content = json.dumps(said).encode() if said else b""
        return self.handle(httpx.Request(method, f"{HOST}/sandbox{path}", content=content))

    def told(self, method: str, path: str, **said: object) -> Any:  # noqa: ANN401 - any JSON
        """Make a control call that must work; returns its answer."""
        answer = self.ask(method, path, **said)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, **said: object) -> tuple[int, str]:
        """Make a control call that must not work; returns the status and the cause."""
        answer = self.ask(method, path, **said)
        error = answer.json()["error"]
        assert error["remedy"]
        return answer.status_code, error["cause"]


@pytest.fixture
def desk() -> Desk:
    """A shop of which nothing is known yet."""
    return Desk()


def test_every_call_is_listed_with_its_form(desk: Desk) -> None:
    """So that nobody has to read this program."""
    listed = desk.told("GET", "")["controls"]

    assert [(each["method"], each["path"]) for each in listed] == [
        (each.method, f"/sandbox{each.path}") for each in CONTROLS
    ]
    assert all(each["does"] for each in listed)


def test_all_other_calls_are_tiktoks(desk: Desk) -> None:
    """Signed as ever."""
    request = desk.scene.request("GET", "/logistics/202309/warehouses")

    assert desk.handle(request).json()["code"] == 0


def test_an_order_goes_its_way(desk: Desk) -> None:
    """From the checkout to the buyer, step by step."""
    desk.list_sku()
    order = desk.told("POST", "/orders", shop="alpha", sku="MUG", units=2)
    steps = [
        desk.told("POST", "/orders/step", order_id=order["order_id"], step=step)["status"]
        for step in ("confirm_shipment", "collect", "deliver")
    ]

    assert steps == ["AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED"]


def test_an_order_may_stay_unpaid(desk: Desk) -> None:
    """And be paid by a step."""
    sku = desk.list_sku()
    order = desk.told("POST", "/orders", shop="alpha", sku=sku.sku_id, paid=False)
    paid = desk.told("POST", "/orders/step", order_id=order["order_id"], step="pay")

    assert [order["status"], paid["status"]] == ["UNPAID", "AWAITING_SHIPMENT"]


def test_an_order_is_cancelled_by_whom_one_likes(desk: Desk) -> None:
    """With the reason that one likes."""
    desk.list_sku()
    order = desk.told("POST", "/orders", shop="alpha", sku="MUG")
    off = desk.told(
        "POST", "/orders/cancel", order_id=order["order_id"], by="SELLER", reason="because"
    )
    (known,) = desk.told("GET", "/orders")["orders"]

    assert (off["status"], known["cancel_reason"]) == ("CANCELLED", "because")


def test_a_person_edits_stock(desk: Desk) -> None:
    """What is left out stays."""
    desk.list_sku(5)
    desk.told("PUT", "/stock", shop="alpha", sku="MUG", campaign=2)
    (row,) = desk.told("GET", "/stock")["stock"]

    assert (row["seller_sku"], row["available"], row["campaign"]) == ("MUG", 5, 2)


def test_a_product_is_moved_to_another_status(desk: Desk) -> None:
    """As the platform would."""
    sku = desk.list_sku()
    desk.told("PUT", "/products", product_id=sku.product_id, status="FREEZE")

    assert desk.refused("POST", "/orders", shop="alpha", sku="MUG")[0] == 409


def test_switches_are_turned_one_by_one(desk: Desk) -> None:
    """The others stay."""
    desk.told("PUT", "/switches", zero_accepted=False)
    desk.told("PUT", "/switches", restock_delay_s=3)
    switches = desk.told("GET", "/switches")

    assert (switches["zero_accepted"], switches["restock_delay_s"]) == (False, 3.0)


def test_the_next_call_is_let_fail(desk: Desk) -> None:
    """And only the next."""
    desk.told("POST", "/faults", kind="overloaded", api="warehouses")
    statuses = [
        desk.handle(desk.scene.request("GET", "/logistics/202309/warehouses")).status_code
        for _ in range(2)
    ]

    assert statuses == [503, 200]


def test_calls_fail_by_chance_until_it_is_stopped(desk: Desk) -> None:
    """A share of one is each of them."""
    desk.told("PUT", "/faults", too_many_requests=1.0)
    first = desk.handle(desk.scene.request("GET", "/logistics/202309/warehouses")).status_code
    desk.told("DELETE", "/faults")
    then = desk.handle(desk.scene.request("GET", "/logistics/202309/warehouses")).status_code

    assert (first, then) == (429, 200)


def test_things_happen_beside_the_calls(desk: Desk) -> None:
    """A token expires before its time."""
    desk.told("POST", "/mishaps", kind="token_expires")
    answer = desk.handle(desk.scene.request("GET", "/logistics/202309/warehouses"))

    assert answer.json()["code"] == 105002


def test_what_programs_wrote_is_seen(desk: Desk) -> None:
    """With what was on sale before."""
    sku = desk.list_sku(5)
    desk.scene.write(sku, 3)
    written = desk.told("GET", "/writes")

    assert written["total_count"] == 1
    assert [(row["seller_sku"], row["before"], row["after"]) for row in written["writes"]] == [
        ("MUG", 5, 3)
    ]


def test_a_program_is_told_all_that_it_needs_to_call(desk: Desk) -> None:
    """Keys, tokens, cipher, warehouses and SKUs of each shop."""
    sku = desk.list_sku()
    (shop,) = desk.told("GET", "/shops")["shops"]

    assert shop["access_token"] == desk.scene.world.access("alpha").access_token
    assert [each["sku_id"] for each in shop["skus"]] == [sku.sku_id]
    assert [each["id"] for each in shop["warehouses"]] == [desk.scene.warehouses["alpha"]]


def test_a_shop_that_withdrew_its_consent_has_no_tokens_to_tell(desk: Desk) -> None:
    """It is there all the same."""
    desk.scene.world.revoke("alpha")
    (shop,) = desk.told("GET", "/shops")["shops"]

    assert (shop["name"], shop["is_revoked"]) == ("alpha", True)


def test_where_nobody_is_notified_there_is_nothing_to_tell_of_it(desk: Desk) -> None:
    """An answer all the same."""
    assert desk.told("GET", "/webhooks") == {}


def test_a_refused_act_changes_nothing(desk: Desk) -> None:
    """Its cause is told."""
    desk.list_sku(1)
    before = desk.scene.world.snapshot()
    status, cause = desk.refused("POST", "/orders", shop="alpha", sku="MUG", units=2)

    assert (status, desk.scene.world.snapshot()) == (409, before)
    assert "fewer than 2" in cause


@pytest.mark.parametrize(
    ("method", "path", "said", "status", "cause"),
    [
        ("GET", "/nothing", {}, 404, "there is no /sandbox/nothing"),
        ("PATCH", "/clock", {}, 405, "PATCH is not for"),
        ("POST", "/orders", {"shop": "alpha", "sku": "X"}, 404, "lists no SKU 'X'"),
        ("POST", "/orders", {"shop": "gamma", "sku": "X"}, 404, "no shop 'gamma'"),
        ("POST", "/orders/step", {"order_id": "1", "step": "pay"}, 404, "no order '1'"),
        ("PUT", "/switches", {"zero": True}, 400, "zero: there is no such name"),
        ("POST", "/faults", {"kind": "overloaded", "api": "x"}, 400, "api: there is no 'x'"),
        ("PUT", "/faults", {"overloaded": 2.0}, 400, "at most 1"),
        ("POST", "/clock", {"advance_s": -1}, 400, "not -1.0"),
        ("POST", "/mishaps", {"kind": "clock_steps", "luck": 1}, 400, "luck"),
        ("PUT", "/stock", {"shop": "alpha", "sku": "MUG"}, 400, "give one of"),
    ],
)
def test_what_cannot_be_asked_is_told_with_its_cause(
    desk: Desk, method: str, path: str, said: dict[str, object], status: int, cause: str
) -> None:
    """And a remedy, which `refused` looks for."""
    desk.list_sku()
    told = desk.refused(method, path, **said)

    assert told[0] == status
    assert cause in told[1]


@pytest.mark.parametrize("content", [b"{", b"[]", b" " * (BODY_BYTES_MAX + 1)])
def test_a_body_that_is_no_object_is_refused(desk: Desk, content: bytes) -> None:
    """Whatever else it is."""
    request = httpx.Request("POST", f"{HOST}/sandbox/orders", content=content)

    assert desk.handle(request).status_code == 400


def test_a_clock_is_moved_ahead_and_goes_on() -> None:
    """With the one that it goes by."""
    base = [100.0]
    clock = MovableClock(lambda: base[0])
    clock.advance(10.0)
    base[0] += 1.0

    assert clock() == 111.0


def test_a_clock_may_stand_still() -> None:
    """It moves when it is told to."""
    base = [100.0]
    clock = MovableClock(lambda: base[0], stands_still=True)
    base[0] += 1.0

    assert [clock(), clock.advance(5.0)] == [100.0, 105.0]
