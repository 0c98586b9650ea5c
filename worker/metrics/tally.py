"""What this process has counted and not yet brought into the record.

Counting is a dictionary under a lock: no call waits for the record, and none fails. What a
flusher takes out of here is added to the tallies in SQL, where all processes' sums meet.
"""

import json
import math
from bisect import bisect_left
from collections.abc import Mapping
from threading import Lock

import structlog

from connectors.store.tallies import TallyKey

from .catalogue import TALLIED_BY_NAME
from .metric import Kind, Metric


SERIES_MAX = 5_000
"""The most tallies held at once; more than all labels of a large installation together."""

_LOG = structlog.get_logger("oversell_guard")


class Miscounted(ValueError):
    """Something was counted that the catalogue does not have, or with other labels."""


class Tally:
    """Counts in memory. May be shared by threads.

    A fault of ours, such as a name that is not in the catalogue, is logged once and dropped:
    what is watched must not fail for the watching. A `strict` tally raises `Miscounted`
    instead; the tests' programs are built with one.
    """

    def __init__(self, *, strict: bool = False) -> None:
        """Begin with nothing counted."""
        self._strict = strict
        self._lock = Lock()
        self._differences: dict[TallyKey, float] = {}
        self._complaints: set[str] = set()

    def count(self, name: str, labels: Mapping[str, str], by: float = 1.0) -> None:
        """Add to a counter of the catalogue, named without prefix and `_total`."""
        fault = _fault(name, Kind.COUNTER, labels, by)
        if fault:
            self._refuse(fault)
        elif by:
            self._add({(name, canonical(labels)): by})

    def observe(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """Add one value to a histogram of the catalogue. A value below 0 counts as 0."""
        fault = _fault(name, Kind.HISTOGRAM, labels, max(value, 0.0))
        if fault:
            self._refuse(fault)
            return
        bound = bound_of(TALLIED_BY_NAME[name], value)
        in_bucket = (f"{name}_bucket", canonical({**labels, "le": bound}))
        self._add({in_bucket: 1.0, (f"{name}_sum", canonical(labels)): max(value, 0.0)})

    def take(self) -> dict[TallyKey, float]:
        """Return what was counted since the last time, and begin anew."""
        with self._lock:
            taken, self._differences = self._differences, {}
        return taken

    def put_back(self, differences: Mapping[TallyKey, float]) -> None:
        """Count again what could not be brought into the record."""
        self._add(differences)

    def _add(self, differences: Mapping[TallyKey, float]) -> None:
        with self._lock:
            for key, by in differences.items():
                if key in self._differences or len(self._differences) < SERIES_MAX:
                    self._differences[key] = self._differences.get(key, 0.0) + by

    def _refuse(self, fault: str) -> None:
        if self._strict:
            raise Miscounted(fault)
        if fault not in self._complaints and len(self._complaints) < SERIES_MAX:
            self._complaints.add(fault)
            _LOG.error("miscounted", fault=fault)


def canonical(labels: Mapping[str, str]) -> str:
    """Return labels as text, the same for the same labels."""
    return json.dumps(dict(labels), sort_keys=True, separators=(",", ":"))


def bound_of(metric: Metric, value: float) -> str:
    """Return the bound of the bucket that a value belongs to, as Prometheus writes it."""
    place = bisect_left(metric.buckets, value)
    return str(metric.buckets[place]) if place < len(metric.buckets) else "+Inf"


def _fault(name: str, kind: Kind, labels: Mapping[str, str], value: float) -> str:
    """Return what is wrong with a count, empty where nothing is."""
    metric = TALLIED_BY_NAME.get(name)
    if metric is None or metric.kind is not kind:
        return f"the catalogue has no {kind.value} {name!r}"
    if set(labels) != set(metric.labels):
        return f"{name} has the labels {metric.labels}, not {tuple(labels)}"
    if not all(isinstance(each, str) for each in labels.values()):
        return f"the labels of {name} must be text: {tuple(labels)}"
    if not 0 <= value < math.inf:
        return f"{name} cannot be counted by {value}"
    return ""
