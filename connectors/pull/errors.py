"""How fetching fails: leaves of the tree in `connectors.errors`, sorted as there.

TryLater
├── SourceAway      nobody answers, or not in time, or the server is in trouble
└── FileChanging    the file was written to while it was fetched: nothing of it was taken
NotAuthorised
├── HostKeyRefused  the server's key is not the one that is pinned
└── LoginRefused    the server does not take our key, token or password
RequestRefused
├── PlaceRefused    there is nothing at this place, or it sends us to another host
└── LibraryMissing  what speaks with this kind of source is not installed
AnswerUnreadable
├── TooLarge        more bytes than a feed may have, or more files than a listing may
└── BadAnswer       the answer is not what it says it is
"""

from ..errors import AnswerUnreadable, Mend, NotAuthorised, RequestRefused, TryLater


RETRY_AFTER_S = 60.0
"""A partner that is away is away for minutes; whoever waits for its file waits for hours."""


class SourceAway(TryLater):
    """Raised when a source does not answer, or is in trouble itself."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        """Keep the message; the time to wait is always the same."""
        super().__init__(message, retry_after_s=RETRY_AFTER_S, status=status)


class FileChanging(TryLater):
    """Raised when a file was written to while it was fetched."""

    def __init__(self, message: str) -> None:
        """Keep the message; the time to wait is always the same."""
        super().__init__(message, retry_after_s=RETRY_AFTER_S)


class HostKeyRefused(NotAuthorised):
    """Raised when a server shows another key than the pinned one: it may be somebody else."""

    def __init__(self, message: str) -> None:
        """Keep the message."""
        super().__init__(message, mend=Mend.CREDENTIALS)


class LoginRefused(NotAuthorised):
    """Raised when a server does not let us in, or not at this file."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        """Keep the message."""
        super().__init__(message, mend=Mend.CREDENTIALS, status=status)


class PlaceRefused(RequestRefused):
    """Raised when there is nothing to fetch at a place, or it leads off the host."""


class LibraryMissing(RequestRefused):
    """Raised when the library that speaks with a kind of source is not installed."""


class TooLarge(AnswerUnreadable):
    """Raised instead of fetching more than is allowed."""


class BadAnswer(AnswerUnreadable):
    """Raised when an answer is not what the server says that it is."""
