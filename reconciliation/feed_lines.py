"""A feed's bytes as lines of cells: decoded strictly, cut at line ends, under every cap.

Each line is read for itself, so a quote left open can be seen and can swallow nothing.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .feed_dialect import Dialect
from .feed_faults import FileCause, FileFault, RowCause


# C0 without the tab (which may be the delimiter), DEL, C1, and Unicode's own line ends.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line that is not blank. `row` counts from 1, as an editor does.

    `cells` is empty where `cause` says why the line cannot be cut into cells.
    """

    row: int
    text: str
    cells: tuple[str, ...] = ()
    cause: RowCause | None = None


def read_lines(content: bytes, dialect: Dialect) -> Iterator[Line]:
    """Yield the lines of a file that are not blank. Raises `FileFault`."""
    texts = _texts(_decoded(content, dialect))
    _refuse_long(texts, dialect)
    for row, text in enumerate(texts, start=1):
        if text.strip(" \t"):
            yield _line(row, text, dialect)


def _decoded(content: bytes, dialect: Dialect) -> str:
    if len(content) > dialect.bytes_max:
        raise FileFault(
            FileCause.TOO_LARGE,
            detail=f"the file has {len(content)} bytes, more than {dialect.bytes_max}",
            remedy="split the export, or raise bytes_max of the dialect",
        )
    try:
        text = content.decode(dialect.encoding)
    except UnicodeError as fault:
        raise FileFault(
            FileCause.UNDECODABLE,
            detail=f"the file is not {dialect.encoding.value} ({fault})",
            remedy="export it in that encoding, or declare its own in the dialect",
        ) from fault
    return text.removeprefix(_BYTE_ORDER_MARK)


def _texts(text: str) -> list[str]:
    # A lone CR ends lines only in a file that has no LF: elsewhere it is damage, and cutting
    # there would turn a quantity of 10 into 1.
    if "\n" not in text:
        return text.split("\r")
    return [line.removesuffix("\r") for line in text.split("\n")]


def _refuse_long(texts: list[str], dialect: Dialect) -> None:
    rows = sum(1 for text in texts if text) - 1
    if rows > dialect.rows_max:
        raise FileFault(
            FileCause.TOO_MANY_ROWS,
            detail=f"the file has {rows} rows, more than {dialect.rows_max}",
            remedy="split the export, or raise rows_max of the dialect",
        )
    longest = max(texts, key=len)
    if len(longest) > dialect.line_letters_max:
        raise FileFault(
            FileCause.LINE_TOO_LONG,
            detail=f"line {texts.index(longest) + 1} has {len(longest)} letters, "
            f"more than {dialect.line_letters_max}",
            remedy="end each row with a line end, or raise line_letters_max of the dialect",
        )


def _line(row: int, text: str, dialect: Dialect) -> Line:
    if _CONTROL.search(text) or ("\t" in text and dialect.delimiter != "\t"):
        return Line(row=row, text=text, cause=RowCause.CONTROL_CHARACTER)
    if dialect.quote not in text:
        return Line(row=row, text=text, cells=tuple(text.split(dialect.delimiter)))
    return _quoted_line(row, text, dialect)


def _quoted_line(row: int, text: str, dialect: Dialect) -> Line:
    # The blank line after it is there for an open quote to run on into.
    reader = csv.reader(
        [text, ""], delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True
    )
    try:
        return Line(row=row, text=text, cells=tuple(next(reader)))
    except csv.Error as fault:
        if reader.line_num > 1:
            raise FileFault(
                FileCause.QUOTE_LEFT_OPEN,
                detail=f"the quote opened on line {row} is not closed there",
                remedy="close it, and leave line ends out of cells",
            ) from fault
    return Line(row=row, text=text, cause=RowCause.MISQUOTED)
