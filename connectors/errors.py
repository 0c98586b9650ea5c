"""How the outside world fails, sorted by what has to be done about it.

    ConnectorError
    ├── TryLater           nothing happened; come back after `retry_after_s`
    ├── OutcomeUnknown     a write that may still take effect: count it, then read back
    ├── NotAuthorised      access has to be mended, as `mend` says
    ├── RequestRefused     our request is wrong and had no effect: mend it, never repeat it
    └── AnswerUnreadable   a read whose answer breaks the agreed form: report it, believe nothing

Every failure of a connector is one of these; what the libraries underneath raise is translated
once, where it happens. The line between the first two is the one that matters: a write may only
be `TryLater` where it surely had no effect. In doubt it is `OutcomeUnknown`.

Errors carry data. None carries a secret: neither in its text nor in an error it is chained to.
"""

from enum import StrEnum
from typing import ClassVar


class Outcome(StrEnum):
    """How a call ended, as one word for a record of calls."""

    OK = "ok"
    TRY_LATER = "try_later"
    OUTCOME_UNKNOWN = "outcome_unknown"
    NOT_AUTHORISED = "not_authorised"
    REQUEST_REFUSED = "request_refused"
    ANSWER_UNREADABLE = "answer_unreadable"


class Mend(StrEnum):
    """What mends missing access."""

    REFRESH = "refresh"
    """The access token has run out: refresh it."""
    CONSENT = "consent"
    """Consent was withdrawn or never covered this: the seller has to give it again."""
    CREDENTIALS = "credentials"
    """Key, secret, token or shop cipher are wrong: look at the configuration."""
    ALLOW_LIST = "allow_list"
    """Our address is not on the service's list: have it added."""


class ConnectorError(Exception):
    """The parent of all failures here; never raised itself.

    `code` is the service's own (0: none), `status` the HTTP status (0: no answer), `request_id`
    what the service's support asks for, `place` which call it was.
    """

    outcome: ClassVar[Outcome]

    def __init__(
        self, message: str, *, code: int = 0, status: int = 0, request_id: str = ""
    ) -> None:
        """Keep the data; `place` is added by whoever made the call."""
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.request_id = request_id
        self.place = ""

    def __str__(self) -> str:
        """Say where, what, and under which numbers."""
        numbers = [
            f"{name} {number}"
            for name, number in (
                ("code", self.code),
                ("HTTP", self.status),
                ("request", self.request_id),
            )
            if number
        ]
        place = f"{self.place}: " if self.place else ""
        return place + self.message + (f" ({', '.join(numbers)})" if numbers else "")


class TryLater(ConnectorError):
    """Raised when nothing happened and the same call may succeed in `retry_after_s` seconds."""

    outcome = Outcome.TRY_LATER

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float,
        code: int = 0,
        status: int = 0,
        request_id: str = "",
    ) -> None:
        """Keep the data."""
        super().__init__(message, code=code, status=status, request_id=request_id)
        self.retry_after_s = retry_after_s


class OutcomeUnknown(ConnectorError):
    """Raised when a write may or may not have taken effect, or may still do so."""

    outcome = Outcome.OUTCOME_UNKNOWN


class NotAuthorised(ConnectorError):
    """Raised when the service does not let us; nothing happened. `mend` says what would help."""

    outcome = Outcome.NOT_AUTHORISED

    def __init__(
        self, message: str, *, mend: Mend, code: int = 0, status: int = 0, request_id: str = ""
    ) -> None:
        """Keep the data."""
        super().__init__(message, code=code, status=status, request_id=request_id)
        self.mend = mend


class RequestRefused(ConnectorError):
    """Raised when the service understood the request and says that it is wrong."""

    outcome = Outcome.REQUEST_REFUSED


class AnswerUnreadable(ConnectorError):
    """Raised when the answer to a read is not what the service promises."""

    outcome = Outcome.ANSWER_UNREADABLE
