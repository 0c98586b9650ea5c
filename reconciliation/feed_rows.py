"""The data rows of a feed: each read for itself, then all held against each other.

Each row ends as exactly one of: accepted, faulted, or merged into an identical row before it.
Rows that name one SKU and differ are refused together, a row that cannot be read among them
included: nobody knows which of them is true.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .feed_dialect import Dialect
from .feed_faults import RowCause, RowFault
from .feed_lines import Line
from .feed_time import AsOfColumn, UnreadableTime, ZoneMissing, read_iso_8601
from .quantities import Instant, Sku, Units, UnreadableSku, later, normal_sku


SKU_LETTERS_MAX = 255
"""TikTok takes 50; a database index takes some 2,700 bytes."""

_UNITS = re.compile(r"[0-9]{1,7}")

# Tried in this order; they only name what is wrong, none of them accepts anything.
_BAD_UNITS = (
    (re.compile(r""), RowCause.QUANTITY_BLANK),
    (re.compile(r"[0-9]{8,}"), RowCause.QUANTITY_TOO_LARGE),
    (re.compile(r"[-\u2212][0-9.,]+"), RowCause.QUANTITY_NEGATIVE),
    (re.compile(r"[0-9]*[.,][0-9.,]*"), RowCause.QUANTITY_FRACTIONAL),
)

_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """One accepted row: the units of an item, and as of when, wherever that was told.

    `row` is the physical line in the file.
    """

    sku: Sku
    units: Units
    as_of: Instant
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedRow:
    """A row that repeats an earlier one cell by cell, and so adds nothing."""

    sku: Sku
    row: int
    into_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The data rows of a file, each in exactly one place, in the order of the file."""

    rows: tuple[FeedRow, ...]
    faults: tuple[RowFault, ...]
    merged: tuple[MergedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The dialect as one file bears it out: where its columns are, and the file's own moment."""

    dialect: Dialect
    header: tuple[str, ...]
    sku_at: int
    quantity_at: int
    as_of_at: int | None
    file_as_of: Instant
    as_of_max: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A line as read for itself: a row or faults. `beside` is what its other columns say."""

    line: Line
    sku: Sku | None = None
    row: FeedRow | None = None
    beside: tuple[str, ...] = ()
    faults: tuple[RowFault, ...] = ()


def form_of(
    header: tuple[str, ...], dialect: Dialect, *, file_as_of: Instant, arrived_at: Instant
) -> Form:
    """Return where the columns are, which the header is known to have."""
    source = dialect.as_of
    return Form(
        dialect=dialect,
        header=header,
        sku_at=header.index(dialect.sku_column),
        quantity_at=header.index(dialect.quantity_column),
        as_of_at=header.index(source.name) if isinstance(source, AsOfColumn) else None,
        file_as_of=file_as_of,
        as_of_max=later(arrived_at, dialect.clock_tolerance_s),
    )


def read_rows(lines: Iterable[Line], form: Form) -> Settled:
    """Return what the lines below the header say. Raises `FileFault` as the lines do."""
    return _settled([_read(line, form) for line in lines])


# --- a row for itself ------------------------------------------------------------------------


def _read(line: Line, form: Form) -> _Reading:
    if cause := line.cause or _misshapen(line, form):
        return _Reading(line=line, faults=(RowFault(row=line.row, cause=cause, line=line.text),))
    sku = _sku(line.cells[form.sku_at], form.dialect)
    units = _units(line.cells[form.quantity_at].strip(" "))
    as_of = _as_of(line, form)
    if isinstance(sku, RowCause) or isinstance(units, RowCause) or isinstance(as_of, RowCause):
        known = None if isinstance(sku, RowCause) else sku
        return _Reading(line=line, sku=known, faults=_faults(line, form, (sku, units, as_of)))
    row = FeedRow(sku=sku, units=units, as_of=as_of, row=line.row)
    return _Reading(line=line, sku=sku, row=row, beside=_beside(line, form))


def _beside(line: Line, form: Form) -> tuple[str, ...]:
    read = (form.sku_at, form.quantity_at, form.as_of_at)
    return tuple(cell.strip() for at, cell in enumerate(line.cells) if at not in read)


def _misshapen(line: Line, form: Form) -> RowCause | None:
    if len(line.cells) < len(form.header):
        return RowCause.TOO_FEW_COLUMNS
    return RowCause.TOO_MANY_COLUMNS if len(line.cells) > len(form.header) else None


def _faults(line: Line, form: Form, read: tuple[object, ...]) -> tuple[RowFault, ...]:
    places = (form.sku_at, form.quantity_at, form.as_of_at)
    return tuple(
        RowFault(
            row=line.row,
            column=form.header[place],
            cause=cell,
            text=line.cells[place],
            line=line.text,
        )
        for place, cell in zip(places, read, strict=True)
        if isinstance(cell, RowCause) and place is not None
    )


def _sku(cell: str, dialect: Dialect) -> Sku | RowCause:
    # The length first: normalising takes quadratic time over a long run of accents.
    if len(cell.strip()) > SKU_LETTERS_MAX:
        return RowCause.SKU_TOO_LONG
    try:
        sku = normal_sku(cell, dialect.sku_case)
    except UnreadableSku:
        return RowCause.SKU_UNREADABLE
    return RowCause.SKU_DAMAGED if _REPLACEMENT in sku else sku


def _units(cell: str) -> Units | RowCause:
    if _UNITS.fullmatch(cell):
        return int(cell)
    causes = (cause for pattern, cause in _BAD_UNITS if pattern.fullmatch(cell))
    return next(causes, RowCause.QUANTITY_UNREADABLE)


def _as_of(line: Line, form: Form) -> Instant | RowCause:
    source = form.dialect.as_of
    if form.as_of_at is None or not isinstance(source, AsOfColumn):
        return form.file_as_of
    try:
        stated = read_iso_8601(line.cells[form.as_of_at].strip(" "), source.zone)
    except ZoneMissing:
        return RowCause.AS_OF_WITHOUT_ZONE
    except UnreadableTime:
        return RowCause.AS_OF_UNREADABLE
    return stated if stated <= form.as_of_max else RowCause.AS_OF_IN_FUTURE


# --- the rows together -----------------------------------------------------------------------


def _settled(readings: list[_Reading]) -> Settled:
    rows: list[FeedRow] = []
    merged: list[MergedRow] = []
    faults = [fault for reading in readings for fault in reading.faults]
    for group in _by_sku(readings).values():
        agreed = _agreed(group)
        if agreed is None:
            faults += _contradictions(group)
        else:
            rows.append(agreed)
            merged += _repeats(agreed, group)
    return Settled(
        rows=tuple(rows),
        faults=tuple(sorted(faults, key=lambda fault: fault.row)),
        merged=tuple(sorted(merged, key=lambda each: each.row)),
    )


def _by_sku(readings: list[_Reading]) -> dict[Sku, list[_Reading]]:
    groups: dict[Sku, list[_Reading]] = {}
    for reading in readings:
        if reading.sku is not None:
            groups.setdefault(reading.sku, []).append(reading)
    return groups


def _agreed(group: list[_Reading]) -> FeedRow | None:
    # The other columns too: rows equal but for a bin or a lot are parts of a sum, not repeats.
    said = {(each.row.units, each.row.as_of, each.beside) if each.row else None for each in group}
    return group[0].row if len(said) == 1 else None


def _contradictions(group: list[_Reading]) -> Iterator[RowFault]:
    for reading in group:
        if reading.row is not None:
            yield RowFault(
                row=reading.line.row,
                cause=RowCause.SKU_REPEATED,
                text=reading.row.sku,
                line=reading.line.text,
            )


def _repeats(agreed: FeedRow, group: list[_Reading]) -> Iterator[MergedRow]:
    for reading in group[1:]:
        yield MergedRow(sku=agreed.sku, row=reading.line.row, into_row=agreed.row)
