"""Brings what a process has counted into the record, every few seconds and at its end."""

from threading import Event, Thread

import structlog
from sqlalchemy import Engine

from connectors.store import tallies
from connectors.store.engine import writing

from .tally import Tally


FLUSH_S = 5.0
"""How often; a process that is killed loses what it has counted since."""

_LOG = structlog.get_logger("oversell_guard")


class Flusher:
    """A thread that adds a tally's differences to the sums in the record."""

    def __init__(self, tally: Tally, engine: Engine, *, every_s: float = FLUSH_S) -> None:
        """Prepare the thread; `start` starts it."""
        self._every_s = every_s
        self._tally = tally
        self._engine = engine
        self._stop = Event()
        self._thread = Thread(target=self._run, name="flusher", daemon=True)

    def start(self) -> None:
        """Start flushing."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and bring in what is left."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self.flush()

    def flush(self) -> bool:
        """Add what was counted since the last time; return False where it could not be.

        It is kept for the next time then. Where only the answer to the commit was lost, it is
        added twice: figures for rates may bear that, and nothing is decided by them.
        """
        differences = self._tally.take()
        if not differences:
            return True
        try:
            with writing(self._engine) as connection:
                tallies.add(connection, differences)
        except Exception as error:  # noqa: BLE001 - whatever failed, the program works on uncounted
            self._tally.put_back(differences)
            _LOG.warning("flush_failed", error=type(error).__name__)
            return False
        return True

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self.flush()
