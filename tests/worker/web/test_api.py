"""What each operation of the API does, and that its answers are those of the commands."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from worker.access import Role, list_tokens
from worker.reports.explain import explain
from worker.reports.history import history
from worker.reports.printing import as_json
from worker.reports.shortages import shortages
from worker.reports.status import status
from worker.web.api_operations import Operation, api_operations

from .api_rig import EXAMPLES, OWN, ApiRig, api_of, api_rig, causes_of, some_risk


OPERATIONS = api_operations(risk=some_risk)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[ApiRig]:
    """Two shops, decided on and at rest."""
    with api_rig(tmp_path) as rig:
        yield rig


class Counter:
    """A meter that remembers."""

    def __init__(self) -> None:
        self.counted: list[tuple[str, Mapping[str, str]]] = []

    def count(self, name: str, labels: Mapping[str, str], by: float = 1.0) -> None:
        """Remember one."""
        assert by == 1.0
        self.counted.append((name, labels))

    def observe(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """Nothing here is measured."""
        raise AssertionError((name, labels, value))


# --- looking ---------------------------------------------------------------------------------


def test_status_is_the_document_of_the_command(rig: ApiRig) -> None:
    """Field by field."""
    answer = rig.look("/api/status").json()

    assert answer == json.loads(as_json(status(rig.front.services)))


def test_explain_is_the_document_of_the_command(rig: ApiRig) -> None:
    """In one shop, where one is named."""
    answer = rig.look("/api/explain/TEE?shop=beta").json()

    assert answer == json.loads(as_json(explain(rig.front.services, "TEE", "beta")))
    assert [each["shop"] for each in answer["listings"]] == ["beta"]


def test_history_is_the_document_of_the_command(rig: ApiRig) -> None:
    """As many events as are asked for."""
    answer = rig.look("/api/history/TEE?limit=3").json()

    found = history(rig.front.services, "TEE", shop=None, most=3)
    assert answer == json.loads(as_json(found))
    assert len(answer["events"]) == 3


def test_risk_is_what_its_source_says(rig: ApiRig) -> None:
    """With as many items as are asked for."""
    answer = rig.look("/api/risk?items=2").json()

    assert answer == json.loads(as_json(some_risk(rig.front.services, items_max=2)))


def test_shortages_are_the_document_of_the_command(rig: ApiRig) -> None:
    """Of one shop and one warehouse, where they are named."""
    answer = rig.look("/api/shortages?shop=alpha&warehouse=EAST").json()

    found = shortages(rig.front.services, shop="alpha", warehouse="EAST")
    assert answer == json.loads(as_json(found))


@pytest.mark.parametrize("name", ["shop", "warehouse"])
def test_shortages_of_a_name_that_is_not_there_are_not_found(rig: ApiRig, name: str) -> None:
    """It is told what there is."""
    answer = rig.look(f"/api/shortages?{name}=nowhere")

    assert answer.status_code == 404
    assert f"there is no {name} 'nowhere'" in causes_of(answer)


def test_a_look_may_be_for_the_headers_alone(rig: ApiRig) -> None:
    """HEAD is GET without its body, which the server leaves out."""
    answer = rig.ask(rig.token(Role.READER).text, "HEAD", "/api/status")

    assert answer.status_code == 200


def test_a_sku_may_hold_a_slash(rig: ApiRig) -> None:
    """It is read whole, and not found whole."""
    answer = rig.look("/api/explain/RED/XL")

    assert answer.status_code == 404
    assert "'RED/XL'" in causes_of(answer)


# --- stepping in -----------------------------------------------------------------------------


def test_reconcile_brings_a_listing_to_what_was_decided(rig: ApiRig) -> None:
    """Somebody typed another number into Seller Center; it is seen and told."""
    rig.front.world.edit_stock_by_hand(
        rig.front.skus["alpha"].sku_id, rig.front.warehouse_ids["alpha"], available=0
    )

    rows = rig.operate("reconcile", shop="alpha", sku="TEE").json()["rows"]

    assert [(each["before_units"], each["ending"]) for each in rows] == [(0, "as_decided")]


def test_a_dry_run_writes_nothing(rig: ApiRig) -> None:
    """It says what it would write."""
    rig.operate("hold", sku="TEE", shop=None, at_most=1)
    shown = rig.front.shown()

    rows = rig.operate("reconcile", shop=None, sku="TEE", dry_run=True).json()["rows"]

    assert {each["ending"] for each in rows} == {"planned"}
    assert rig.front.shown() == shown


def test_a_reconcile_tells_no_shop_how_short_shared_goods_are(rig: ApiRig) -> None:
    """Less one's own orders, it is what the other shop sold."""
    rig.operate("hold", sku="TEE", shop=None, at_most=None, set_aside=30)
    body = {"shop": "alpha", "sku": "TEE", "dry_run": True}

    shortages = [
        rig.ask(token.text, "POST", "/api/reconcile", json=body).json()["shortages"]
        for token in (rig.token(Role.OPERATOR), rig.token(Role.OPERATOR, "alpha"))
    ]

    assert shortages == [[{"pool": "EAST/TEE", "units": 10}], []]


def test_a_hold_caps_what_is_shown_in_the_tokens_name(rig: ApiRig) -> None:
    """Who said so is whose token it is, whatever a body might say."""
    held = rig.operate("hold", sku="TEE", shop=None, at_most=1).json()["hold"]

    rig.front.work(4.0)

    assert (held["who"], held["at_most_units"]) == ("console", 1)
    assert max(rig.front.shown().values()) <= 1


def test_units_are_set_aside(rig: ApiRig) -> None:
    """Of goods that all shops share, so no shop is named."""
    held = rig.operate("hold", sku="TEE", shop=None, at_most=None, set_aside=5).json()["hold"]

    assert (held["set_aside_units"], held["shop"]) == (5, "")


def test_writing_is_stopped_and_started(rig: ApiRig) -> None:
    """In the shop that was named, with who and why in the trail."""
    stopped = rig.operate("writes", action="stop", why="an audit").json()["shops"]
    started = rig.operate("writes", action="start").json()["shops"]

    events = rig.look(f"/api/history/{OWN}").json()["events"]
    assert [each["stopped"] for each in (*stopped, *started)] == [True, False]
    assert {"who": "console", "why": "an audit"} in [each["detail"] for each in events]


def test_the_use_of_a_token_is_noted(rig: ApiRig) -> None:
    """So that one that nobody uses can be found and revoked."""
    rig.look("/api/status")

    assert [each.last_used_at is None for each in list_tokens(rig.front.services)] == [False]


# --- the form of an answer -------------------------------------------------------------------


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_an_answer_has_the_form_that_is_described(rig: ApiRig, operation: Operation[Any]) -> None:
    """As OpenAPI says it, checked by its own dialect of JSON Schema."""
    example = EXAMPLES[operation.name]
    document = rig.client.send("GET", "/api/openapi.json").json()
    form = document["paths"][operation.path][operation.method.lower()]["responses"]["200"]

    sends = operation.role is Role.SENDER
    token = rig.sender_token() if sends else rig.token(Role.OPERATOR).text
    answer = rig.ask(token, operation.method, example.path, json=example.body)

    schema = {**form["content"]["application/json"]["schema"], **document}
    assert answer.status_code == 200
    assert not list(OAS31Validator(schema).iter_errors(answer.json()))


def test_deliveries_are_listed(rig: ApiRig) -> None:
    """As the command lists them, narrowed by feed and state."""
    found = rig.look("/api/feeds/deliveries?feed=east&state=taken").json()["deliveries"]

    assert {(each["feed"], each["state"]) for each in found} == {("east", "taken")}
    assert rig.look("/api/feeds/deliveries?state=refused").json() == {"deliveries": []}
    assert rig.look("/api/feeds/deliveries?feed=west").status_code == 404
    assert rig.look("/api/feeds/deliveries?state=odd").status_code == 404


@pytest.mark.parametrize("path", ["/api/status", "/api/nothing", "/api/openapi.json"])
def test_no_answer_is_kept(rig: ApiRig, path: str) -> None:
    """Neither by a browser nor by what stands between."""
    assert rig.look(path).headers["cache-control"] == "no-store"


def test_every_request_is_counted_by_its_route(rig: ApiRig) -> None:
    """By template, not by what was asked for: labels must stay few."""
    meter = Counter()
    rig.client = api_of(replace(rig.front.services, meter=meter))

    rig.look(f"/api/explain/{OWN}")
    rig.look("/api/nothing/here")
    rig.ask("nonsense", "BREW", "/api/status")

    assert meter.counted == [
        ("api_requests", {"route": "/api/explain/{sku}", "method": "GET", "status": "200"}),
        ("api_requests", {"route": "unknown", "method": "GET", "status": "404"}),
        ("api_requests", {"route": "/api/status", "method": "other", "status": "405"}),
    ]
