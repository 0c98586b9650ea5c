"""A sandbox that others play with: the world, what goes wrong in it, and a clock to be moved."""

import threading
from dataclasses import dataclass, field

from .api import Handle, make_api
from .faults import FaultPlan
from .mishaps import MishapIntervals
from .timeline import Clock
from .webhooks import WebhookSender
from .world import SandboxWorld


ADVANCE_S_MAX = 366 * 86_400.0
"""The furthest that time is moved at once: every token is expired by then."""


class MovableClock:
    """A clock that goes on with another one, or stands still, and can be moved ahead."""

    def __init__(self, base: Clock, *, stands_still: bool = False) -> None:
        """Go on from what `base` shows; or stand still there, and move only by `advance`."""
        begun_at = base()
        self._base: Clock = (lambda: begun_at) if stands_still else base
        self._ahead_s = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """Return the moment that it shows, in Unix seconds."""
        return self._base() + self._ahead_s

    def advance(self, seconds: float) -> float:
        """Move ahead, and return the moment. Raises `ValueError` for moving back or too far."""
        if not 0 <= seconds <= ADVANCE_S_MAX:
            raise ValueError(f"time is moved by 0 to {ADVANCE_S_MAX:.0f} seconds, not {seconds}")
        with self._lock:
            self._ahead_s += seconds
        return self()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """All that a control call can reach. `post` is None where nobody is notified."""

    world: SandboxWorld
    faults: FaultPlan
    clock: MovableClock
    intervals: MishapIntervals = field(default_factory=MishapIntervals)
    post: WebhookSender | None = None

    def api(self, gateway_clock: Clock) -> Handle:
        """Return the API of this stage; `gateway_clock` is the callers' own time of day."""
        return make_api(self.world, self.faults, gateway_clock=gateway_clock)
