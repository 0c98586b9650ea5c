"""The first sheet of a workbook as our seeds have it, read a second time: by ElementTree.

It knows what the seeds hold and refuses the rest: one sheet in one place, whole numbers, texts,
and cells without a style of their own. So it may refuse what our reader rightly takes.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from .oracle_cells import DIGITS, Unsaid
from .oracle_rows import Cells, Stated, Told, state


ANY = "{*}"
"""In whatever namespace: Excel itself writes two."""
SHEET = "xl/worksheets/sheet1.xml"
EXACT_MAX = 2**53


def state_sheet(content: bytes, told: Told) -> Stated:
    """What a workbook's sheet states. Raises `Unsaid` where nothing in it may be believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            shared = [_all_text(each) for each in _root(book, "xl/sharedStrings.xml")]
            rows = list(_rows(_root(book, SHEET), shared))
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError) as fault:
        raise Unsaid("no workbook") from fault
    except (ET.ParseError, ValueError, IndexError, OSError, RuntimeError) as fault:
        raise Unsaid("damaged") from fault
    return _state_rows(rows, told)


def _state_rows(rows: list[tuple[int, dict[str, str | None]]], told: Told) -> Stated:
    filled = [(row, cells) for row, cells in rows if any(cell != "" for cell in cells.values())]
    if not filled:
        raise Unsaid("empty")
    header = {(text or "").strip(): column for column, text in filled[0][1].items()}
    wanted = [column for column in told.dialect.columns if column in header]
    if len(wanted) < len(told.dialect.columns):
        raise Unsaid("no such column")
    sku_at, units_at = (header[column] for column in wanted)
    found = [
        Cells(
            row=row,
            sku=cells.get(sku_at, ""),
            units=cells.get(units_at, ""),
            beside=sorted(
                (at, cell and cell.strip())
                for at, cell in cells.items()
                if at not in {sku_at, units_at} and cell != ""
            ),
        )
        for row, cells in filled[1:]
    ]
    return state(found, told)


def _root(book: zipfile.ZipFile, part: str) -> ET.Element:
    if part == "xl/sharedStrings.xml" and part not in book.namelist():
        return ET.Element("none")
    return ET.fromstring(book.read(part))  # noqa: S314 - made from our own seeds


def _rows(sheet: ET.Element, shared: list[str]) -> Iterator[tuple[int, dict[str, str | None]]]:
    """The rows by their numbers. A cell stands where it says, whatever row it is written in."""
    rows: dict[int, dict[str, str | None]] = {}
    number = 0
    for row in sheet.iterfind(f"{ANY}sheetData/{ANY}row"):
        number, column = int(row.get("r", number + 1)), "@"
        for cell in row.iterfind(f"{ANY}c"):
            # Without a place of its own it stands behind the one before it.
            place = cell.get("r", f"{chr(ord(column[-1]) + 1)}{number}")
            column = place.rstrip(DIGITS)
            number = int(place.removeprefix(column))
            cells = rows.setdefault(number, {})
            if column in cells:
                raise Unsaid("two cells in one place")
            cells[column] = _cell(cell, shared)
    yield from sorted(rows.items())


def _cell(cell: ET.Element, shared: list[str]) -> str | None:
    """The text of a cell, None where it is neither text nor a whole number."""
    kind, value = cell.get("t", "n"), cell.findtext(f"{ANY}v", "")
    if kind == "s":
        return shared[int(value)]
    if kind == "inlineStr" or cell.find(f"{ANY}is") is not None:
        return _all_text(cell)
    if kind == "str":
        return value
    if kind != "n" or cell.get("s", "0") != "0":
        return None
    return _whole(value) if value else ""


def _whole(value: str) -> str | None:
    """A number as XML keeps it, where it is a whole one: 12, 12.0 and 1.2E1 are the same."""
    if value.strip(DIGITS + "+-.eE"):
        return None
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < EXACT_MAX else None


def _all_text(element: ET.Element) -> str:
    return "".join(text.text or "" for text in element.iterfind(f".//{ANY}t"))
