"""What is told when something fails: its causes with their remedies, and whose move it is."""

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """Who has to do something about a failure."""

    UNKNOWN_NAME = auto()
    """Whoever asked: a name in the request stands for nothing here."""
    BAD_REQUEST = auto()
    """Whoever asked: the request contradicts itself or says nothing."""
    FOUND_WRONG = auto()
    """Whoever made what was looked at, such as a file."""
    BAD_CONFIGURATION = auto()
    """Whoever runs the program: its configuration or the store's schema is wrong."""
    TIKTOK_FAILED = auto()
    """TikTok, or whoever authorised us there; nothing is wrong with what was asked."""
    OUT_OF_TIME = auto()
    """Whoever asked, if they can wait longer: it took all the time there was."""
    STORE_FAILED = auto()
    """Whoever keeps the store or the disk; nothing is wrong with what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing that is wrong, and what to do about it."""

    cause: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an error means to a person; `retry_after_s` where waiting is the remedy."""

    kind: Kind
    causes: tuple[Cause, ...]
    retry_after_s: float | None = None
