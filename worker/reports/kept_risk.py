"""The last risk report, kept for a while: all of a big catalogue is not looked at for each asker.

Whoever shows ages of his own, as the metrics do, has it made anew, and everybody else is served
from that for as long as making it takes ten times over. Its `at` says how old it is.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Protocol

from reconciliation.quantities import Instant

from ..services import Services
from .risk import RiskReport


SHARE_MAX = 0.1
"""The share of time that making reports for those who ask may take..."""

KEPT_S_MIN, KEPT_S_MAX = 5.0, 60.0
"""...but one is kept for at least and at most so long."""


class RiskOf(Protocol):
    """Works out the risk report of the present moment."""

    def __call__(self, services: Services, *, items_max: int) -> RiskReport:
        """Return the report, with at most `items_max` items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A report, when it was made, for how many items it was asked, and how long it is good."""

    report: RiskReport
    at: Instant
    items_max: int
    for_s: float

    def serves(self, now: Instant, items_max: int) -> bool:
        """Tell whether it is young enough, and holds as many items as there are or are wanted."""
        whole = items_max <= self.items_max or len(self.report.items) < self.items_max
        # A moment in the future was told by a clock since set back.
        return whole and 0 <= now - self.at < self.for_s


class KeptRisk:
    """Makes risk reports and keeps the last. Several threads may ask: one makes it for all."""

    def __init__(
        self, risk: RiskOf, *, stopwatch: Callable[[], float] = time.perf_counter
    ) -> None:
        """Keep what makes reports; nothing is made yet. `stopwatch` tells how long it takes."""
        self._risk = risk
        self._stopwatch = stopwatch
        self._lock = Lock()
        self._kept: _Kept | None = None

    def anew(self, services: Services, *, items_max: int) -> RiskReport:
        """Return a report of this moment, and keep it for others."""
        with self._lock:
            return self._made(services, items_max)

    def recent(self, services: Services, *, items_max: int) -> RiskReport:
        """Return the kept report, or a new one where it is too old or holds too few items."""
        with self._lock:
            kept = self._kept
            if kept is not None and kept.serves(services.now(), items_max):
                return _cut(kept.report, items_max)
            return self._made(services, items_max)

    def _made(self, services: Services, items_max: int) -> RiskReport:
        now, began = services.now(), self._stopwatch()
        # Who asked for more will do so again.
        most = max(items_max, self._kept.items_max if self._kept is not None else 0)
        report = self._risk(services, items_max=most)
        for_s = min(max((self._stopwatch() - began) / SHARE_MAX, KEPT_S_MIN), KEPT_S_MAX)
        self._kept = _Kept(report=report, at=now, items_max=most, for_s=for_s)
        return _cut(report, items_max)


def _cut(report: RiskReport, items_max: int) -> RiskReport:
    return replace(report, items=report.items[:items_max])
