"""One lock, one clock, and the things that happen by themselves when their time comes.

Every act on the world is a *turn*: it holds the lock, first lets everything that fell due
happen in the order of its time, then sees one unchanging moment. Acts within acts share it.
"""

import heapq
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock


Clock = Callable[[], float]
"""Returns the present moment in Unix seconds."""

Action = Callable[[], object]
"""Something that happens by itself at a given moment."""


class Timeline:
    """The order in which everything happens; safe to use from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = RLock()
        self._acting_at: float | None = None
        self._latest = float("-inf")
        self._due: list[tuple[float, int, Action]] = []
        self._tickets = itertools.count()

    @contextmanager
    def turn(self) -> Iterator[float]:
        """Hold the world still; yields the moment, in Unix seconds."""
        with self._lock:
            if self._acting_at is not None:
                yield self._acting_at
                return
            # A clock that is set back stands still: what was, was before what is.
            now = self._latest = max(self._clock(), self._latest)
            self._let_happen(now)
            with self._acting(now):
                yield now

    def later(self, delay_s: float, action: Action) -> None:
        """Let `action` happen `delay_s` seconds from now; at once where that is nothing."""
        with self.turn() as now:
            if delay_s <= 0:
                action()
            else:
                heapq.heappush(self._due, (now + delay_s, next(self._tickets), action))

    def _let_happen(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            at, _, action = heapq.heappop(self._due)
            # A late call sees the world as of its own time, not of the call that woke it.
            with self._acting(at):
                action()

    @contextmanager
    def _acting(self, at: float) -> Iterator[None]:
        self._acting_at = at
        try:
            yield
        finally:
            self._acting_at = None
