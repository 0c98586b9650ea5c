"""Who may do what over the API: every operation against every kind of caller."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Route

from connectors.store import trail
from connectors.store.engine import writing
from connectors.store.trail import Event
from worker.access import Role
from worker.web.api import DOCUMENT_PATH, api_routes
from worker.web.api_operations import Operation, api_operations
from worker.web.feed_upload import UPLOAD_PATH

from .api_rig import EXAMPLES, ApiRig, api_rig, some_risk


OPERATIONS = api_operations(risk=some_risk)
LOOKING = {each.name for each in OPERATIONS if each.method == "GET"}
OF_SENDERS = {"receipts"}
OF_ONE_SKU = {"explain", "history"}

NOBODY = ("anonymous", "malformed", "unknown", "expired", "revoked", "not a bearer", "two tokens")
CALLERS = (
    *NOBODY,
    "reader",
    "operator",
    "reader of alpha",
    "operator of alpha",
    "reader of beta",
    "operator of beta",
    "sender",
)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiRig]:
    """Two shops; no test here leaves them other than it found them."""
    with api_rig(tmp_path_factory.mktemp("access")) as rig:
        yield rig


def headers_of(rig: ApiRig, caller: str) -> list[tuple[str, str]]:
    """Return what a kind of caller shows of itself."""
    if caller == "anonymous":
        return []
    if caller == "not a bearer":
        return [("Authorization", f"Basic {rig.token(Role.OPERATOR).text}")]
    if caller == "two tokens":
        return [("Authorization", f"Bearer {rig.token(Role.OPERATOR).text}")] * 2
    return [("Authorization", f"Bearer {token_of(rig, caller)}")]


def token_of(rig: ApiRig, caller: str) -> str:
    """Return the token of a kind of caller."""
    match caller:
        case "malformed":
            return "osg_0123_abc"
        case "unknown":
            return f"osg_{'0' * 12}_{'A' * 43}"
        case "expired":
            return rig.expired_token()
        case "revoked":
            return rig.revoked_token()
        case "sender":
            return rig.sender_token()
        case _:
            role, _, shop = caller.partition(" of ")
            return rig.token(Role(role), *([shop] if shop else [])).text


def expected(operation: Operation[Any], caller: str) -> int:
    """Return the status that a caller must get for the example, which is about alpha."""
    if caller in NOBODY:
        return 401
    if caller == "sender" or operation.name in OF_SENDERS:
        return 200 if caller == "sender" and operation.name in OF_SENDERS else 403
    if operation.name not in LOOKING:
        return 200 if caller in {"operator", "operator of alpha"} else 403
    # That alpha sells it is not to be learned by whoever may see beta only.
    return 404 if operation.name in OF_ONE_SKU and caller.endswith("beta") else 200


def test_every_operation_has_an_example() -> None:
    """What is added to the table is added to the matrix, or this fails."""
    assert set(EXAMPLES) == {each.name for each in OPERATIONS}


def test_every_route_is_an_operation(rig: ApiRig) -> None:
    """Nothing is served beside the matrix but its description, and that there is no more."""
    routes = api_routes(rig.front.services, risk=some_risk)
    served = {each.path for each in routes if isinstance(each, Route)}

    listed = {each.path.replace("{sku}", "{sku:path}") for each in OPERATIONS}

    assert len(served) == len(routes)
    assert served - listed == {DOCUMENT_PATH, UPLOAD_PATH, "/api", "/api/{rest:path}"}


def test_every_operation_needs_a_role() -> None:
    """Whatever changes something is for operators, but for the files of those who send them."""
    assert {each.role for each in OPERATIONS if each.name not in LOOKING} == {Role.OPERATOR}
    assert {each.role for each in OPERATIONS if each.name in LOOKING - OF_SENDERS} == {Role.READER}
    assert {each.role for each in OPERATIONS if each.name in OF_SENDERS} == {Role.SENDER}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_the_matrix(rig: ApiRig, operation: Operation[Any], caller: str) -> None:
    """Each caller gets what its token lets it, and nothing else."""
    example = EXAMPLES[operation.name]
    headers = headers_of(rig, caller)

    answer = rig.client.send(operation.method, example.path, json=example.body, headers=headers)

    assert answer.status_code == expected(operation, caller), answer.text


@pytest.mark.parametrize("caller", [each for each in NOBODY if each != "anonymous"])
def test_every_bad_token_gets_the_same_answer(rig: ApiRig, caller: str) -> None:
    """Whether it ever was a token is not to be learned."""
    known = rig.ask("nonsense", "GET", "/api/status")

    answer = rig.client.send("GET", "/api/status", headers=headers_of(rig, caller))

    assert (answer.content, answer.headers) == (known.content, known.headers)


def test_a_refusal_says_how_to_come_in(rig: ApiRig) -> None:
    """As RFC 6750 wants it."""
    answer = rig.client.send("GET", "/api/status")

    assert answer.headers["www-authenticate"] == 'Bearer realm="oversell-guard"'


@pytest.mark.parametrize("name", ["reconcile", "hold", "writes"])
def test_a_token_for_some_shops_must_name_one(rig: ApiRig, name: str) -> None:
    """What is said of no shop in particular is said of all."""
    example = EXAMPLES[name]
    body = {name: value for name, value in (example.body or {}).items() if name != "shop"}
    token = rig.token(Role.OPERATOR, "alpha").text

    answer = rig.ask(token, "POST", example.path, json=body)

    assert answer.status_code == 403
    assert "name one of alpha" in answer.text


@pytest.mark.parametrize("path", ["/api/explain/MUG", "/api/history/MUG"])
@pytest.mark.parametrize("shop", ["beta", "nowhere"])
def test_a_shop_out_of_sight_is_refused_whether_it_is_there_or_not(
    rig: ApiRig, path: str, shop: str
) -> None:
    """The two answers differ in the name that was sent, and nothing else."""
    token = rig.token(Role.READER, "alpha").text

    answer = rig.ask(token, "GET", f"{path}?shop={shop}")

    assert answer.status_code == 403
    assert answer.json()["error"]["causes"] == [
        {"cause": f"the token is not for shop '{shop}'", "remedy": "name one of alpha"}
    ]


@pytest.mark.parametrize("name", ["reconcile", "hold"])
def test_what_another_shop_sells_is_not_to_be_learned_by_acting(rig: ApiRig, name: str) -> None:
    """A SKU of beta's is as unknown to alpha's operator as one of nobody's."""
    token, example = rig.token(Role.OPERATOR, "alpha").text, EXAMPLES[name]
    told = []
    for sku in ("HAT", "HAX"):
        answer = rig.ask(token, "POST", example.path, json={**(example.body or {}), "sku": sku})
        told.append((answer.status_code, answer.text.replace(sku, "...")))

    assert told[0] == told[1]
    assert told[0][0] == 404


def test_a_reader_of_one_shop_reads_nothing_of_the_other(rig: ApiRig) -> None:
    """No answer to any request names it; shared tees are among them."""
    token = rig.token(Role.READER, "alpha").text
    paths = [EXAMPLES[name].path for name in LOOKING]
    paths += ["/api/explain/TEE", "/api/history/TEE", "/api/history/HAT", "/api/explain/TEA"]

    answers = [rig.ask(token, "GET", path).text for path in paths]

    assert "alpha" in "".join(answers)
    assert not any("beta" in each or "HAT" in each.replace("'HAT'", "") for each in answers)


def test_a_reason_that_names_another_shops_listing_is_veiled(rig: ApiRig) -> None:
    """A move to zero says for which listing it makes room."""
    front = rig.front
    event = Event(
        at=front.services.now(),
        event="write",
        subject=str(front.key("alpha")),
        shop="alpha",
        sku="TEE",
        detail={"reason": f"makes room for {front.key('beta')}"},
    )
    with writing(front.services.engine) as connection:
        trail.note(connection, event)

    answer = rig.ask(rig.token(Role.READER, "alpha").text, "GET", "/api/history/TEE")

    assert "makes room for a listing of another shop" in answer.text
    assert "beta" not in answer.text


def test_risk_is_cut_to_the_shops_in_sight(rig: ApiRig) -> None:
    """Shared goods are left out before the list is cut to its length."""
    token = rig.token(Role.READER, "alpha").text

    found = rig.ask(token, "GET", "/api/risk?items=1").json()

    assert [each["shop"] for each in found["shops"]] == ["alpha"]
    assert [each["sku"] for each in found["items"]] == ["MUG"]
