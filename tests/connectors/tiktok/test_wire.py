"""What goes out is what was signed; what comes back means what the API page says."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import (
    AnswerUnreadable,
    ConnectorError,
    Mend,
    NotAuthorised,
    OutcomeUnknown,
    RequestRefused,
    TryLater,
)
from connectors.http_client import HttpAnswer
from connectors.tiktok.codes import REMEDIES
from connectors.tiktok.signing import sign
from connectors.tiktok.wire import (
    CONTENT_TYPE,
    Address,
    Call,
    data_of,
    guarded,
    json_bytes,
    signed_request,
)

from .rig import APP, NOW


def answer(body: bytes | str, status: int = 200) -> HttpAnswer:
    """An answer of the server."""
    text = body.encode() if isinstance(body, str) else body
    return HttpAnswer(
        status=status, body=text, retry_after_s=1.0, began_at=NOW, finished_at=NOW + 1
    )


def coded(code: int, status: int = 200) -> HttpAnswer:
    """An answer in the envelope, with an error code."""
    return answer(f'{{"code": {code}, "message": "m", "request_id": "R1"}}', status)


def judged(given_answer: HttpAnswer, *, is_write: bool) -> ConnectorError | None:
    """What an answer means, as an error; None where it is a success."""
    read = guarded(
        lambda each: data_of(each, is_write=is_write), is_write=is_write, secrets=("secret-1",)
    )
    try:
        read(given_answer)
    except ConnectorError as error:
        return error
    return None


CODES = [
    # code, HTTP status, after a read, after a write
    (36009002, 200, TryLater, TryLater),
    (36009002, 429, TryLater, TryLater),
    (36009003, 200, TryLater, OutcomeUnknown),
    (36009007, 200, TryLater, OutcomeUnknown),
    (105002, 401, NotAuthorised, NotAuthorised),
    (105005, 200, NotAuthorised, NotAuthorised),
    (106001, 401, NotAuthorised, NotAuthorised),
    (36009033, 200, NotAuthorised, NotAuthorised),
    (12052097, 200, RequestRefused, RequestRefused),
    (12052097, 500, RequestRefused, RequestRefused),
    # Codes that nobody documented: the status decides, and in doubt a write is unknown.
    (77777777, 200, RequestRefused, OutcomeUnknown),
    (77777777, 400, RequestRefused, RequestRefused),
    (77777777, 403, NotAuthorised, NotAuthorised),
    (77777777, 429, TryLater, TryLater),
    (77777777, 500, TryLater, OutcomeUnknown),
    # A code of success with a status of failure is none.
    (0, 429, TryLater, TryLater),
    (0, 502, TryLater, OutcomeUnknown),
    (0, 503, TryLater, OutcomeUnknown),
    (0, 408, TryLater, OutcomeUnknown),
    (0, 302, RequestRefused, OutcomeUnknown),
]


@pytest.mark.parametrize(("code", "status", "read", "write"), CODES)
def test_a_code_has_one_remedy(
    code: int, status: int, read: type[ConnectorError], write: type[ConnectorError]
) -> None:
    """The body decides first, the status second, and a write is only refused where it is sure."""
    assert type(judged(coded(code, status), is_write=False)) is read
    assert type(judged(coded(code, status), is_write=True)) is write


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        (105002, Mend.REFRESH),
        (105005, Mend.CONSENT),
        (101000, Mend.CONSENT),
        (36009004, Mend.CREDENTIALS),
        (106001, Mend.CREDENTIALS),
        (106013, Mend.CREDENTIALS),
        (36009033, Mend.ALLOW_LIST),
    ],
)
def test_missing_access_says_how_to_mend_it(code: int, mend: Mend) -> None:
    """An expired token is refreshed; a missing scope is not mended by a refresh."""
    error = judged(coded(code), is_write=False)

    assert isinstance(error, NotAuthorised)
    assert (error.mend, error.code, error.request_id) == (mend, code, "R1")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "[]",
        "null",
        "{}",
        '{"code": "none"}',
        '{"code": true}',
        '{"code": 0.0}',
        '{"code": NaN}',
        '{"code": 0, "data": [1]}',
        '{"code": 0, "message": {}}',
        "[" * 100_000,
        '{"code": ' + "1" * 5_000 + "}",
        b"\xff\xfe",
    ],
)
def test_what_breaks_the_envelope_is_unreadable(body: bytes | str) -> None:
    """A read believes nothing of it; after a write it leaves the outcome unknown."""
    assert type(judged(answer(body), is_write=False)) is AnswerUnreadable
    assert type(judged(answer(body), is_write=True)) is OutcomeUnknown


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (502, TryLater, OutcomeUnknown),
        (503, TryLater, OutcomeUnknown),
        (429, TryLater, TryLater),
        (403, NotAuthorised, NotAuthorised),
        (404, RequestRefused, RequestRefused),
    ],
)
def test_a_page_of_html_is_judged_by_its_status(
    status: int, read: type[ConnectorError], write: type[ConnectorError]
) -> None:
    """Something on the way answered in TikTok's place."""
    assert type(judged(answer("<html>", status), is_write=False)) is read
    assert type(judged(answer("<html>", status), is_write=True)) is write


@given(body=st.binary(max_size=60), status=st.integers(200, 599))
def test_any_answer_is_judged(body: bytes, status: int) -> None:
    """Whatever bytes arrive, they are a success or one of our errors."""
    judged(answer(body, status), is_write=True)
    judged(answer(body, status), is_write=False)


@given(
    code=st.integers(1, 10**9).filter(lambda code: code not in REMEDIES),
    status=st.one_of(st.integers(200, 399), st.integers(500, 599), st.sampled_from([408, 499])),
)
def test_in_doubt_a_write_is_unknown(code: int, status: int) -> None:
    """A code that nobody documented proves nothing, unless the status does."""
    assert type(judged(coded(code, status), is_write=True)) is OutcomeUnknown


def test_success_is_the_data_and_its_moments() -> None:
    """A clean answer gives its data, its request id, and when it was had."""
    data = data_of(answer('{"code": 0, "data": {"a": 1}, "request_id": 5}'), is_write=False)

    assert data.part.units("a") == 1
    assert (data.request_id, data.began_at, data.finished_at) == ("5", NOW, NOW + 1)


def test_the_signed_bytes_are_sent() -> None:
    """The signature that is sent is the one of the path, query and body that are sent."""
    call = Call(
        operation="x",
        method="POST",
        path="/a/b",
        query=(("page_token", "6A+/m=="), ("empty", "")),
        body=json_bytes({"title": "Köln", "n": 1}),
    )
    address = Address(shop="uk", cipher="C+/=", access_token="T", base_url="https://x.example/")

    built = signed_request(call, address, APP, NOW + 0.9)

    sent = httpx.Request(built.method, built.url, params=list(built.query), content=built.body)
    query = sent.url.params.multi_items()
    expected = sign(sent.url.path, query, sent.content, CONTENT_TYPE, APP.app_secret)
    assert dict(query)["sign"] == expected
    assert dict(query)["timestamp"] == "1700000000"
    assert "empty" not in dict(query)
    assert sent.content == '{"title":"Köln","n":1}'.encode()


def test_an_error_is_one_short_line_without_secrets() -> None:
    """What TikTok quotes back is scrubbed before it is cut, and control characters go."""
    quoted = "bad\\n" + "." * 291 + "secret-1" + "x" * 999
    error = judged(answer(f'{{"code": 12052910, "message": "{quoted}"}}'), is_write=False)

    assert error is not None
    assert "secret" not in str(error)
    assert "\n" not in str(error)
    assert len(error.message) <= 300
