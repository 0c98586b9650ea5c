"""Rings for what is due. The record is the schedule; losing a ring costs one sweep.

Any number of schedulers may run: one sweeps, under a lease, and another takes over a few seconds
after it was last heard of. Even if two swept, a row that is rung twice is claimed once.
"""

from dataclasses import dataclass
from threading import Event, Thread
from typing import TypeAlias
from uuid import uuid4

import structlog

from connectors.store import leases, work, work_due
from connectors.store.engine import reading, writing
from connectors.store.leases import Lease
from reconciliation.quantities import Instant, later

from .queues import (
    ACTIVITIES,
    CANCELLATIONS,
    CATALOGUE,
    FEED,
    FEED_FILES,
    ORDERS,
    PULL,
    TOKENS,
    TRAIL,
)
from .services import Services


SWEEP_ROWS_MAX = 500
"""The most rows that one sweep rings for; the next sweep goes on with the rest."""

RING_AGAIN_S = 1.0
RING_AGAIN_S_MAX = 8.0
"""A row that stays due is rung again after this long, and then after ever longer: what is not
done for want of hands is not done sooner for more rings."""

GRACE_S = 0.1
"""How long a row must have been due before a sweep rings for it."""

LEASE_S = 5.0
"""How long a scheduler has the sweeping to itself without a sign of life."""

_LOG = structlog.get_logger("oversell_guard")


def ask_for_rounds(services: Services) -> None:
    """Ask for everything that a running program does of its own accord, from now on."""
    with writing(services.engine) as connection:
        now = services.now()
        work.ask(connection, TOKENS, services.settings.shops, due_at=now)
        work.ask(connection, CATALOGUE, services.settings.shops, due_at=now)
        work.ask(connection, ORDERS, services.settings.shops, due_at=now)
        work.ask(connection, CANCELLATIONS, services.settings.shops, due_at=now)
        work.ask(connection, ACTIVITIES, services.settings.shops, due_at=now)
        work.ask(connection, FEED, services.settings.feeds, due_at=now)
        work.ask(connection, PULL, services.sources, due_at=now)
        work.ask(connection, FEED_FILES, services.settings.feeds, due_at=now)
        work.ask(connection, TRAIL, ["all"], due_at=now)


Row: TypeAlias = tuple[str, str]
"""A row of work: its queue and its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rung:
    """How long a row that was rung has until it is rung again."""

    wait_s: float
    again_at: Instant


class Scheduler:
    """A thread that sweeps the record for due rows and rings for them."""

    def __init__(self, services: Services) -> None:
        """Prepare the thread; `start` starts it."""
        self._services = services
        self._rung: dict[tuple[str, str], _Rung] = {}
        self._holder = f"{services.holder}/{uuid4().hex[:8]}"
        self._lease: Lease | None = None
        self._stop = Event()
        self._thread = Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Start sweeping."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sweeping, wait for the sweep that is under way, and let another go on."""
        self._stop.set()
        self._thread.join()
        if self._lease is not None:
            with writing(self._services.engine) as connection:
                leases.give_up(connection, self._lease)

    def sweep(self) -> int:
        """Ring once for every due row that was not just rung; return how many.

        None where another scheduler does the sweeping.
        """
        now = self._services.now()
        if not self._sweeps(now):
            return 0
        with reading(self._services.engine) as connection:
            # Whoever asked for a row has just rung for it: it is given a moment to be done.
            due = work_due.due(connection, later(now, -GRACE_S), most=SWEEP_ROWS_MAX)
        silent = [row for row in due if row not in self._rung or now >= self._rung[row].again_at]
        by_queue: dict[str, list[str]] = {}
        for queue, key in silent:
            by_queue.setdefault(queue, []).append(key)
        for queue, keys in by_queue.items():
            self._services.ring_all(queue, keys)
        self._remember(due, silent, now)
        return len(silent)

    def _remember(self, due: list[Row], rung: list[Row], now: Instant) -> None:
        """Note when each row that is still due is to be rung again; forget all others."""
        waits = {row: self._rung[row].wait_s * 2 for row in rung if row in self._rung}
        kept = {row: self._rung[row] for row in due if row in self._rung}
        for row in rung:
            wait_s = min(waits.get(row, RING_AGAIN_S), RING_AGAIN_S_MAX)
            kept[row] = _Rung(wait_s=wait_s, again_at=later(now, wait_s))
        self._rung = kept

    def _sweeps(self, now: Instant) -> bool:
        """Tell whether the sweeping is ours, and keep it so."""
        if self._lease is None or self._lease.expires_at - now < LEASE_S / 2:
            with writing(self._services.engine) as connection:
                self._lease = leases.take(
                    connection, "sweep", holder=self._holder, now=now, for_s=LEASE_S
                )
        return self._lease is not None

    def _run(self) -> None:
        while not self._stop.wait(self._services.settings.schedule.sweep_s):
            try:
                self.sweep()
            except Exception as error:  # noqa: BLE001 - sweeping is what must never end
                # The record or the broker may be away for a while.
                _LOG.warning("sweep_failed", error=str(error))
