"""Accepted rows kept as columns: what a large feed states, without an object for each row.

A million `FeedRow`s cost more than the reading of their file. Whoever looks at all of them asks
for what it needs as a whole; whoever looks at a few gets these as rows.
"""

from abc import abstractmethod
from collections.abc import Collection, Sequence

from .feed_rows import FeedRow
from .quantities import Instant, Sku


class StatedRows(Sequence[FeedRow]):
    """Accepted rows in the order of their file, of which a row is made when it is asked for."""

    @property
    @abstractmethod
    def oldest_as_of(self) -> Instant | None:
        """The oldest moment that a row speaks of; None where there is none."""

    @property
    @abstractmethod
    def newest_as_of(self) -> Instant | None:
        """The newest moment that a row speaks of; None where there is none."""

    @abstractmethod
    def count_of(self, skus: Collection[Sku]) -> int:
        """Return how many of some SKUs there are rows of."""


def oldest_as_of(rows: Sequence[FeedRow]) -> Instant | None:
    """Return the oldest moment that a row speaks of, None where there is none."""
    if isinstance(rows, StatedRows):
        return rows.oldest_as_of
    return min((row.as_of for row in rows), default=None)


def newest_as_of(rows: Sequence[FeedRow]) -> Instant | None:
    """Return the newest moment that a row speaks of, None where there is none."""
    if isinstance(rows, StatedRows):
        return rows.newest_as_of
    return max((row.as_of for row in rows), default=None)
