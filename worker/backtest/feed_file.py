"""Recorded feeds from a file: what the partner stated of the shelf, and when that arrived."""

from dataclasses import dataclass, replace
from pathlib import Path

from .faults import BadReplay
from .history import History
from .table_file import Row, read_table


COLUMNS = ("as_of", "arrived_at", "sku", "units")
"""What the file must have; `units` are on hand: ordered and not yet sent ones included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """One figure of one feed; times are seconds since the first midnight of the orders."""

    as_of: float
    arrived_at: float
    sku: str
    units: int


def read_feeds(path: Path, history: History) -> tuple[FeedRow, ...]:
    """Return the figures of a file, the oldest first. Raises `BadReplay`."""
    rows = [_row(row, history.begins_at) for row in read_table(path, COLUMNS)]
    return tuple(sorted(rows, key=lambda row: (row.as_of, row.arrived_at, row.sku)))


def _row(row: Row, begins_at: float) -> FeedRow:
    as_of, arrived_at = row.moment("as_of"), row.moment("arrived_at")
    if arrived_at < as_of:
        raise BadReplay(
            f"{row.path}, row {row.number}: it arrived before the moment it speaks of",
            "give as_of and arrived_at in the same time zone",
        )
    return FeedRow(
        as_of=as_of - begins_at,
        arrived_at=arrived_at - begins_at,
        sku=row.text("sku"),
        units=row.units("units", least=0),
    )


def stated_in(feeds: tuple[FeedRow, ...], history: History) -> History:
    """Return the part of a history whose SKUs some feed states. Raises `BadReplay` for none."""
    stated = {row.sku for row in feeds}
    lines = tuple(line for line in history.lines if line.sku in stated)
    if not lines:
        raise BadReplay(
            "no feed states a SKU that was ordered", "write the SKUs of both files alike"
        )
    return replace(history, lines=lines, skus=tuple(sku for sku in history.skus if sku in stated))
