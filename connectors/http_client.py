"""The one way out by HTTP: bounded in time and size, reported, and patient only where it is safe.

A family builds an `HttpRequest`, says how the answer is to be read, and gets back what was read
or a `ConnectorError`. Each single attempt is reported to a `CallHook`. Blips of seconds are
ridden out by `patiently`, which is for idempotent reads; a write is never repeated here.

Nothing here looks at a clock or sleeps by itself: both are handed in.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Protocol, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_random_exponential

from .errors import (
    AnswerUnreadable,
    ConnectorError,
    Outcome,
    OutcomeUnknown,
    RequestRefused,
    TryLater,
)


USER_AGENT = "oversell-guard"

RETRY_AFTER_DEFAULT_S = 1.0
"""Where a service gives no time itself (TikTok documents none: API page, section 5)."""

RETRY_AFTER_MAX_S = 300.0
"""No service may send us away for longer: an absurd header must not stop the guard."""

ANSWER_BYTES_MAX = 16 * 1024 * 1024
"""The largest answer read. TikTok's fullest page, 100 products of 100 SKUs, is near 5 MiB."""

CONNECTIONS_MAX = 48
"""What four rounds of a dozen calls need: a shop that hangs starves no other."""

IDLE_CONNECTION_S = 5.0
"""Shorter than servers usually keep one, so that a write seldom meets a connection just closed."""

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long each phase of a call may take; a phase that takes longer fails the call."""

    pool_s: float = 2.0
    connect_s: float = 3.0
    write_s: float = 5.0
    read_s: float = 10.0

    def __post_init__(self) -> None:
        """Refuse a phase without a limit."""
        if min(self.pool_s, self.connect_s, self.write_s, self.read_s) <= 0:
            raise ValueError(f"every timeout must be more than 0 s: {self}")

    @property
    def total_s(self) -> float:
        """The longest that all phases take together."""
        return self.pool_s + self.connect_s + self.write_s + self.read_s

    def within(self, deadline_s: float | None) -> "Timeouts":
        """Return these, shortened in proportion so that together they fit `deadline_s`."""
        if deadline_s is None or deadline_s >= self.total_s:
            return self
        share = deadline_s / self.total_s
        return Timeouts(
            pool_s=self.pool_s * share,
            connect_s=self.connect_s * share,
            write_s=self.write_s * share,
            read_s=self.read_s * share,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How a blip is ridden out: a few attempts, and between them a random, growing wait.

    A service that asks for more than `blip_s` has no blip: the caller comes back later.
    """

    attempts: int = 3
    wait_first_s: float = 0.2
    wait_max_s: float = 2.0
    blip_s: float = 5.0

    def __post_init__(self) -> None:
        """Refuse a policy that makes no attempt at all."""
        if self.attempts < 1:
            raise ValueError(f"at least one attempt is needed, not {self.attempts}")

    def is_blip(self, error: BaseException) -> bool:
        """Whether trying again at once, or nearly so, makes sense."""
        return isinstance(error, TryLater) and error.retry_after_s <= self.blip_s

    def wait_s(self, state: RetryCallState) -> float:
        """Return the wait before the next attempt: random, but no shorter than asked for."""
        backoff_s = wait_random_exponential(multiplier=self.wait_first_s, max=self.wait_max_s)
        error = state.outcome.exception() if state.outcome else None
        asked_s = error.retry_after_s if isinstance(error, TryLater) else 0.0
        return max(backoff_s(state), asked_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request, and what it is called in reports. Query, headers and body may hold secrets.

    `is_write` says that the call changes something: it decides what a failure means.
    `deadline_s` shortens the timeouts so that the call ends by then.
    """

    service: str
    operation: str
    shop: str = ""
    method: str
    url: str
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    is_write: bool = False
    deadline_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse a deadline that has passed already."""
        if self.deadline_s is not None and self.deadline_s <= 0:
            raise ValueError(f"{self.place}: the deadline is {self.deadline_s} s away")

    @property
    def place(self) -> str:
        """Which call this is, for people."""
        return f"{self.service} {self.operation}" + (f" [{self.shop}]" if self.shop else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came back, whole, and between which moments (seconds since 1970-01-01 UTC)."""

    status: int
    body: bytes = field(repr=False)
    retry_after_s: float
    began_at: float
    finished_at: float

    @property
    def is_success(self) -> bool:
        """Whether the status is one of the 2xx."""
        return httpx.codes.is_success(self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One attempt at one call, as a hook is told of it. Holds no secret and no payload.

    `code` is the service's own error code, `status` the HTTP status; 0 where there is none.
    """

    service: str
    operation: str
    shop: str
    outcome: Outcome
    status: int
    code: int
    duration_s: float
    began_at: float


class CallHook(Protocol):
    """Is told of every attempt, from whichever thread made it. Must be quick and never raise."""

    def __call__(self, record: CallRecord, /) -> None:
        """Take note of one attempt."""


def unheard(record: CallRecord) -> None:
    """Take note of nothing: the hook of those who do not listen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """The bounds of a client."""

    timeouts: Timeouts = field(default_factory=Timeouts)
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    answer_bytes_max: int = ANSWER_BYTES_MAX
    user_agent: str = USER_AGENT


class HttpClient:
    """Makes calls. May be shared between threads; close it in the end."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        options: HttpOptions | None = None,
        hook: CallHook = unheard,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Open nothing yet; `transport` replaces the network (tests, a proxy, an own CA)."""
        self.clock = clock
        self.sleep = sleep
        self.options = options or HttpOptions()
        self._hook = hook
        self._wires = _wires(self.options, transport)

    def call(self, request: HttpRequest, read: Callable[[HttpAnswer], Read]) -> Read:
        """Make one attempt, return what `read` makes of the answer, and report it.

        Raises `ConnectorError`: from the network as this module decides, from the answer as
        `read` decides.
        """
        began_at = self.clock()
        status = 0
        try:
            answer = self._exchange(request, began_at)
            status = answer.status
            result = read(answer)
        except ConnectorError as error:
            error.place = error.place or request.place
            error.status = error.status or status
            self._report(request, began_at, error.outcome, error.status, error.code)
            raise
        self._report(request, began_at, Outcome.OK, status)
        return result

    def patiently(
        self, attempt: Callable[[], Read], *, may_repeat: Callable[[], bool] = lambda: True
    ) -> Read:
        """Make `attempt` again while it meets blips. For idempotent reads only.

        `may_repeat` is asked after each blip: where many fail, repeating them makes it worse.
        """
        retries = self.options.retries
        return Retrying(
            stop=stop_after_attempt(retries.attempts),
            retry=retry_if_exception(lambda error: retries.is_blip(error) and may_repeat()),
            wait=retries.wait_s,
            sleep=self.sleep,
            reraise=True,
        )(attempt)

    def close(self) -> None:
        """Close what connections there are."""
        self._wires.close()

    def _report(
        self, request: HttpRequest, began_at: float, outcome: Outcome, status: int, code: int = 0
    ) -> None:
        self._hook(
            CallRecord(
                service=request.service,
                operation=request.operation,
                shop=request.shop,
                outcome=outcome,
                status=status,
                code=code,
                duration_s=max(0.0, self.clock() - began_at),
                began_at=began_at,
            )
        )

    def _exchange(self, request: HttpRequest, began_at: float) -> HttpAnswer:
        try:
            return self._send(request, began_at)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = _failure_of(error, request)
        # Raised out here and not chained: the foreign error holds the request with its secrets.
        raise failure

    def _send(self, request: HttpRequest, began_at: float) -> HttpAnswer:
        timeouts = self.options.timeouts.within(request.deadline_s)
        built = self._wires.build_request(
            request.method,
            request.url,
            params=list(request.query) or None,
            headers=list(request.headers),
            content=request.body or None,
            timeout=httpx.Timeout(
                connect=timeouts.connect_s,
                read=timeouts.read_s,
                write=timeouts.write_s,
                pool=timeouts.pool_s,
            ),
        )
        response = self._wires.send(built, stream=True)
        try:
            body = self._body(response, request, until=began_at + timeouts.total_s)
        finally:
            response.close()
        return HttpAnswer(
            status=response.status_code,
            body=body,
            retry_after_s=_retry_after_s(response.headers.get("retry-after", "")),
            began_at=began_at,
            finished_at=self.clock(),
        )

    def _body(self, response: httpx.Response, request: HttpRequest, *, until: float) -> bytes:
        # Each piece restarts the read timeout, so the whole needs a limit of its own.
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > self.options.answer_bytes_max:
                raise _unreadable(
                    request, f"the answer is over {self.options.answer_bytes_max} bytes long"
                )
            if self.clock() > until:
                raise _unfinished(request, "the answer took too long to arrive")
        return bytes(body)


def _wires(options: HttpOptions, transport: httpx.BaseTransport | None) -> httpx.Client:
    # httpx logs whole URLs, and TikTok wants secrets in them (API page, section 2).
    logging.getLogger("httpx").addFilter(_drop)
    return httpx.Client(
        transport=transport,
        headers={"user-agent": options.user_agent},
        follow_redirects=False,  # a redirect could carry our token to another host
        trust_env=False,  # the environment is read in one place, and that is not here
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # shops share this client
        limits=httpx.Limits(
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=CONNECTIONS_MAX,
            keepalive_expiry=IDLE_CONNECTION_S,
        ),
    )


def _drop(_record: logging.LogRecord) -> bool:
    return False


def _failure_of(error: Exception, request: HttpRequest) -> ConnectorError:
    name = type(error).__name__
    match error:
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return RequestRefused(f"the address cannot be called ({name})")
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout():
            # These three come before the first byte is sent, so a write had no effect either.
            return TryLater(f"no connection ({name})", retry_after_s=RETRY_AFTER_DEFAULT_S)
        case httpx.DecodingError():
            return _unreadable(request, "the answer's encoding is broken")
        case _:
            return _unfinished(request, f"no whole answer ({name})")


def _unfinished(request: HttpRequest, message: str) -> ConnectorError:
    if request.is_write:
        return OutcomeUnknown(message)
    return TryLater(message, retry_after_s=RETRY_AFTER_DEFAULT_S)


def _unreadable(request: HttpRequest, message: str) -> ConnectorError:
    return OutcomeUnknown(message) if request.is_write else AnswerUnreadable(message)


def _retry_after_s(header: str) -> float:
    # The header's other form, a date, is not used by any service we know.
    if header.isascii() and header.isdigit():
        return min(float(header), RETRY_AFTER_MAX_S)
    return RETRY_AFTER_DEFAULT_S
