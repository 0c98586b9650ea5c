"""The figures of the record, kept for some seconds: read when asked, never twice at once.

Whoever asks gets what is known after a bounded wait. A group of figures that cannot be read is
shown as it was for `KEPT_S_MAX` and then not at all, while `state_read_age_seconds` grows: an old
figure must never look like a new one.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import Metric as Family

from reconciliation.quantities import Instant

from ..services import Services
from .catalogue import READ_AGE
from .families import gauge_families, sample
from .one_at_a_time import OneAtATime
from .readings import Group


KEPT_S_MAX = 120.0
"""The longest that a figure is shown which could not be read anew."""

WAIT_S = 4.0
"""How long a scrape waits for a read; well within Prometheus' default timeout of 10 s."""

SHARE_MAX = 0.1
"""The share of time that reading one group may take: a slow one is read less often..."""

PAUSE_S_MAX = 60.0
"""...but at least this often, well within the time that figures are shown."""

_LOG = structlog.get_logger("oversell_guard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """When a group was last tried to be read, and how long that took."""

    at: Instant
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was last read of a group, and when."""

    at: Instant
    families: tuple[Family, ...]


class State:
    """The figures of some groups. May be asked by several threads."""

    def __init__(
        self,
        services: Services,
        groups: Sequence[Group],
        *,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Keep the groups; nothing is read yet. `stopwatch` tells how long reads take."""
        self._stopwatch = stopwatch
        self._services = services
        self._groups = tuple(groups)
        self._began_at = services.now()
        self._attempts: dict[str, Attempt] = {}
        self._kept: dict[str, Kept] = {}
        self._reads = OneAtATime(self._read_due)

    def families(self) -> Iterator[Family]:
        """Yield all figures that are young enough, and how old the oldest figure is."""
        self._refresh()
        now = self._services.now()
        for kept in tuple(self._kept.values()):
            if now - kept.at <= KEPT_S_MAX:
                yield from kept.families
        yield from gauge_families([READ_AGE], [sample(READ_AGE.name, self._age_s(now))])

    def _refresh(self) -> None:
        if not any(self._is_due(group) for group in self._groups):
            return
        try:
            self._reads.ask(wait_s=WAIT_S)
        except TimeoutError:
            _LOG.warning("state_read_is_slow", waited_s=WAIT_S)

    def _age_s(self, now: Instant) -> float:
        read_at = [
            self._kept[group.name].at if group.name in self._kept else self._began_at
            for group in self._groups
        ]
        return max(now - min(read_at, default=now), 0.0)

    def _is_due(self, group: Group) -> bool:
        last = self._attempts.get(group.name)
        if last is None:
            return True
        pause_s = min(last.took_s / SHARE_MAX, PAUSE_S_MAX)
        # A moment in the future was told by a clock since set back.
        age_s = self._services.now() - last.at
        return not 0 <= age_s < max(self._services.settings.metrics.cache_s, pause_s)

    def _read_due(self) -> None:
        for group in self._groups:
            if self._is_due(group):
                self._read(group)

    def _read(self, group: Group) -> None:
        now, began = self._services.now(), self._stopwatch()
        try:
            families = group.read(self._services, now)
        except Exception as error:  # noqa: BLE001 - one group must not take the others along
            _LOG.warning("state_unreadable", group=group.name, error=type(error).__name__)
        else:
            self._kept[group.name] = Kept(at=now, families=families)
        self._attempts[group.name] = Attempt(at=now, took_s=self._stopwatch() - began)
