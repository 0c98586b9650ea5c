"""What stands above a feed's rows: a preamble, and a header whose first line names the columns.

A line that is passed over says nothing, so it must not be a row: an export that lost its
preamble would otherwise lose its first rows, without a trace. Where the header is found by the
names in it, its place is proven; `Heading.unproven` are the lines whose place is not.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from .feed_columns import refuse_repeated
from .feed_dialect import Dialect
from .feed_faults import FileCause, FileFault
from .feed_lines import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The names of the columns, blank ones where there is no header, and what is below.

    `unproven` are lines that were passed over, and may only be trusted if none reads as a row.
    """

    names: tuple[str, ...]
    unproven: tuple[Line, ...]
    below: Iterator[Line]


def read_heading(lines: Iterable[Line], dialect: Dialect) -> Heading:
    """Return the heading of a file's lines, and the lines below. Raises `FileFault`."""
    above, rest = _parted(iter(lines), dialect.skip_lines)
    if not dialect.header_lines:
        return _without_header(above, rest)
    header = tuple(islice(rest, dialect.header_lines))
    if not header:
        raise _empty()
    names = _names(header[0], dialect)
    if dialect.names_columns:
        refuse_repeated(names)
        return Heading(names=names, unproven=header[1:], below=rest)
    return Heading(names=names, unproven=(*above, *header), below=rest)


def _parted(lines: Iterator[Line], skip_lines: int) -> tuple[tuple[Line, ...], Iterator[Line]]:
    above: list[Line] = []
    for line in lines:
        if line.row > skip_lines:
            return tuple(above), chain([line], lines)
        above.append(line)
    return tuple(above), iter(())


def _without_header(above: tuple[Line, ...], rest: Iterator[Line]) -> Heading:
    # The first line that can be cut into cells tells how many columns there are.
    seen: list[Line] = []
    for line in rest:
        seen.append(line)
        if line.cause is None:
            break
    if not seen:
        raise _empty()
    names = ("",) * len(seen[-1].cells)
    return Heading(names=names, unproven=above, below=chain(seen, rest))


def _names(line: Line, dialect: Dialect) -> tuple[str, ...]:
    if line.cause is not None:
        raise FileFault(
            FileCause.HEADER_UNREADABLE,
            detail=f"the header on line {line.row} cannot be read: {line.cause.value}",
            remedy=dialect.remedy,
        )
    return tuple(cell.strip() for cell in line.cells)


def _empty() -> FileFault:
    return FileFault(
        FileCause.EMPTY,
        detail="the file is empty",
        remedy="write the header and a row for each SKU, those with 0 units included",
    )
