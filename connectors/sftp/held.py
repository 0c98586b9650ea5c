"""The files that a partner can still ask for by name, wherever they are by now."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciliation.quantities import Instant

from .slots import Slot


PENDING_S = 24 * 3600.0
"""How long a whole file may keep an unfinished name: nobody comes back after a day."""

RECENT_S = 120.0
"""How long a file that was taken is remembered: clients look back within seconds."""

RECENT_MAX = 1_000
"""How many of them are: more than a partner may have waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A whole file: its sender's name for it, its feed, and where it is (None: taken).

    `at` is when it was last written to.
    """

    name: str
    feed: str
    bytes_found: int
    at: Instant
    path: Path | None = None


def waiting_in(slots: Iterable[Slot]) -> Iterator[Held]:
    """Yield the files that wait for their feeds, of each feed the longest waiting first."""
    for slot in slots:
        for path in slot.arrivals.waiting():
            try:
                seen = path.stat()
            except FileNotFoundError:
                continue  # taken since
            yield held_of(slot, path, seen)


def held_of(slot: Slot, path: Path, seen: os.stat_result) -> Held:
    """Return a file of a feed as it was just seen."""
    return Held(
        name=path.name,
        feed=slot.feed,
        bytes_found=seen.st_size,
        at=Instant(seen.st_mtime),
        path=path,
    )


class Remembered:
    """What was handed over a moment ago, by the names that it had."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._until: dict[str, tuple[Held, float]] = {}

    def add(self, held: Held, *, now: Instant) -> None:
        """Remember a file for a while; the oldest is forgotten where there are too many."""
        self._until.pop(held.name, None)
        self._until[held.name] = (held, now + RECENT_S)
        while len(self._until) > RECENT_MAX:
            del self._until[next(iter(self._until))]

    def find(self, name: str, *, now: Instant) -> Held | None:
        """Return what was handed over under a name, if that is not long ago."""
        held, until = self._until.get(name, (None, 0.0))
        return held if now < until else None
