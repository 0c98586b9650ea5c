"""Rings for what is due. The record is the schedule; losing a ring costs one sweep.

Any number of schedulers may run: a row that is rung twice is claimed once.
"""

from threading import Event, Thread

import structlog

from connectors.store import work
from connectors.store.engine import reading, writing

from .queues import CATALOGUE, FEED, ORDERS, TRAIL
from .services import Services


SWEEP_ROWS_MAX = 500
"""The most rows that one sweep rings for; the next sweep goes on with the rest."""

RING_AGAIN_S = 1.0
"""A row that stays due is rung again only after this long."""

_LOG = structlog.get_logger("oversell_guard")


def ask_for_rounds(services: Services) -> None:
    """Ask for everything that a running program does of its own accord, from now on."""
    with writing(services.engine) as connection:
        now = services.now()
        work.ask(connection, CATALOGUE, services.settings.shops, due_at=now)
        work.ask(connection, ORDERS, services.settings.shops, due_at=now)
        work.ask(connection, FEED, services.settings.feeds, due_at=now)
        work.ask(connection, TRAIL, ["all"], due_at=now)


class Scheduler:
    """A thread that sweeps the record for due rows and rings for them."""

    def __init__(self, services: Services) -> None:
        """Prepare the thread; `start` starts it."""
        self._services = services
        self._rung: dict[tuple[str, str], float] = {}
        self._stop = Event()
        self._thread = Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Start sweeping."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sweeping and wait for the sweep that is under way."""
        self._stop.set()
        self._thread.join()

    def sweep(self) -> int:
        """Ring once for every due row that was not just rung; return how many."""
        now = self._services.now()
        self._rung = {row: at for row, at in self._rung.items() if now - at < RING_AGAIN_S}
        with reading(self._services.engine) as connection:
            due = work.due(connection, now, most=SWEEP_ROWS_MAX)
        fresh = [row for row in due if row not in self._rung]
        for queue, key in fresh:
            self._services.ring(queue, key)
            self._rung[queue, key] = now
        return len(fresh)

    def _run(self) -> None:
        while not self._stop.wait(self._services.settings.schedule.sweep_s):
            try:
                self.sweep()
            except Exception as error:  # noqa: BLE001 - sweeping is what must never end
                # The record or the broker may be away for a while.
                _LOG.warning("sweep_failed", error=str(error))
