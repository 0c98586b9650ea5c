"""The forms that a partner's file may have: text, a spreadsheet, or JSON; packed or not."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


LINE_LETTERS_MAX = 65_536
"""Far above any stock row; half of what the csv module takes as one field."""
CSV_FIELD_LETTERS_MAX = 131_072
"""Where the csv module itself gives up."""


class Encoding(StrEnum):
    """How letters become bytes. A closed list: Python knows codecs that are no encodings."""

    UTF_8 = "utf-8-sig"
    """With or without a byte order mark."""
    UTF_16 = "utf-16"
    """With a byte order mark: without one nobody knows which byte comes first."""
    WINDOWS_1252 = "cp1252"
    LATIN_1 = "iso-8859-1"
    LATIN_9 = "iso-8859-15"
    SHIFT_JIS = "cp932"
    CHINESE = "gb18030"


class Compression(StrEnum):
    """What a file was packed with."""

    NONE = "none"
    GZIP = "gzip"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextForm:
    """Lines of cells: CSV, or what differs from it by its signs.

    A cell never spans lines: an open quote could otherwise swallow rows without a trace.
    """

    delimiter: str = ","
    quote: str = '"'
    encoding: Encoding = Encoding.UTF_8
    line_letters_max: int = LINE_LETTERS_MAX

    def __post_init__(self) -> None:
        """Refuse contradictions, all at once."""
        faults = [*_sign_faults(self), *_length_faults(self)]
        if faults:
            raise ValueError("; ".join(faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetForm:
    """A sheet of an XLSX workbook: the one of that name, or the first that is not hidden."""

    sheet: str = ""


class JsonLayout(StrEnum):
    """Where a JSON file keeps its rows."""

    LINES = "lines"
    """One object on each line (NDJSON)."""
    ARRAY = "array"
    """Objects in one array."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonForm:
    """JSON objects, whose keys are the names of columns.

    `rows_at` is the way to an array that is not the whole file: keys, parted by dots.
    """

    layout: JsonLayout = JsonLayout.LINES
    rows_at: str = ""
    encoding: Encoding = Encoding.UTF_8

    def __post_init__(self) -> None:
        """Refuse a way that leads nowhere."""
        if self.rows_at and self.layout is JsonLayout.LINES:
            raise ValueError("rows_at leads to an array: lines of JSON have none")
        if self.rows_at and not all(self.rows_at.split(".")):
            raise ValueError("rows_at needs keys parted by single dots, such as data.items")


FileForm: TypeAlias = TextForm | SheetForm | JsonForm


def _sign_faults(form: TextForm) -> list[str]:
    faults = []
    for name, letter in (("delimiter", form.delimiter), ("quote", form.quote)):
        if len(letter) != 1 or letter in "\r\n\0 " or letter.isalnum():
            faults.append(f"the {name} must be one sign, not {letter!r}")
    if form.delimiter == form.quote:
        faults.append("the delimiter and the quote must differ")
    return faults


def _length_faults(form: TextForm) -> list[str]:
    if 1 <= form.line_letters_max <= CSV_FIELD_LETTERS_MAX:
        return []
    return [f"line_letters_max must be from 1 to {CSV_FIELD_LETTERS_MAX}"]
