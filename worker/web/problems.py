"""How a request is refused: a status, and one document that says what is wrong and what helps.

What the program's errors mean is told by `worker.failures`, in the words of the command line;
here they get a status. Whatever is ours to mend is written to the log and not told: whoever asks
from outside must not learn where the store is or what is on the disk.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog

from ..causes import Cause, Kind
from ..failures import told


AGAIN_S = 5
"""When to come back after a failure of ours that has no time of its own."""

TEXT_LETTERS_MAX = 500
"""The longest text of a cause: it may quote what was sent."""

STATUSES = {
    Kind.UNKNOWN_NAME: HTTPStatus.NOT_FOUND,
    Kind.BAD_REQUEST: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.FOUND_WRONG: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.BAD_CONFIGURATION: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.TIKTOK_FAILED: HTTPStatus.BAD_GATEWAY,
    Kind.OUT_OF_TIME: HTTPStatus.GATEWAY_TIMEOUT,
    Kind.STORE_FAILED: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""How each kind of failure is answered."""

_OURS = {
    Kind.BAD_CONFIGURATION: Cause(
        cause="the program is not configured as it should be",
        remedy="have whoever runs it look at its log and at `check-config`",
    ),
    Kind.STORE_FAILED: Cause(
        cause="the store failed", remedy=f"nothing was changed: try again in {AGAIN_S} s"
    ),
}
"""What is told of failures whose details are not for everybody."""

_FAULT = Cause(
    cause="the program failed", remedy="have whoever runs it look at its log; nothing else helps"
)
_OPTION = re.compile(r"--([a-z][a-z-]*)")
_LOG = structlog.get_logger("oversell_guard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """Everything that is wrong with a request, with what to do about each."""

    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDocument:
    """The body of every answer that is not a success."""

    error: Causes


class Problem(Exception):
    """A request that is refused, or could not be done."""

    def __init__(
        self,
        status: HTTPStatus,
        *causes: Cause,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the parts of the answer."""
        self.status = status
        self.causes = causes
        self.headers = dict(headers or {})
        super().__init__("; ".join(each.cause for each in causes))

    @property
    def document(self) -> ErrorDocument:
        """Return the body of the answer."""
        return ErrorDocument(error=Causes(causes=self.causes))


def refusal(
    status: HTTPStatus, cause: str, remedy: str, *, headers: Mapping[str, str] | None = None
) -> Problem:
    """Return a problem that has one cause."""
    return Problem(status, Cause(cause=cause[:TEXT_LETTERS_MAX], remedy=remedy), headers=headers)


def problem_of(error: Exception, *, route: str) -> Problem:
    """Return how an error is answered; what is ours to mend goes to the log."""
    if isinstance(error, Problem):
        return error
    meant = told(error)
    if meant is None:
        _LOG.error("api_failed", route=route, exc_info=error)
        return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, _FAULT)
    status, headers = STATUSES[meant.kind], dict[str, str]()
    if meant.retry_after_s is not None:
        status = HTTPStatus.SERVICE_UNAVAILABLE
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = f"{max(meant.retry_after_s or AGAIN_S, 1.0):.0f}"
    if meant.kind in _OURS:
        causes = [each.cause for each in meant.causes]
        _LOG.error("api_failed", route=route, causes=causes)
        return Problem(status, _OURS[meant.kind], headers=headers)
    return Problem(status, *map(_in_words_of_the_api, meant.causes), headers=headers)


def _in_words_of_the_api(cause: Cause) -> Cause:
    """Name the fields of a body where the command line names its options."""
    return Cause(
        cause=_fields(cause.cause)[:TEXT_LETTERS_MAX],
        remedy=_fields(cause.remedy)[:TEXT_LETTERS_MAX],
    )


def _fields(text: str) -> str:
    return _OPTION.sub(lambda option: option[1].replace("-", "_"), text)
