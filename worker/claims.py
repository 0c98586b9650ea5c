"""Keeps the claims of work that is under way, for as long as its process lives.

A claim is short, so that the work of a process that died is soon done by another; what takes
longer says again and again that it is alive. A process that is frozen says nothing, and loses
its claims like one that died: whatever it then finishes is compared with its token.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import TypeAlias

import structlog
from sqlalchemy import Engine

from connectors.store import work
from connectors.store.engine import writing
from connectors.store.work_rows import Job
from reconciliation.quantities import Instant, later


CLAIM_S = 20.0
"""How long a row stays claimed without a sign of life; a dead worker's row is due again then."""

SIGN_EVERY_S = 5.0
"""How often signs of life are given: three may be lost."""

Failure: TypeAlias = tuple[Job, Exception]
"""A job that is to be put off, and what failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What became of some rows of a queue that were worked off together.

    `is_last`: nothing else was due, and whoever has asked for more since has rung for it.
    """

    failures: tuple[Failure, ...] = ()
    is_last: bool = False


_LOG = structlog.get_logger("oversell_guard")


class ClaimKeeper:
    """A thread that prolongs the claims of the jobs that are under way in this process."""

    def __init__(self, engine: Engine, clock: Callable[[], Instant]) -> None:
        """Keep nothing yet. Without `start` a claim runs out after `CLAIM_S`."""
        self._engine = engine
        self._clock = clock
        self._jobs: dict[tuple[str, str], Job] = {}
        self._lock = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="claims", daemon=True)

    @contextmanager
    def keep(self, *jobs: Job) -> Iterator[None]:
        """Keep the claims of jobs while the context lasts."""
        kept = {(job.queue, job.key): job for job in jobs}
        with self._lock:
            self._jobs |= kept
        try:
            yield
        finally:
            with self._lock:
                for place in kept:
                    self._jobs.pop(place, None)

    def start(self) -> None:
        """Start giving signs of life."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; what is still under way has until its claim runs out."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def sign(self) -> None:
        """Prolong every claim that is kept now."""
        with self._lock:
            jobs = list(self._jobs.values())
        if jobs:
            with writing(self._engine) as connection:
                work.keep_claimed(connection, jobs, until=later(self._clock(), CLAIM_S))

    def _run(self) -> None:
        while not self._stop.wait(SIGN_EVERY_S):
            try:
                self.sign()
            except Exception as error:  # noqa: BLE001 - giving signs is what must never end
                _LOG.warning("claims_not_kept", error=str(error))
