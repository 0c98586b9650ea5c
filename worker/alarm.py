"""Rings at a moment that is near: what is due in a second should not wait for the next sweep.

An alarm lives in the memory of one process and may be lost with it. The row that it is for is
due in the record all the same, and the scheduler finds it.
"""

import heapq
from collections.abc import Callable
from threading import Condition, Thread

from reconciliation.quantities import Instant


AHEAD_S_MAX = 10.0
"""How far ahead a ring is kept in mind; for what comes later, a sweep is early enough."""

ALARMS_MAX = 10_000
"""The most that are kept; the rest is left to the scheduler."""


class Alarm:
    """A thread that rings for rows of work when they are due."""

    def __init__(self, ring: Callable[[str, str], None], clock: Callable[[], Instant]) -> None:
        """Keep how to ring; without `start` nothing is rung for later."""
        self._ring = ring
        self._clock = clock
        self._rows: list[tuple[Instant, str, str]] = []
        self._changed = Condition()
        self._running = False
        self._thread = Thread(target=self._run, name="alarm", daemon=True)

    def start(self) -> None:
        """Start ringing."""
        self._running = True
        self._thread.start()

    def stop(self) -> None:
        """Ring no more; what was to be rung for is due in the record."""
        with self._changed:
            self._running = False
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def ring_at(self, queue: str, key: str, due_at: Instant) -> None:
        """Ring for a row at a moment, at once if it has passed. Never raises, never waits."""
        wait_s = due_at - self._clock()
        if wait_s <= 0:
            self._ring(queue, key)
            return
        with self._changed:
            if self._running and wait_s <= AHEAD_S_MAX and len(self._rows) < ALARMS_MAX:
                heapq.heappush(self._rows, (due_at, queue, key))
                self._changed.notify()

    def _run(self) -> None:
        while (rows := self._next_due()) is not None:
            for queue, key in rows:
                self._ring(queue, key)

    def _next_due(self) -> set[tuple[str, str]] | None:
        """Wait for the next rows that are due and return them, each once; None at the end."""
        with self._changed:
            while self._running:
                wait_s = self._rows[0][0] - self._clock() if self._rows else None
                if wait_s is not None and wait_s <= 0:
                    return self._take_due(self._clock())
                self._changed.wait(wait_s)
            return None

    def _take_due(self, now: Instant) -> set[tuple[str, str]]:
        due = set()
        while self._rows and self._rows[0][0] <= now:
            _, queue, key = heapq.heappop(self._rows)
            due.add((queue, key))
        return due
