"""What is sent to the API in a wrong form is refused by name, and changes nothing."""

import asyncio
from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.types import Message

from worker.access import Role
from worker.settings.processes import WebSettings
from worker.web.api_reading import read_body
from worker.web.problems import Problem

from .api_rig import ApiRig, api_rig, causes_of


BYTES_MAX = WebSettings().body_bytes_max


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiRig]:
    """Two shops; no test here changes them."""
    with api_rig(tmp_path_factory.mktemp("requests")) as rig:
        yield rig


def never_read() -> Iterator[bytes]:
    """Return a body that fails the test when it is looked at."""
    raise AssertionError("the body was read")
    yield b""


# --- bodies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes", "cause"),
    [
        ("reconcile", {"shoop": "alpha"}, "'shoop' is not a field"),
        ("reconcile", {"dry_run": "yes"}, "dry_run: input should be a valid boolean"),
        ("reconcile", {"timeout_s": 120.5}, "timeout_s: input should be less than or equal"),
        ("reconcile", {"timeout_s": 0}, "timeout_s: input should be greater than or equal"),
        ("reconcile", {"shop": ""}, "shop: string should have at least 1 character"),
        ("reconcile", {"sku": "x" * 201}, "sku: string should have at most 200 characters"),
        ("hold", {"who": "the boss"}, "'who' is not a field"),
        ("hold", {"at_most": "3"}, "at_most: input should be a valid integer"),
        ("hold", {"at_most": None}, "a hold either caps what is shown or sets units aside"),
        ("hold", {"set_aside": 1}, "a hold either caps what is shown or sets units aside"),
        ("hold", {"at_most": -1}, "at_most -1 is no quantity"),
        ("hold", {"at_most": 10**30}, "is no quantity"),
        ("hold", {"at_most": None, "set_aside": 0}, "set_aside 0 is no quantity"),
        ("hold", {"expires": "soon"}, "'soon' is neither a span nor a time"),
        ("hold", {"expires": "999d"}, "more than a year away"),
        ("hold", {"why": "  "}, "who and why must not be blank"),
        ("writes", {"action": "pause"}, "action: input should be 'stop' or 'start'"),
        ("writes", {"why": None}, "why: input should be a valid string"),
    ],
)
def test_a_bad_field_is_named(
    rig: ApiRig, name: str, changes: dict[str, object], cause: str
) -> None:
    """With its fault and a remedy."""
    answer = rig.operate(name, **changes)

    assert answer.status_code == 422
    assert cause in causes_of(answer)


def test_remedies_speak_of_fields_and_not_of_options(rig: ApiRig) -> None:
    """The command line's words are turned into those of a body."""
    answer = rig.operate("hold", at_most=None)

    assert answer.json()["error"]["causes"][0]["remedy"] == "give one of at_most N and set_aside N"


def test_all_faults_are_told_at_once(rig: ApiRig) -> None:
    """Nobody has to send a request five times to learn of five faults."""
    answer = rig.post(b'{"action": "pause", "whoo": 1}')

    assert [cause["cause"].partition(" ")[0] for cause in answer.json()["error"]["causes"]] == [
        "action:",
        "why",
        "'whoo'",
    ]


@pytest.mark.parametrize(
    ("name", "changes", "cause"),
    [
        ("reconcile", {"shop": "gamma"}, "no shop 'gamma'"),
        ("reconcile", {"sku": "NUG"}, "no SKU 'NUG'"),
        ("hold", {"sku": "NUG"}, "no SKU 'NUG'"),
        ("hold", {"warehouse": "WEST"}, "no warehouse 'WEST'"),
        ("writes", {"shop": "alpa"}, "no shop 'alpa'"),
    ],
)
def test_a_name_that_stands_for_nothing_is_not_found(
    rig: ApiRig, name: str, changes: dict[str, object], cause: str
) -> None:
    """Where all may be seen, the remedy says what comes close."""
    answer = rig.operate(name, **changes)

    assert answer.status_code == 404
    assert cause in causes_of(answer)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"action": stop}', b"{} {}"]
)
def test_what_is_no_json_is_a_bad_request(rig: ApiRig, body: bytes) -> None:
    """However deep it is nested."""
    answer = rig.post(body)

    assert answer.status_code == 400
    assert "the body is no JSON" in causes_of(answer)


def test_what_is_no_number_is_refused(rig: ApiRig) -> None:
    """A limit that is compared with it would never be reached."""
    answer = rig.post(b'{"timeout_s": NaN}', path="/api/reconcile")

    assert answer.status_code == 422
    assert "timeout_s: input should be a finite number" in causes_of(answer)


@pytest.mark.parametrize("body", [b"[]", b"null", b'"stop"', b"17"])
def test_json_that_is_no_object_is_refused(rig: ApiRig, body: bytes) -> None:
    """A body is an object with fields."""
    answer = rig.post(body)

    assert answer.status_code == 422
    assert causes_of(answer).startswith("the body: ")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type_is_not_read(rig: ApiRig, kind: str) -> None:
    """A form of a page elsewhere could send no other: a browser asks before it sends JSON."""
    assert rig.post(b'{"action": "stop", "why": "x"}', kind=kind).status_code == 415


def test_a_packed_body_is_not_read(rig: ApiRig) -> None:
    """What is small on the way may be huge when it is unpacked."""
    token = rig.token(Role.OPERATOR).text
    headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]

    answer = rig.ask(token, "POST", "/api/writes", content=b"\x1f\x8b", headers=headers)

    assert answer.status_code == 415


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_a_type_may_be_written_as_http_allows(rig: ApiRig, kind: str) -> None:
    """In any case, and with parameters."""
    assert rig.post(b'{"action": "start", "why": "x"}', kind=kind).status_code == 200


@pytest.mark.parametrize(
    "content",
    [b" " * (BYTES_MAX + 1), [b" " * 65_536] * (BYTES_MAX // 65_536 + 1)],
    ids=["announced", "in parts"],
)
def test_a_body_that_is_too_long_is_refused(rig: ApiRig, content: bytes | list[bytes]) -> None:
    """Whether its length is announced or not; what is left of it is not read."""
    answer = rig.post(content)

    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


def test_a_body_that_is_announced_too_long_is_not_begun(rig: ApiRig) -> None:
    """Nothing of it is waited for."""
    headers = [("Content-Type", "application/json"), ("Content-Length", str(BYTES_MAX + 1))]

    answer = rig.ask(
        rig.token(Role.OPERATOR).text,
        "POST",
        "/api/writes",
        content=never_read(),
        headers=headers,
    )

    assert answer.status_code == 413


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    """Whoever sends nothing holds no connection for long."""

    async def silence() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    headers = [(b"content-type", b"application/json")]
    request = Request({"type": "http", "method": "POST", "headers": headers}, silence)

    with pytest.raises(Problem) as caught:
        asyncio.run(read_body(request, BYTES_MAX, within_s=0.01))

    assert caught.value.status == 408


def test_a_body_as_long_as_is_read_is_read(rig: ApiRig) -> None:
    """The limit itself is allowed."""
    body = b'{"action": "start", "why": "x"}'

    assert rig.post(body + b" " * (BYTES_MAX - len(body))).status_code == 200


def test_an_endless_body_of_nobody_is_not_read(rig: ApiRig) -> None:
    """Who asks is known before anything of a body is read."""
    headers = [("Content-Type", "application/json")]

    answer = rig.client.send("POST", "/api/writes", content=never_read(), headers=headers)

    assert answer.status_code == 401


# --- addresses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("/api/status?shop=alpha", "'shop' is not a field"),
        ("/api/explain/TEE?shop=", "shop: string should have at least 1 character"),
        ("/api/explain/TEE?shop=alpha&shop=beta", "'shop' is given twice"),
        ("/api/explain/TEE?sku=MUG", "'sku' is given twice"),
        ("/api/explain/", "sku: string should have at least 1 character"),
        ("/api/history/TEE?limit=0", "limit: input should be greater than or equal"),
        ("/api/history/TEE?limit=10001", "limit: input should be less than or equal"),
        ("/api/history/TEE?limit=ten", "limit: input should be a valid integer"),
        ("/api/shortages?shop=", "shop: string should have at least 1 character"),
        ("/api/shortages?items=1", "'items' is not a field"),
        ("/api/risk?items=201", "items: input should be less than or equal"),
    ],
)
def test_a_bad_address_is_refused(rig: ApiRig, path: str, cause: str) -> None:
    """By the name of what is wrong in it."""
    answer = rig.look(path)

    assert answer.status_code == 422
    assert cause in causes_of(answer)


def test_a_post_takes_nothing_from_its_address(rig: ApiRig) -> None:
    """Addresses are kept in logs, and a shop in the wrong place would be no shop at all."""
    token = rig.token(Role.OPERATOR).text
    body = {"action": "stop", "why": "x"}

    answer = rig.ask(token, "POST", "/api/writes?shop=alpha", json=body)

    assert answer.status_code == 422
    assert "'shop' stands in the address" in causes_of(answer)


@pytest.mark.parametrize("path", ["/api/explain/TEA", "/api/history/TEA"])
def test_an_unknown_sku_is_not_found(rig: ApiRig, path: str) -> None:
    """With what comes close."""
    answer = rig.look(path)

    assert answer.status_code == 404
    assert "did you mean TEE?" in answer.text


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/statuss", "/api/status/"])
def test_a_path_that_is_not_there_is_not_found(rig: ApiRig, path: str) -> None:
    """In the one form of all errors."""
    answer = rig.look(path)

    assert answer.status_code == 404
    assert causes_of(answer) == "there is nothing here"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/writes", "POST"),
        ("DELETE", "/api/holds", "POST"),
        ("POST", "/api/status", "GET"),
        ("POST", "/api/openapi.json", "GET"),
    ],
)
def test_another_method_is_refused(rig: ApiRig, method: str, path: str, allowed: str) -> None:
    """With those that there are."""
    answer = rig.client.send(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert causes_of(answer) == f"{method!r} is not done here"


def test_what_was_sent_is_not_repeated_at_length(rig: ApiRig) -> None:
    """An answer is no mirror."""
    answer = rig.post(b'{"' + b"x" * 100_000 + b'": 1}')

    assert answer.status_code == 422
    assert len(answer.content) < 2_000
