"""A partner's file, bytes and a declared dialect, becomes accepted rows and named row faults.

Nothing is guessed and nothing is forgiven that could change a number: what `int()` or the csv
module would take by surprise (digits of other scripts, `1_000`, a short row, the second of two
equal columns, the rest of a file after an open quote) is a fault here. A fault of a row costs
that row; a fault of the file costs the file, and the snapshot before it stays in force.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .feed_dialect import DeductsAt, Dialect, Encoding, FeedKind
from .feed_faults import FileCause, FileFault, RowCause, RowFault
from .feed_lines import Line, read_lines
from .feed_rows import FeedRow, MergedRow, form_of, read_rows
from .feed_stated import StatedRows, newest_as_of, oldest_as_of
from .feed_time import (
    AsOfArrival,
    AsOfColumn,
    AsOfFileName,
    AsOfSource,
    UnreadableTime,
    read_arrival,
    read_file_name,
)
from .quantities import Instant, later


# The one door to feeds: what other packages need stands here.
__all__ = [
    "AsOfArrival",
    "AsOfColumn",
    "AsOfFileName",
    "AsOfSource",
    "DeductsAt",
    "Dialect",
    "Encoding",
    "FeedKind",
    "FeedRow",
    "FileCause",
    "FileFault",
    "MergedRow",
    "ParsedFeed",
    "RowCause",
    "RowFault",
    "StatedRows",
    "parse",
]

# A file that is no feed at all may have a first line of any length; a message may not.
NAMES_SHOWN = 30
NAME_LETTERS_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """What a file says: the rows that may count, and each one that may not, with its cause."""

    file_name: str
    sha256: str
    dated_by: AsOfSource
    header: tuple[str, ...]
    rows: Sequence[FeedRow]
    faults: tuple[RowFault, ...] = ()
    merged: tuple[MergedRow, ...] = ()

    @property
    def as_of(self) -> Instant | None:
        """The oldest moment that an accepted row speaks of; None where none was accepted."""
        return oldest_as_of(self.rows)

    @property
    def newest_as_of(self) -> Instant | None:
        """The newest moment that an accepted row speaks of; None where none was accepted."""
        return newest_as_of(self.rows)

    @property
    def bad_rows(self) -> int:
        """The number of rows refused; one row may have several faults."""
        return len({fault.row for fault in self.faults})

    @property
    def data_rows(self) -> int:
        """The number of rows below the header that are not blank."""
        return len(self.rows) + len(self.merged) + self.bad_rows


def parse(content: bytes, dialect: Dialect, *, file_name: str, arrived_at: Instant) -> ParsedFeed:
    """Return what a file says. Raises `FileFault` where nothing in it can be trusted."""
    lines = read_lines(content, dialect)
    header = _header(next(lines, None), dialect)
    file_as_of = _file_as_of(dialect, file_name, arrived_at)
    form = form_of(header, dialect, file_as_of=file_as_of, arrived_at=arrived_at)
    settled = read_rows(lines, form)
    return ParsedFeed(
        file_name=file_name,
        sha256=hashlib.sha256(content).hexdigest(),
        dated_by=dialect.as_of,
        header=header,
        rows=settled.rows,
        faults=settled.faults,
        merged=settled.merged,
    )


# --- the header ------------------------------------------------------------------------------


def _header(line: Line | None, dialect: Dialect) -> tuple[str, ...]:
    if line is None:
        raise FileFault(
            FileCause.EMPTY,
            detail="the file is empty",
            remedy="write the header and a row for each SKU, those with 0 units included",
        )
    if line.cause is not None:
        raise FileFault(
            FileCause.HEADER_UNREADABLE,
            detail=f"the header on line {line.row} cannot be read: {line.cause.value}",
            remedy=_header_remedy(dialect),
        )
    names = tuple(cell.strip() for cell in line.cells)
    _refuse_repeated(names)
    _refuse_missing(names, dialect)
    return names


def _refuse_repeated(names: tuple[str, ...]) -> None:
    # Blank names may repeat: spreadsheets pad the header with them.
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        raise FileFault(
            FileCause.COLUMN_REPEATED,
            detail=f"the header names a column twice: {_listed(twice)}",
            remedy="leave one of them out, or give it another name",
        )


def _refuse_missing(names: tuple[str, ...], dialect: Dialect) -> None:
    missing = [name for name in dialect.columns if name not in names]
    if missing:
        alone = len(missing) == len(dialect.columns)
        raise FileFault(
            FileCause.HEADER_MISSING if alone else FileCause.COLUMN_MISSING,
            detail=f"the header lacks {_listed(missing)}; found {_listed(names)}",
            remedy=_header_remedy(dialect),
        )


def _header_remedy(dialect: Dialect) -> str:
    return (
        f"begin the file with a header that has the columns {_listed(dialect.columns)}, "
        f"parted by {dialect.delimiter!r}, or declare other names in the dialect"
    )


def _listed(names: Collection[str]) -> str:
    shown = [repr(name[:NAME_LETTERS_SHOWN]) for name in names][:NAMES_SHOWN]
    left = len(names) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")


def _file_as_of(dialect: Dialect, file_name: str, arrived_at: Instant) -> Instant:
    if isinstance(dialect.as_of, AsOfArrival):
        return read_arrival(arrived_at, dialect.as_of)
    if isinstance(dialect.as_of, AsOfColumn):
        return arrived_at  # no row keeps it: each has its own
    try:
        stated = read_file_name(file_name, dialect.as_of)
    except UnreadableTime as fault:
        raise FileFault(
            FileCause.AS_OF_NOT_IN_NAME,
            detail=f"the file's name does not tell as of when it speaks: {fault}",
            remedy="name the file as declared, or declare another pattern in the dialect",
        ) from fault
    if stated > later(arrived_at, dialect.clock_tolerance_s):
        raise FileFault(
            FileCause.AS_OF_IN_FUTURE,
            detail=f"the name {file_name!r} is {stated - arrived_at:.0f} s ahead of its arrival",
            remedy="set the partner's clock, or declare the zone in which it writes names",
        )
    return stated
