"""The way out is bounded, reported, and honest about what a failure means."""

import logging
from collections.abc import Callable, Iterator

import httpx
import pytest

from connectors.errors import (
    AnswerUnreadable,
    ConnectorError,
    Outcome,
    OutcomeUnknown,
    RequestRefused,
    TryLater,
)
from connectors.http_client import (
    CallRecord,
    HttpAnswer,
    HttpClient,
    HttpOptions,
    HttpRequest,
    RetryPolicy,
    Timeouts,
)


NOW = 1_700_000_000.0


class Clock:
    """Time that passes by `tick_s` at every look, and by every sleep."""

    def __init__(self, tick_s: float = 0.0) -> None:
        self.now = NOW
        self.tick_s = tick_s
        self.slept_s: list[float] = []

    def __call__(self) -> float:
        """Return the time."""
        self.now += self.tick_s
        return self.now

    def sleep(self, wait_s: float) -> None:
        """Let time pass."""
        self.slept_s.append(wait_s)
        self.now += wait_s


def client(
    handle: Callable[[httpx.Request], httpx.Response],
    *,
    clock: Clock | None = None,
    hook: Callable[[CallRecord], None] | None = None,
    options: HttpOptions | None = None,
) -> HttpClient:
    """A client whose network is one function."""
    clock = clock or Clock()
    return HttpClient(
        clock=clock,
        sleep=clock.sleep,
        options=options,
        hook=hook or (lambda _record: None),
        transport=httpx.MockTransport(handle),
    )


def request(*, is_write: bool = False, deadline_s: float | None = None) -> HttpRequest:
    """A call of a shop's service, with secrets in its query and headers."""
    return HttpRequest(
        service="shop",
        operation="look",
        shop="uk",
        method="POST",
        url="https://shop.example/look",
        query=(("app_secret", "canary-query"),),
        headers=(("x-token", "canary-header"),),
        body=b"canary-body",
        is_write=is_write,
        deadline_s=deadline_s,
    )


def body_of(answer: HttpAnswer) -> bytes:
    """Read an answer as it is."""
    return answer.body


def raising(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    """A network that fails."""

    def handle(_request: httpx.Request) -> httpx.Response:
        raise error

    return handle


def failure_of(error: Exception, *, is_write: bool) -> ConnectorError:
    """What a failing network means for a call."""
    with pytest.raises(ConnectorError) as caught:
        client(raising(error)).call(request(is_write=is_write), body_of)
    return caught.value


def test_an_answer_is_handed_to_its_reader() -> None:
    """What the reader makes of the answer is what the call returns."""
    http = client(lambda _request: httpx.Response(200, content=b"hello"))

    assert http.call(request(), body_of) == b"hello"


def test_an_answer_tells_when_it_was_had() -> None:
    """The moments around the call come with the answer, and a redirect is not followed."""
    http = client(
        lambda _request: httpx.Response(302, headers={"location": "https://else.example"}),
        clock=Clock(tick_s=1.0),
    )

    answer = http.call(request(), lambda each: each)

    assert (answer.status, answer.began_at) == (302, NOW + 1)
    assert answer.finished_at > answer.began_at


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")]
)
@pytest.mark.parametrize("is_write", [False, True])
def test_without_a_connection_nothing_happened(error: Exception, *, is_write: bool) -> None:
    """A write too may be tried later where nothing was sent."""
    assert type(failure_of(error, is_write=is_write)) is TryLater


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("x"),
        httpx.WriteTimeout("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.ProxyError("x"),
        httpx.LocalProtocolError("x"),
    ],
)
def test_a_broken_connection_leaves_a_write_unknown(error: Exception) -> None:
    """Once anything may have been sent, a write is unknown and a read may be repeated."""
    assert type(failure_of(error, is_write=True)) is OutcomeUnknown
    assert type(failure_of(error, is_write=False)) is TryLater


def test_an_address_that_cannot_be_called_is_our_fault() -> None:
    """A wrong address is refused and not repeated."""
    error = failure_of(httpx.UnsupportedProtocol("x"), is_write=True)

    assert type(error) is RequestRefused


def test_an_answer_too_long_is_not_read() -> None:
    """A body past the limit is unreadable, and leaves a write unknown."""
    http = client(
        lambda _request: httpx.Response(200, content=b"12345"),
        options=HttpOptions(answer_bytes_max=4),
    )

    with pytest.raises(AnswerUnreadable, match="over 4 bytes"):
        http.call(request(), body_of)
    with pytest.raises(OutcomeUnknown):
        http.call(request(is_write=True), body_of)


def test_an_answer_that_trickles_is_given_up() -> None:
    """Each piece is in time, but the whole takes longer than all phases may take together."""
    clock = Clock()

    def pieces() -> Iterator[bytes]:
        for _ in range(10):
            clock.sleep(3)
            yield b"."

    http = client(lambda _request: httpx.Response(200, content=pieces()), clock=clock)

    with pytest.raises(OutcomeUnknown, match="too long"):
        http.call(request(is_write=True), body_of)


def test_a_broken_encoding_is_unreadable() -> None:
    """An answer that claims to be compressed and is not is no answer."""
    http = client(
        lambda _request: httpx.Response(
            200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip")
        )
    )

    with pytest.raises(AnswerUnreadable, match="encoding"):
        http.call(request(), body_of)


def test_phases_fit_the_deadline_together() -> None:
    """The timeouts that are sent along add up to the deadline at most."""
    seen: list[dict[str, float]] = []

    def handle(sent: httpx.Request) -> httpx.Response:
        seen.append(sent.extensions["timeout"])
        return httpx.Response(200)

    client(handle).call(request(deadline_s=4.0), body_of)

    assert sum(seen[0].values()) == pytest.approx(4.0)
    assert Timeouts().within(1_000.0) == Timeouts()


def test_a_deadline_already_over_is_refused() -> None:
    """Nobody begins a call that has no time left."""
    with pytest.raises(ValueError, match="deadline"):
        request(deadline_s=0.0)


def test_every_attempt_is_reported_once() -> None:
    """Success and failure alike reach the hook, with what it needs and no more."""
    records: list[CallRecord] = []
    http = client(lambda _request: httpx.Response(200), hook=records.append, clock=Clock(0.5))

    def refuse(_answer: HttpAnswer) -> bytes:
        raise RequestRefused("no", code=7)

    http.call(request(), body_of)
    with pytest.raises(RequestRefused, match=r"shop look \[uk\]: no \(code 7, HTTP 200\)"):
        http.call(request(), refuse)

    assert [record.outcome for record in records] == [Outcome.OK, Outcome.REQUEST_REFUSED]
    assert [(record.code, record.status) for record in records] == [(0, 200), (7, 200)]
    assert all(record.duration_s > 0 for record in records)


def test_a_blip_is_ridden_out() -> None:
    """A read that fails twice and then works has worked."""
    answers: list[httpx.Response | Exception] = [
        httpx.ConnectError("x"),
        httpx.ReadTimeout("x"),
        httpx.Response(200, content=b"!"),
    ]

    def handle(_request: httpx.Request) -> httpx.Response:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    clock = Clock()
    http = client(handle, clock=clock)

    assert http.patiently(lambda: http.call(request(), body_of)) == b"!"
    assert len(clock.slept_s) == 2
    assert all(wait_s >= 1.0 for wait_s in clock.slept_s)


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (TryLater("busy", retry_after_s=0.0), 3),
        (TryLater("come tomorrow", retry_after_s=300.0), 1),
        (RequestRefused("no"), 1),
        (AnswerUnreadable("what"), 1),
    ],
)
def test_patience_has_an_end(error: ConnectorError, attempts: int) -> None:
    """Only blips are repeated, a few times, and the last error is what the caller gets."""
    made = []

    def attempt() -> None:
        made.append(1)
        raise error

    with pytest.raises(type(error)):
        client(raising(error)).patiently(attempt)

    assert len(made) == attempts


def test_a_policy_of_no_attempt_is_refused() -> None:
    """Limits that make no sense are refused where they are made."""
    with pytest.raises(ValueError, match="attempt"):
        RetryPolicy(attempts=0)
    with pytest.raises(ValueError, match="timeout"):
        Timeouts(read_s=0.0)


@pytest.mark.parametrize(
    ("header", "expected_s"),
    [({}, 1.0), ({"retry-after": "7"}, 7.0), ({"retry-after": "9" * 9}, 300.0)]
    + [({"retry-after": text}, 1.0) for text in ("-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT")],
)
def test_a_service_may_ask_for_a_bounded_wait(header: dict[str, str], expected_s: float) -> None:
    """Retry-After is heeded in seconds, up to a limit; what is odd counts as not given."""
    http = client(lambda _request: httpx.Response(429, headers=header))

    assert http.call(request(), lambda answer: answer.retry_after_s) == expected_s


def test_cookies_are_not_kept() -> None:
    """What one shop's answer sets is not sent along for another."""
    seen = []

    def handle(sent: httpx.Request) -> httpx.Response:
        seen.append(sent.headers.get("cookie"))
        return httpx.Response(200, headers={"set-cookie": "shop=uk; Path=/"})

    http = client(handle)
    http.call(request(), body_of)
    http.call(request(), body_of)

    assert seen == [None, None]


def test_no_secret_shows(caplog: pytest.LogCaptureFixture) -> None:
    """Neither logs nor errors nor reprs hold what was in query, headers or body."""
    caplog.set_level(logging.DEBUG)
    records: list[CallRecord] = []
    http = client(raising(httpx.ReadError("canary-error")), hook=records.append)

    with pytest.raises(TryLater) as caught:
        http.call(request(), body_of)
    client(lambda _request: httpx.Response(200)).call(request(), body_of)

    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "canary" not in f"{caplog.text}{caught.value!r}{caught.value}{records}{request()!r}"
