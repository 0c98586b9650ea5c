"""What a metric is: its name, what it counts, by which labels, and what that tells a person."""

import re
from dataclasses import dataclass
from enum import StrEnum


PREFIX = "oversell_guard_"
"""What the name of every metric begins with."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Kind(StrEnum):
    """How a metric moves."""

    GAUGE = "gauge"
    """Up and down: how something stands, read from the record."""
    COUNTER = "counter"
    """Only up: how often something happened."""
    HISTOGRAM = "histogram"
    """How often something took up to so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric. `name` is without prefix, and without the `_total` of an exposed counter.

    `unit` is a word of the name; where a gauge only says yes or no it is empty. `buckets` are
    the upper bounds of a histogram, growing; the last, without a bound, is not written.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...] = ()
    unit: str
    help: str
    buckets: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what Prometheus would not take, and a histogram without buckets."""
        for name in (self.name, *self.labels):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name for a metric or a label")
        if self.unit not in self.name:
            raise ValueError(f"{self.name} does not say that it counts {self.unit}")
        if (self.kind is Kind.HISTOGRAM) != bool(self.buckets):
            raise ValueError(f"{self.name}: a histogram has buckets, and nothing else has")
        if list(self.buckets) != sorted(set(self.buckets)):
            raise ValueError(f"{self.name}: buckets grow: {self.buckets}")

    @property
    def family(self) -> str:
        """The name with its prefix."""
        return PREFIX + self.name

    @property
    def exposed(self) -> str:
        """The name as queries use it; a histogram's is followed by `_bucket` and the like."""
        return f"{self.family}_total" if self.kind is Kind.COUNTER else self.family
