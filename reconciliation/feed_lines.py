"""A feed's bytes as lines of cells: decoded strictly, cut at line ends, under every cap.

Each line is read for itself, so a quote left open can be seen and can swallow nothing.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .feed_dialect import Dialect
from .feed_faults import FileCause, FileFault, RowCause
from .feed_forms import Encoding, TextForm


# C0 without the tab (which may be the delimiter), DEL, C1, and Unicode's own line ends.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")

_BYTE_ORDER_MARK = "\ufeff"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class CellKind(StrEnum):
    """What a cell is, where the form of the file tells more than its text."""

    TEXT = "text"
    NUMBER = "number"
    """A whole number, where the form of the file tells it from text."""
    MOMENT = "moment"
    """A day or a time."""
    OTHER = "other"
    """What is no text: a fraction, true or false, an error, or more cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line that is not blank. `row` counts from 1, as an editor does.

    `cells` is empty where `cause` says why the line cannot be cut into cells. `kinds` is empty
    where all of them are text.
    """

    row: int
    text: str
    cells: tuple[str, ...] = ()
    cause: RowCause | None = None
    kinds: tuple[CellKind, ...] = ()

    def kind(self, place: int) -> CellKind:
        """Return what the cell at a place is."""
        return self.kinds[place] if self.kinds else CellKind.TEXT


def read_lines(content: bytes, dialect: Dialect, form: TextForm) -> Iterator[Line]:
    """Yield the lines of a file that are not blank. Raises `FileFault`."""
    refuse_large(content, dialect)
    texts = _texts(decoded(content, form.encoding))
    refuse_rows(sum(1 for text in texts if text) - _heading_lines(dialect), dialect)
    _refuse_long(texts, form)
    for row, text in enumerate(texts, start=1):
        if text.strip(" \t"):
            yield _line(row, text, form, in_preamble=row <= dialect.skip_lines)


def refuse_large(content: bytes, dialect: Dialect) -> None:
    """Refuse a file of more bytes than one may have. Raises `FileFault`."""
    if len(content) > dialect.bytes_max:
        raise FileFault(
            FileCause.TOO_LARGE,
            detail=f"the file has {len(content)} bytes, more than {dialect.bytes_max}",
            remedy="split the export, or raise bytes_max of the dialect",
        )


def refuse_rows(rows: int, dialect: Dialect) -> None:
    """Refuse a file of more rows than one may have. Raises `FileFault`."""
    if rows > dialect.rows_max:
        raise FileFault(
            FileCause.TOO_MANY_ROWS,
            detail=f"the file has {rows} rows, more than {dialect.rows_max}",
            remedy="split the export, or raise rows_max of the dialect",
        )


def decoded(content: bytes, encoding: Encoding) -> str:
    """Return the text of a file, without its byte order mark. Raises `FileFault`."""
    if encoding is Encoding.UTF_16 and content and not content.startswith(_UTF_16_MARKS):
        raise _undecodable(encoding, "it has no byte order mark")
    try:
        text = content.decode(encoding)
    except UnicodeError as fault:
        raise _undecodable(encoding, str(fault)) from fault
    return text.removeprefix(_BYTE_ORDER_MARK)


def _undecodable(encoding: Encoding, why: str) -> FileFault:
    return FileFault(
        FileCause.UNDECODABLE,
        detail=f"the file is not {encoding.value} ({why})",
        remedy="export it in that encoding, or declare its own in the dialect",
    )


def _heading_lines(dialect: Dialect) -> int:
    return dialect.skip_lines + dialect.header_lines


def _texts(text: str) -> list[str]:
    # A lone CR ends lines only in a file that has no LF: elsewhere it is damage, and cutting
    # there would turn a quantity of 10 into 1.
    if "\n" not in text:
        return text.split("\r")
    return [line.removesuffix("\r") for line in text.split("\n")]


def _refuse_long(texts: list[str], form: TextForm) -> None:
    longest = max(texts, key=len)
    if len(longest) > form.line_letters_max:
        raise FileFault(
            FileCause.LINE_TOO_LONG,
            detail=f"line {texts.index(longest) + 1} has {len(longest)} letters, "
            f"more than {form.line_letters_max}",
            remedy="end each row with a line end, or raise line_letters_max of the dialect",
        )


def _line(row: int, text: str, form: TextForm, *, in_preamble: bool) -> Line:
    if _CONTROL.search(text) or ("\t" in text and form.delimiter != "\t"):
        return Line(row=row, text=text, cause=RowCause.CONTROL_CHARACTER)
    if form.quote not in text:
        return Line(row=row, text=text, cells=tuple(text.split(form.delimiter)))
    return _quoted_line(row, text, form, in_preamble=in_preamble)


def _quoted_line(row: int, text: str, form: TextForm, *, in_preamble: bool) -> Line:
    # The blank line after it is there for an open quote to run on into.
    reader = csv.reader([text, ""], delimiter=form.delimiter, quotechar=form.quote, strict=True)
    try:
        return Line(row=row, text=text, cells=tuple(next(reader)))
    except csv.Error as fault:
        # A preamble may hold any words, apostrophes among them.
        if reader.line_num > 1 and not in_preamble:
            raise FileFault(
                FileCause.QUOTE_LEFT_OPEN,
                detail=f"the quote opened on line {row} is not closed there",
                remedy="close it, and leave line ends out of cells",
            ) from fault
    return Line(row=row, text=text, cause=RowCause.MISQUOTED)
