"""The actors: for each of the broker's queues, a name and one call. A message only rings.

It carries the queue and key of a work row and no quantity. Losing, doubling or delaying it
changes nothing but the time until the row is looked at, so nothing is ever retried here.
"""

import dramatiq
from dramatiq import Broker

from .dispatch import work_off
from .queues import DOORBELLS
from .services import Services


class Doorbell:
    """Rings for rows of work; what it rings is worked off by whoever listens to the broker."""

    def __init__(self, broker: Broker) -> None:
        """Declare one actor for each queue of the broker, and no work for them yet."""
        self._services: Services | None = None
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
        """Wake a worker for one row of work."""
        self._actors[DOORBELLS[queue]].send(queue, key)

    def _answer(self, queue: str, key: str) -> None:
        if self._services is not None:
            work_off(self._services, queue, key)
