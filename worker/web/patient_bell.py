"""Rings from a thread of its own: a broker that is slow or away keeps no caller waiting."""

from collections.abc import Callable, Iterable
from threading import Condition, Thread

import structlog


RING_EVERY_S = 0.1
"""What is rung again within this time is rung once: each ring costs a worker a transaction."""

_LOG = structlog.get_logger("oversell_guard")


class PatientBell:
    """Takes note of what to ring for, and rings soon. May be shared by threads."""

    def __init__(self, ring: Callable[[str, str], None]) -> None:
        """Prepare the thread; `start` starts it."""
        self._ring = ring
        self._wanted: set[tuple[str, str]] = set()
        self._stopping = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="patient-bell", daemon=True)

    def start(self) -> None:
        """Start ringing."""
        self._thread.start()

    def stop(self) -> None:
        """Ring for what was asked, and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def ring_all(self, queue: str, keys: Iterable[str]) -> None:
        """Ask for rings; returns at once."""
        with self._changed:
            self._wanted.update((queue, key) for key in keys)
            self._changed.notify()

    def _run(self) -> None:
        while rows := self._next():
            for queue, key in sorted(rows):
                self._ring_one(queue, key)
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, timeout=RING_EVERY_S)

    def _next(self) -> set[tuple[str, str]]:
        """Return what is to be rung for, as soon as there is anything; nothing at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._wanted or self._stopping)
            rows, self._wanted = self._wanted, set()
            return rows

    def _ring_one(self, queue: str, key: str) -> None:
        try:
            self._ring(queue, key)
        except Exception as error:  # noqa: BLE001 - a lost ring costs a sweep, a dead bell all rings
            _LOG.warning("ring_lost", queue=queue, key=key, error=str(error))
