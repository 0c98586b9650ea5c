"""What the running program counts with: told of what happened, it never fails and never waits."""

from collections.abc import Mapping
from typing import Protocol


class Meter(Protocol):
    """Counts what happened. May be shared by threads; must be quick and never raise."""

    def count(self, name: str, labels: Mapping[str, str], by: float = 1.0) -> None:
        """Add to a counter of the catalogue, named without prefix and `_total`."""

    def observe(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """Add one value to a histogram of the catalogue."""


class Unmetered:
    """Counts nothing: the meter of those whom nobody watches."""

    def count(self, name: str, labels: Mapping[str, str], by: float = 1.0) -> None:
        """Take note of nothing."""

    def observe(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """Take note of nothing."""
