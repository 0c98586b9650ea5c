"""Where a file parts from the last accepted one: what is gone, at 0, older, moved, renamed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from typing import Protocol

from .feed import FeedRow, ParsedFeed
from .quantities import Instant, Sku, Units


MOVES_KEPT = 20
"""How many of the largest moves a person is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An item whose units are not what the last file stated."""

    sku: Sku
    before_units: Units
    units: Units


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Where a file parts from the last: SKUs gone, new, gone to 0, gone back in time, and moved.

    `compared_rows` are stated in both, `zeroed_of_rows` of them had units. `before_units` are
    theirs, `moved_units` came and went together. `largest` are the greatest moves, `columns` says
    what became of the header.
    """

    lost: tuple[Sku, ...] = ()
    new: tuple[Sku, ...] = ()
    zeroed: tuple[Sku, ...] = ()
    older: tuple[Sku, ...] = ()
    largest: tuple[Move, ...] = ()
    columns: tuple[str, ...] = ()
    compared_rows: int = 0
    zeroed_of_rows: int = 0
    moved_rows: int = 0
    before_units: Units = 0
    moved_units: Units = 0


class LastStated(Protocol):
    """The last accepted file, however it is kept: as dicts here, as columns where it is large."""

    @property
    def sha256(self) -> str:
        """The content's hash."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of its columns; empty where they are not known."""

    @property
    def row_count(self) -> int:
        """The number of SKUs that it stated."""

    @property
    def newest_as_of(self) -> Instant | None:
        """The newest moment that a row speaks of; None where there is no row."""

    def contrast(self, rows: Sequence[FeedRow]) -> Contrast:
        """Return where accepted rows part from it, of the columns nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastFeed:
    """The last accepted file: what it stated for each SKU, and as of when.

    `sha256` is of its content, however that was packed; `header` is empty where it is not known.
    """

    sha256: str
    units: Mapping[Sku, Units]
    as_of: Mapping[Sku, Instant]
    header: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a file that dates other SKUs than it counts."""
        if self.units.keys() != self.as_of.keys():
            raise ValueError("the last feed must have an as-of for each SKU that it states")

    @property
    def row_count(self) -> int:
        """The number of SKUs that it stated."""
        return len(self.units)

    @property
    def newest_as_of(self) -> Instant | None:
        """The newest moment that a row speaks of; None where there is no row."""
        return max(self.as_of.values(), default=None)

    def contrast(self, rows: Sequence[FeedRow]) -> Contrast:
        """Return where accepted rows part from it, of the columns nothing."""
        now = {row.sku for row in rows}
        both = [row for row in rows if row.sku in self.units]
        had_units = [row for row in both if self.units[row.sku] > 0]
        moves = _moves(both, self)
        return Contrast(
            lost=tuple(sku for sku in self.units if sku not in now),
            new=tuple(row.sku for row in rows if row.sku not in self.units),
            zeroed=tuple(row.sku for row in had_units if row.units == 0),
            older=tuple(row.sku for row in both if row.as_of < self.as_of[row.sku]),
            largest=tuple(nlargest(MOVES_KEPT, moves, key=_distance)),
            compared_rows=len(both),
            zeroed_of_rows=len(had_units),
            moved_rows=len(moves),
            before_units=sum(self.units[row.sku] for row in had_units),
            moved_units=sum(map(_distance, moves)),
        )


def last_feed(parsed: ParsedFeed) -> LastFeed:
    """Return an accepted file as the one that the next is judged against."""
    return LastFeed(
        sha256=parsed.content_sha256,
        units={row.sku: row.units for row in parsed.rows},
        as_of={row.sku: row.as_of for row in parsed.rows},
        header=parsed.header,
    )


def contrast(parsed: ParsedFeed, last: LastStated | None) -> Contrast:
    """Return where a file parts from the last; nowhere, if it is the first."""
    if last is None:
        return Contrast()
    columns = tuple(_columns_moved(parsed.header, last.header))
    return replace(last.contrast(parsed.rows), columns=columns)


def _moves(both: Sequence[FeedRow], last: LastFeed) -> list[Move]:
    return [
        Move(sku=row.sku, before_units=last.units[row.sku], units=row.units)
        for row in both
        if row.units != last.units[row.sku]
    ]


def _distance(move: Move) -> Units:
    return abs(move.units - move.before_units)


def _columns_moved(header: tuple[str, ...], before: tuple[str, ...]) -> list[str]:
    """Return what became of the columns, in words; nothing where the last header is not known."""
    if not before or header == before:
        return []
    vanished = [name for name in before if name not in header]
    appeared = [name for name in header if name not in before]
    told = [f"the column {name[:60]!r} is gone" for name in vanished]
    told += [f"the column {name[:60]!r} is new" for name in appeared]
    return told or ["the columns stand in another order"]
