"""The parts of an XLSX workbook, measured before a library opens it.

A workbook is a zip of XML. One that lies about its sizes, or that has a single cell in the last
row and column, makes a reader fill the memory. So each part is unpacked here, up to a cap, and
handed on in a zip that holds nothing packed: what was measured is what is read. The reader also
shows an error (#N/A) as an empty cell; where errors stand is learned here.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from reconciliation.feed import FileCause, FileFault

from .number_formats import shows_moments


PARTS_MAX = 1_000
"""Fifty sheets, each with drawings and comments, have 300."""
UNPACKED_BYTES_MAX = 256 * 1024 * 1024
"""A million cells take some 50 MB as XML."""
CELLS_MAX = 5_000_000
"""Rows times columns of a sheet: a hundred thousand rows of 50 columns."""

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
# The last two are a wrong offset, and a password.
_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)
_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_STYLES = "xl/styles.xml"
_INDEX = re.compile(r"[0-9]{1,6}")
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")

Attributes = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A worksheet as the workbook lists it: its name, its part, and whether it is hidden."""

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Styles:
    """How many styles cells may have, and those by which a number is shown as a day or a time."""

    count: int = 0
    of_moments: frozenset[str] = frozenset()


@dataclass(slots=True)
class Extent:
    """How far the cells of a part reach; where errors and moments stand: (row, column), from 1.

    `fault` tells of a sheet's first cell of another one,
    in which the reader would take a day for the number that days are kept as; or of one that
    does not stand behind the cell before it: of two in one place the reader takes the last.
    """

    styles: Styles
    rows: int = 0
    columns: int = 0
    errors: set[tuple[int, int]] = field(default_factory=set)
    moments: set[tuple[int, int]] = field(default_factory=set)
    fault: str = ""
    _row: int = 0
    _column: int = 0
    _last: tuple[int, int] = (0, 0)

    def see(self, name: str, attributes: Attributes) -> None:
        """Take note of an element that begins."""
        if name == "row":
            self._row = int(attributes["r"]) if "r" in attributes else self._row + 1
            self._column = 0
        elif name == "c":
            self._row, self._column = self._place(attributes.get("r"))
            if (self._row, self._column) <= self._last:
                self.fault = (
                    self.fault or f"row {self._row} has cells in one place or out of order"
                )
            self._last = (self._row, self._column)
            self.rows = max(self.rows, self._row)
            self.columns = max(self.columns, self._column)
            if attributes.get("t") == "e":
                self.errors.add((self._row, self._column))
            self._see_style(attributes.get("s", "0"))

    def _see_style(self, style: str) -> None:
        # The first is there even in a workbook that lists none.
        if style != "0" and not (_INDEX.fullmatch(style) and int(style) < self.styles.count):
            self.fault = self.fault or f"a cell has style {style[:20]!r}, of {self.styles.count}"
        if style in self.styles.of_moments:
            self.moments.add((self._row, self._column))

    def _place(self, reference: str | None) -> tuple[int, int]:
        if reference is None:
            return self._row, self._column + 1
        matched = _REFERENCE.fullmatch(reference)
        if matched is None:
            raise unreadable(f"a cell is at {reference[:20]!r}")
        column = 0
        for letter in matched[1]:
            column = 26 * column + ord(letter) - ord("A") + 1
        return int(matched[2]), column


def parts_of(content: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook, unpacked. Raises `FileFault`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            listed = packed.infolist()
            _refuse_hostile(listed)
            return {each.filename: packed.read(each) for each in listed}
    except FileFault:
        raise
    except (*_ZIP_FAULTS, ValueError) as fault:
        raise unreadable(str(fault)) from fault


def _refuse_hostile(listed: list[zipfile.ZipInfo]) -> None:
    if len({each.filename for each in listed}) < len(listed) or len(listed) > PARTS_MAX:
        raise unreadable("its parts are too many, or two have one name")
    if any(each.compress_type not in _PACKINGS for each in listed):
        raise unreadable("a part is packed in an unusual way")
    inside = sum(each.file_size for each in listed)
    if inside > UNPACKED_BYTES_MAX:
        raise FileFault(
            FileCause.TOO_LARGE,
            detail=f"unpacked, the workbook has {inside} bytes, more than {UNPACKED_BYTES_MAX}",
            remedy="send the sheet alone, or as CSV",
        )


def stored(parts: Mapping[str, bytes]) -> io.BytesIO:
    """Return a workbook of these parts, in which nothing is packed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    file.seek(0)
    return file


def sheets_of(parts: Mapping[str, bytes]) -> tuple[Sheet, ...]:
    """Return the worksheets of a workbook, in its order. Raises `FileFault`."""
    if _WORKBOOK not in parts or _RELATIONS not in parts:
        raise unreadable("it is no XLSX workbook")
    listed: list[Attributes] = []
    targets: dict[str, str] = {}

    def see_sheet(name: str, attributes: Attributes) -> None:
        if name == "sheet":
            listed.append(attributes)

    def see_target(name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            targets[attributes.get("Id", "")] = _part(attributes.get("Target", ""))

    _each_element(parts[_WORKBOOK], see_sheet)
    _each_element(parts[_RELATIONS], see_target)
    named = [(each, _relation(each)) for each in listed]
    return tuple(
        Sheet(
            name=each.get("name", ""),
            part=targets[relation],
            hidden=each.get("state", "visible") != "visible",
        )
        for each, relation in named
        if relation in targets
    )


def _relation(sheet: Attributes) -> str:
    # Its prefix is the file's to choose.
    return next((value for name, value in sheet.items() if name.endswith(":id")), "")


def _part(target: str) -> str:
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def measured(parts: Mapping[str, bytes], sheet: Sheet) -> Extent:
    """Return how far a sheet reaches. Raises `FileFault` where any part reaches too far."""
    # All of them: which part the reader takes for the sheet is the reader's choice.
    styles = _styles(parts.get(_STYLES))
    extents = {
        name: _extent(part, styles) for name, part in parts.items() if name.endswith(".xml")
    }
    if sheet.part not in extents:
        raise unreadable(f"the sheet {sheet.name!r} is not in it")
    # Of this part alone: others have elements of the same names, which mean other things.
    if fault := extents[sheet.part].fault:
        raise unreadable(fault)
    cells = max(extent.rows * extent.columns for extent in extents.values())
    if cells > CELLS_MAX:
        raise FileFault(
            FileCause.TOO_MANY_CELLS,
            detail=f"a sheet spans {cells} cells, more than {CELLS_MAX}",
            remedy="delete the rows and columns beyond the table, or send it as CSV",
        )
    return extents[sheet.part]


def _extent(part: bytes, styles: Styles) -> Extent:
    extent = Extent(styles=styles)
    _each_element(part, extent.see)
    return extent


def _styles(part: bytes | None) -> Styles:
    """Return which styles cells may have. Raises `FileFault`."""
    groups: list[str] = []
    formats: list[str] = []
    codes: dict[str, str] = {}

    def see(name: str, attributes: Attributes) -> None:
        if name in {"cellStyleXfs", "cellXfs"}:
            groups.append(name)
        elif name == "xf" and groups[-1:] == ["cellXfs"]:
            formats.append(attributes.get("numFmtId", "0"))
        elif name == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")

    if part is not None:
        _each_element(part, see)
    of_moments = (
        str(style)
        for style, number in enumerate(formats)
        if shows_moments(number, codes.get(number))
    )
    return Styles(count=len(formats), of_moments=frozenset(of_moments))


def _each_element(part: bytes, see: Callable[[str, Attributes], None]) -> None:
    parser = expat.ParserCreate()

    def begin(name: str, attributes: Attributes) -> None:
        see(name.rpartition(":")[2], attributes)

    def refuse(*_: object) -> None:
        raise unreadable("its XML declares a document type")

    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(part, True)  # noqa: FBT003 - it takes no keywords
    except FileFault:
        raise
    except (expat.ExpatError, ValueError) as fault:
        raise unreadable(str(fault)) from fault


def unreadable(why: str) -> FileFault:
    """Return the fault of a workbook that cannot be opened."""
    return FileFault(
        FileCause.WORKBOOK_UNREADABLE,
        detail=f"the file cannot be read as a workbook ({why})",
        remedy="save it as XLSX, without a password, or declare its own form in the dialect",
    )
