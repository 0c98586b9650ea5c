"""A partner's file, bytes and a declared dialect, becomes accepted rows and named row faults.

Nothing is guessed and nothing is forgiven that could change a number: what `int()` or the csv
module would take by surprise (digits of other scripts, `1_000`, a short row, the second of two
equal columns, the rest of a file after an open quote) is a fault here. A fault of a row costs
that row; a fault of the file costs the file, and the snapshot before it stays in force.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .feed_columns import Column, names_of
from .feed_dialect import DeductsAt, Dialect, FeedKind, WarehouseColumn
from .feed_faults import FileCause, FileFault, RowCause, RowFault
from .feed_forms import (
    Compression,
    Encoding,
    FileForm,
    JsonForm,
    JsonLayout,
    SheetForm,
    TextForm,
)
from .feed_heading import Heading, read_heading
from .feed_lines import CellKind, Line, decoded, read_lines, refuse_large, refuse_rows
from .feed_quantity import Negative, QuantityRule
from .feed_rows import Elsewhere, FeedRow, Form, MergedRow, form_of, read_rows, reads_as_row
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
    "CellKind",
    "Column",
    "Compression",
    "DeductsAt",
    "Dialect",
    "Elsewhere",
    "Encoding",
    "FeedKind",
    "FeedRow",
    "FileCause",
    "FileFault",
    "FileForm",
    "JsonForm",
    "JsonLayout",
    "Line",
    "MergedRow",
    "Negative",
    "ParsedFeed",
    "QuantityRule",
    "RowCause",
    "RowFault",
    "SheetForm",
    "StatedRows",
    "TextForm",
    "WarehouseColumn",
    "decoded",
    "names_of",
    "parse",
    "parse_lines",
    "refuse_large",
    "refuse_rows",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """What a file says: the rows that may count, and each one that may not, with its cause.

    `sha256` is of the file as it came, `unpacked_sha256` of what it says, where it came packed:
    packed again it is another file, and says the same.
    """

    file_name: str
    sha256: str
    unpacked_sha256: str = ""
    dated_by: AsOfSource
    header: tuple[str, ...]
    rows: Sequence[FeedRow]
    faults: tuple[RowFault, ...] = ()
    merged: tuple[MergedRow, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    """Rows of other warehouses in the same file, which are no data rows of this feed."""
    number_skus: int = 0
    """Rows whose SKU the file keeps as a number: whatever zeros it began with are lost."""

    @property
    def content_sha256(self) -> str:
        """The hash by which the same content is known again, however it is packed."""
        return self.unpacked_sha256 or self.sha256

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
        """The number of rows below the header that are not blank and no other warehouse's."""
        return len(self.rows) + len(self.merged) + self.bad_rows


def parse(content: bytes, dialect: Dialect, *, file_name: str, arrived_at: Instant) -> ParsedFeed:
    """Return what a file of text says. Raises `FileFault` where nothing in it can be trusted.

    The other forms need libraries to be opened, and come as lines of cells (`parse_lines`).
    """
    form = dialect.form
    if not isinstance(form, TextForm) or dialect.compression is not Compression.NONE:
        raise ValueError("only plain text is read here: let connectors.feeds open the file")
    lines = read_lines(content, dialect, form)
    return parse_lines(
        lines,
        dialect,
        file_name=file_name,
        arrived_at=arrived_at,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def parse_lines(
    lines: Iterable[Line],
    dialect: Dialect,
    *,
    file_name: str,
    arrived_at: Instant,
    sha256: str,
) -> ParsedFeed:
    """Return what the lines of any file say. Raises `FileFault`, as `parse` does.

    `sha256` is of the file as it came.
    """
    heading = read_heading(lines, dialect)
    file_as_of = _file_as_of(dialect, file_name, arrived_at)
    form = form_of(heading.names, dialect, file_as_of=file_as_of, arrived_at=arrived_at)
    _refuse_rows_above(heading, form)
    settled = read_rows(heading.below, form)
    return ParsedFeed(
        file_name=file_name,
        sha256=sha256,
        dated_by=dialect.as_of,
        header=heading.names,
        rows=settled.rows,
        faults=settled.faults,
        merged=settled.merged,
        elsewhere=settled.elsewhere,
        number_skus=settled.number_skus,
    )


def _refuse_rows_above(heading: Heading, form: Form) -> None:
    for line in heading.unproven:
        if reads_as_row(line, form):
            raise FileFault(
                FileCause.ROW_AS_HEADING,
                detail=f"line {line.row} belongs to the heading, and reads as a row",
                remedy="send the same lines above the rows as always, or declare in the dialect "
                "how many there are (skip_lines, header_lines)",
            )


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
