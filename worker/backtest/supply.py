"""The stock behind recorded feeds: what must have come to the shelf and left it unseen.

A figure that is higher than the one before, less what was ordered in between, tells of a delivery;
one that is lower, of units that went some other way: another channel, shrinkage, a wholesaler's
units beyond those that the replay sells. Both are taken to have happened at the figure's moment.
The shelf of a replay gains and loses the same at the same moments, whatever a policy sells.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median

from .feed_file import FeedRow
from .history import Arrival
from .scene import HANDLING_S, SECONDS_PER_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Units that came to an item's shelf, or left it unseen where negative."""

    at: float
    item: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """The shelf's own story, and the files in which the partner told of it.

    `files` are pairs: the moment that a file speaks of, and when it arrived.
    """

    opening_units: tuple[int, ...]
    changes: tuple[Change, ...]
    files: tuple[tuple[float, float], ...]


def usual_gap_s(feeds: Sequence[FeedRow]) -> float:
    """Return the usual time between two files; a day where there is but one."""
    moments = sorted({row.as_of for row in feeds})
    return median([after - before for before, after in pairwise(moments)] or [SECONDS_PER_DAY])


def supply_of(
    feeds: Sequence[FeedRow], skus: Sequence[str], arrivals: Sequence[Arrival]
) -> Supply:
    """Return the supply that explains the feeds of these SKUs beside their orders."""
    rows: dict[str, list[FeedRow]] = defaultdict(list)
    for row in feeds:
        rows[row.sku].append(row)
    left: list[list[tuple[float, int]]] = [[] for _ in skus]
    for arrival in arrivals:
        left[arrival.item].append((arrival.at + HANDLING_S, arrival.units))
    opening: list[int] = []
    changes: list[Change] = []
    for item, sku in enumerate(skus):
        gone = _Gone(left[item])
        first, *_ = rows[sku]
        opening.append(first.units + gone.by(first.as_of))
        changes += _changes(item, rows[sku], gone)
    return Supply(
        opening_units=tuple(opening),
        changes=tuple(sorted(changes, key=lambda change: (change.at, change.item))),
        files=tuple(sorted({(row.as_of, row.arrived_at) for row in feeds})),
    )


class _Gone:
    """How many units had been sent off by a moment."""

    def __init__(self, left: Sequence[tuple[float, int]]) -> None:
        self._moments = [at for at, _ in left]
        self._totals = [0, *accumulate(units for _, units in left)]

    def by(self, moment: float) -> int:
        return self._totals[bisect_right(self._moments, moment)]


def _changes(item: int, rows: Sequence[FeedRow], gone: _Gone) -> Iterator[Change]:
    for before, after in pairwise(rows):
        sent = gone.by(after.as_of) - gone.by(before.as_of)
        units = after.units - (before.units - sent)
        if units:
            yield Change(at=after.as_of, item=item, units=units)
