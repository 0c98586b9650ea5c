"""The actors: for each of the broker's queues, a name and one call. A message only rings.

It carries the queue and key of a work row and no quantity. Losing, doubling or delaying it
changes nothing but the time until the row is looked at.
"""

import time

import dramatiq
import structlog
from dramatiq import Broker
from dramatiq.brokers.stub import StubBroker

from .dispatch import work_off
from .queues import DOORBELLS
from .services import Services


DEAF_S = 1.0
"""After a ring that failed nobody is rung for so long: the scheduler finds what is due."""

_LOG = structlog.get_logger("oversell_guard")


class Doorbell:
    """Rings for rows of work; what it rings is worked off by whoever listens to the broker."""

    def __init__(self, broker: Broker) -> None:
        """Declare one actor for each queue of the broker, and no work for them yet."""
        self._services: Services | None = None
        # Where all answers are given in this process, a ring that still waits need not be doubled.
        self._waiting: set[tuple[str, str]] | None = (
            set() if isinstance(broker, StubBroker) else None
        )
        self._deaf_until = 0.0
        self._actors = {
            queue: dramatiq.actor(actor_name=f"work_off_{queue}", queue_name=queue, broker=broker)(
                self._answer
            )
            for queue in sorted(set(DOORBELLS.values()))
        }

    def serve(self, services: Services) -> None:
        """Give the actors what their steps need; before that a ring is lost, which is harmless."""
        self._services = services

    def ring(self, queue: str, key: str) -> None:
        """Wake a worker for one row of work. Never raises: the row is due though nobody heard."""
        if time.monotonic() < self._deaf_until or self._still_waits(queue, key):
            return
        try:
            self._actors[DOORBELLS[queue]].send(queue, key)
        except Exception as error:  # noqa: BLE001 - the work is committed and must not fail for a bell
            self._deaf_until = time.monotonic() + DEAF_S
            _LOG.warning("ring_lost", queue=queue, error=str(error))

    def _still_waits(self, queue: str, key: str) -> bool:
        """Tell whether a ring for the row waits already, and note that one does now."""
        if self._waiting is None:
            return False
        waits = (queue, key) in self._waiting
        self._waiting.add((queue, key))
        return waits

    def _answer(self, queue: str, key: str) -> None:
        if self._waiting is not None:
            # From here on a new ring tells of something that we may not see any more.
            self._waiting.discard((queue, key))
        if self._services is not None:
            work_off(self._services, queue, key)
