"""A sheet of a workbook as lines of cells: what its cells hold, never what they are shown as.

A spreadsheet keeps numbers as fractions, so 12.0 is 12; 12.5 is no count of units, and a number
past 2^53 is not the one that was typed. A formula counts by the value it last had.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import TypeAlias, TypeVar

from python_calamine import CalamineError, CalamineWorkbook

from reconciliation.feed import (
    CellKind,
    Dialect,
    FileCause,
    FileFault,
    Line,
    SheetForm,
    refuse_rows,
)

from .workbook import Extent, Sheet, measured, parts_of, sheets_of, stored, unreadable


EXACT_MAX = 2.0**53
"""From here on a spreadsheet no longer tells whole numbers apart."""

ERROR_SHOWN = "#ERROR"
"""What stands for a cell's error: the reader does not tell which."""

_Cell: TypeAlias = tuple[str, CellKind]
_Read = TypeVar("_Read")


def sheet_lines(content: bytes, dialect: Dialect, form: SheetForm) -> Iterator[Line]:
    """Yield the rows of a workbook's sheet that are not blank. Raises `FileFault`."""
    parts = parts_of(content)
    sheet = _chosen(sheets_of(parts), form)
    extent = measured(parts, sheet)
    refuse_rows(extent.rows - dialect.skip_lines - dialect.header_lines, dialect)
    for row, values in enumerate(_values(parts, sheet), start=1):
        line = _line(row, values, extent)
        if any(cell.strip() for cell in line.cells):
            yield line


def _chosen(sheets: Sequence[Sheet], form: SheetForm) -> Sheet:
    named = [each for each in sheets if each.name == form.sheet or not form.sheet]
    shown = [each for each in named if not each.hidden]
    if len({each.name for each in sheets}) < len(sheets):
        raise unreadable("two of its sheets have one name")
    if shown:
        return shown[0]
    raise FileFault(
        FileCause.SHEET_HIDDEN if named else FileCause.SHEET_MISSING,
        detail=f"the workbook shows no sheet {form.sheet!r}; "
        f"it has {', '.join(repr(each.name) for each in sheets[:10])}",
        remedy="send the sheet under its name, not hidden, or declare another in the dialect",
    )


def _values(parts: dict[str, bytes], sheet: Sheet) -> list[list[object]]:
    def opened() -> list[list[object]]:
        with CalamineWorkbook.from_filelike(stored(parts)) as workbook:
            rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            return [list(row) for row in rows]

    return guarded(opened)


def guarded(opened: Callable[[], _Read]) -> _Read:
    """Return what the reader returns. Raises `FileFault` however the reader fails."""
    try:
        return opened()
    except (CalamineError, ValueError, OverflowError) as fault:
        raise unreadable(str(fault)) from fault
    except BaseException as fault:
        # How the reader fails at what it did not foresee: a class that cannot be imported.
        if type(fault).__name__ != "PanicException":
            raise
        raise unreadable("the reader gave up") from fault


def _line(row: int, values: Sequence[object], extent: Extent) -> Line:
    cells = [_at((row, column), value, extent) for column, value in enumerate(values, start=1)]
    texts = tuple(text for text, _ in cells)
    kinds = tuple(kind for _, kind in cells)
    return Line(row=row, text="\t".join(texts), cells=texts, kinds=kinds)


def _at(place: tuple[int, int], value: object, extent: Extent) -> _Cell:
    if place in extent.errors:
        return ERROR_SHOWN, CellKind.OTHER
    text, kind = _cell(value)
    # A number all the same: shown as a day that the reader does not know.
    return text, CellKind.OTHER if kind is CellKind.NUMBER and place in extent.moments else kind


def _cell(value: object) -> _Cell:
    if isinstance(value, str):
        return value, CellKind.TEXT
    if isinstance(value, bool):
        return str(value).lower(), CellKind.OTHER
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(), CellKind.MOMENT
    if isinstance(value, date):
        # The reader drops the time where it is midnight.
        return f"{value.isoformat()}T00:00:00", CellKind.MOMENT
    return str(value), CellKind.OTHER


def _number(value: float) -> _Cell:
    if not float(value).is_integer():
        return repr(value), CellKind.OTHER
    return f"{value:.0f}", CellKind.NUMBER if abs(value) < EXACT_MAX else CellKind.OTHER
