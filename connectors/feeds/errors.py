"""How taking in a file fails: leaves of the tree in `connectors.errors`, sorted as there.

TryLater
├── FoldersUnavailable  the disk is full, gone or not ours; nothing was moved
└── FileChanged         somebody still writes to the file: put it back, take it later
RequestRefused
├── NotInInbox          the path to claim is not a plain file of this inbox
├── ClaimLost           another process has taken or finished the claim: stop, change nothing
└── FileGone            a kept file is not there any more, or not what was judged
AnswerUnreadable
└── FileTooLarge        more bytes than a feed may have: reject it unread
"""

from ..errors import AnswerUnreadable, RequestRefused, TryLater


RETRY_AFTER_S = 30.0
"""Long enough for a remount or a clean-up, short beside any feed's interval."""


class FoldersUnavailable(TryLater):
    """Raised when the folders cannot be read or written."""

    def __init__(self, message: str) -> None:
        """Keep the message; the time to wait is always the same."""
        super().__init__(message, retry_after_s=RETRY_AFTER_S)


class FileChanged(TryLater):
    """Raised when a claimed file is not what it was when it was claimed."""

    def __init__(self, message: str) -> None:
        """Keep the message; the time to wait is always the same."""
        super().__init__(message, retry_after_s=RETRY_AFTER_S)


class NotInInbox(RequestRefused):
    """Raised when a path to claim leads elsewhere, or to anything but a plain file."""


class ClaimLost(RequestRefused):
    """Raised when a claim is no longer ours to read or move."""


class FileGone(RequestRefused):
    """Raised when a file that was kept is gone, or was changed since it was judged."""


class FileTooLarge(AnswerUnreadable):
    """Raised instead of reading more than a feed may have. `bytes_found` says how much."""

    def __init__(self, message: str, *, bytes_found: int) -> None:
        """Keep the data."""
        super().__init__(message)
        self.bytes_found = bytes_found
