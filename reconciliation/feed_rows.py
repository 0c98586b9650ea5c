"""The data rows of a feed: each read for itself, then all held against each other.

Each row ends as exactly one of: accepted, faulted, or merged into an identical row before it.
Rows that name one SKU and differ are refused together, a row that cannot be read among them
included: nobody knows which of them is true. In a file of several warehouses, a row of another
one is counted and otherwise passed over: what is wrong with it is not this feed's to mend.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .feed_columns import places_of
from .feed_dialect import Dialect, WarehouseColumn
from .feed_faults import RowCause, RowFault
from .feed_lines import CellKind, Line
from .feed_quantity import QuantityRule, read_units
from .feed_time import AsOfColumn, UnreadableTime, ZoneMissing, read_iso_8601
from .quantities import Instant, Sku, Units, UnreadableSku, later, normal_sku


SKU_LETTERS_MAX = 255
"""TikTok takes 50; a database index takes some 2,700 bytes."""

_REPLACEMENT = "\ufffd"
_WRITTEN = frozenset({CellKind.TEXT, CellKind.NUMBER})
"""What somebody wrote as it stands there."""


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
class Elsewhere:
    """Rows of another warehouse in the same file: its code as written, and how many they are.

    `known` tells whether the dialect has named the code as another's.
    """

    code: str
    rows: int
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The data rows of a file, each in exactly one place, in the order of the file."""

    rows: tuple[FeedRow, ...]
    faults: tuple[RowFault, ...]
    merged: tuple[MergedRow, ...]
    elsewhere: tuple[Elsewhere, ...] = ()
    number_skus: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The dialect as one file bears it out: where its columns are, and the file's own moment."""

    dialect: Dialect
    header: tuple[str, ...]
    sku_at: int
    quantity_at: int
    as_of_at: int | None
    warehouse_at: int | None
    file_as_of: Instant
    as_of_max: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A line as read for itself: a row, faults, or the code of the warehouse whose it is.

    `beside` is what its other columns say.
    """

    line: Line
    elsewhere: str = ""
    sku: Sku | None = None
    row: FeedRow | None = None
    beside: tuple[str, ...] = ()
    faults: tuple[RowFault, ...] = ()


def form_of(
    header: tuple[str, ...], dialect: Dialect, *, file_as_of: Instant, arrived_at: Instant
) -> Form:
    """Return where the columns are. Raises `FileFault` for a header without them."""
    # In the order of `Dialect.columns`.
    sku_at, quantity_at, *beside = places_of(dialect.columns, header, remedy=dialect.remedy)
    dated = isinstance(dialect.as_of, AsOfColumn)
    return Form(
        dialect=dialect,
        header=header,
        sku_at=sku_at,
        quantity_at=quantity_at,
        as_of_at=beside[0] if dated else None,
        warehouse_at=beside[-1] if dialect.warehouse is not None else None,
        file_as_of=file_as_of,
        as_of_max=later(arrived_at, dialect.clock_tolerance_s),
    )


def read_rows(lines: Iterable[Line], form: Form) -> Settled:
    """Return what the lines below the header say. Raises `FileFault` as the lines do."""
    return _settled([_read(line, form) for line in lines], form)


def reads_as_row(line: Line, form: Form) -> bool:
    """Tell whether a line that should be a heading could be a row, of whatever warehouse."""
    if line.cause or _misshapen(line, form):
        return False
    return not any(isinstance(read, RowCause) for read in (_sku(line, form), _units(line, form)))


# --- a row for itself ------------------------------------------------------------------------


def _read(line: Line, form: Form) -> _Reading:
    if cause := line.cause or _misshapen(line, form):
        return _Reading(line=line, faults=(RowFault(row=line.row, cause=cause, line=line.text),))
    whose = _warehouse(line, form)
    if isinstance(whose, str) and not isinstance(whose, RowCause):
        return _Reading(line=line, elsewhere=whose)
    sku, units, as_of = _sku(line, form), _units(line, form), _as_of(line, form)
    known = None if isinstance(sku, RowCause) else sku
    if (
        isinstance(sku, RowCause)
        or isinstance(units, RowCause)
        or isinstance(as_of, RowCause)
        or whose is not None
    ):
        faults = _faults(line, form, (sku, units, as_of, whose))
        return _Reading(line=line, sku=known, faults=faults)
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
    places = (form.sku_at, form.quantity_at, form.as_of_at, form.warehouse_at)
    return tuple(
        RowFault(
            row=line.row,
            column=form.header[place] or f"column {place + 1}",
            cause=cell,
            text=line.cells[place],
            line=line.text,
            sku="" if isinstance(read[0], RowCause) else str(read[0]),
        )
        for place, cell in zip(places, read, strict=True)
        if isinstance(cell, RowCause) and place is not None
    )


def _warehouse(line: Line, form: Form) -> str | RowCause | None:
    """Return the code of the other warehouse whose row it is, None where it is the feed's own."""
    declared = form.dialect.warehouse
    if declared is None or form.warehouse_at is None:
        return None
    code = line.cells[form.warehouse_at].strip(" ")
    if line.kind(form.warehouse_at) not in _WRITTEN or _REPLACEMENT in code:
        return RowCause.WAREHOUSE_UNREADABLE
    if not code:
        return RowCause.WAREHOUSE_BLANK
    return None if code in declared.codes else code


def _sku(line: Line, form: Form) -> Sku | RowCause:
    cell = line.cells[form.sku_at]
    # The length first: normalising takes quadratic time over a long run of accents.
    if len(cell.strip()) > SKU_LETTERS_MAX:
        return RowCause.SKU_TOO_LONG
    # A spreadsheet may take a SKU for a day (MAR-1): what the cell shows was never written.
    kind = line.kind(form.sku_at)
    if kind not in _WRITTEN:
        return RowCause.SKU_UNREADABLE
    if kind is CellKind.NUMBER:
        cell = cell.zfill(form.dialect.sku_digits)
    try:
        sku = normal_sku(cell, form.dialect.sku_case)
    except UnreadableSku:
        return RowCause.SKU_UNREADABLE
    return RowCause.SKU_DAMAGED if _REPLACEMENT in sku else sku


def _units(line: Line, form: Form) -> Units | RowCause:
    cell = line.cells[form.quantity_at]
    if line.kind(form.quantity_at) in _WRITTEN:
        return read_units(cell, form.dialect.quantity)
    # A fraction is a number already: no mark that was declared for text makes it whole.
    units = read_units(cell, QuantityRule())
    return units if isinstance(units, RowCause) else RowCause.QUANTITY_UNREADABLE


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


def _settled(readings: list[_Reading], form: Form) -> Settled:
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
        elsewhere=tuple(_elsewhere(readings, form.dialect.warehouse)),
        number_skus=sum(_is_number(reading, form) for reading in readings),
    )


def _is_number(reading: _Reading, form: Form) -> bool:
    return reading.sku is not None and reading.line.kind(form.sku_at) is CellKind.NUMBER


def _elsewhere(readings: list[_Reading], declared: WarehouseColumn | None) -> Iterator[Elsewhere]:
    counts = Counter(reading.elsewhere for reading in readings if reading.elsewhere)
    for code, rows in sorted(counts.items()):
        known = declared is not None and code in declared.others
        yield Elsewhere(code=code, rows=rows, known=known)


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
                sku=reading.row.sku,
            )


def _repeats(agreed: FeedRow, group: list[_Reading]) -> Iterator[MergedRow]:
    for reading in group[1:]:
        yield MergedRow(sku=agreed.sku, row=reading.line.row, into_row=agreed.row)
