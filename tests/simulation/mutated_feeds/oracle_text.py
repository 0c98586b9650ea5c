"""Files of text, read a second time from the specification: one letter after another."""

from typing import Any

from .oracle_cells import Unsaid
from .oracle_rows import Cells, Stated, Told, sku_in, state, units_in


Lines = list[tuple[int, list[str] | None]]
"""The lines that are not blank: the number, and the cells, None where it has none to be read."""


def text_of(content: bytes, encoding: str) -> str:
    """The letters of a file, less its byte order mark. Raises `Unsaid`."""
    if encoding == "utf-16" and content and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise Unsaid("nobody knows which byte comes first")
    try:
        # "utf-8-sig" takes one mark away, and "utf-8" none.
        text = str(content, "utf-8" if encoding == "utf-8-sig" else encoding, "strict")
    except UnicodeError as fault:
        raise Unsaid("another encoding") from fault
    # A mark written twice, as when a program put its own before another's, is no letter either.
    marks_max = 2 if encoding == "utf-8-sig" else 1
    for _ in range(marks_max):
        text = text[1:] if text[:1] == "\ufeff" else text
    return text


def state_text(content: bytes, told: Told) -> Stated:
    """What a file of text states. Raises `Unsaid` where nothing in it may be believed."""
    dialect = told.dialect
    if len(content) > dialect.bytes_max:
        raise Unsaid("too large")
    texts = _cut_at_line_ends(text_of(content, dialect.form.encoding.value))
    if any(len(text) > dialect.form.line_letters_max for text in texts):
        raise Unsaid("a line too long")
    # A cap, and no truth: whatever is not empty counts, a line of spaces too.
    filled = sum(1 for text in texts if text)
    if filled - dialect.skip_lines - dialect.header_lines > dialect.rows_max:
        raise Unsaid("too many rows")
    lines: Lines = []
    for row, text in enumerate(texts, start=1):
        if text.strip(" \t"):
            lines.append((row, _cells(text, dialect.form, in_preamble=row <= dialect.skip_lines)))
    above, header, below = _parted(lines, dialect)
    return _state_below(above, header, below, told)


def _state_below(above: Lines, header: Lines, below: Lines, told: Told) -> Stated:
    dialect = told.dialect
    names = _names(header, below, dialect)
    places = [_place(column, names) for column in dialect.columns]
    if len(set(places)) < len(places):
        raise Unsaid("one column for two things")
    proven = any(not isinstance(column, int) for column in dialect.columns)
    for _, cells in header[1:] if proven else (*above, *header):
        if cells is not None and len(cells) == len(names) and _could_be_a_row(cells, places, told):
            raise Unsaid("a row where the heading should be")
    shaped = [(row, cells) for row, cells in below if cells is not None]
    rows = [_row(row, cells, places, told) for row, cells in shaped if len(cells) == len(names)]
    return state(rows, told)


def _parted(lines: Lines, dialect: Any) -> tuple[Lines, Lines, Lines]:  # noqa: ANN401 - as declared
    above = [line for line in lines if line[0] <= dialect.skip_lines]
    rest = lines[len(above) :]
    if not rest:
        raise Unsaid("empty")
    return above, rest[: dialect.header_lines], rest[dialect.header_lines :]


def _names(header: Lines, below: Lines, dialect: Any) -> list[str]:  # noqa: ANN401 - as declared
    """The names of the columns, blank where there is no header. Raises `Unsaid`."""
    if not dialect.header_lines:
        return next(([""] * len(cells) for _, cells in below if cells is not None), [])
    cells = header[0][1]
    if cells is None:
        raise Unsaid("no header can be read")
    names = [cell.strip() for cell in cells]
    for name in names:
        if name and names.count(name) > 1 and any(not isinstance(c, int) for c in dialect.columns):
            raise Unsaid("a column twice")
    return names


def _place(column: object, names: list[str]) -> int:
    if isinstance(column, int):
        if column > len(names):
            raise Unsaid("no such column")
        return column - 1
    wanted = [column] if isinstance(column, str) else list(column)  # type: ignore[call-overload]  # a tuple of names
    found = [at for at, name in enumerate(names) if name in wanted]
    if len(found) != 1:
        raise Unsaid("no such column, or two")
    return found[0]


def _could_be_a_row(cells: list[str], places: list[int], told: Told) -> bool:
    row = _row(0, cells, places, told)
    try:
        sku_in(row, told)
        units_in(row, told)
    except Unsaid:
        return False
    return True


def _row(row: int, cells: list[str], places: list[int], told: Told) -> Cells:
    dated = hasattr(told.dialect.as_of, "name")
    read = {places[0], places[1], places[2] if dated else places[0]}
    return Cells(
        row=row,
        sku=cells[places[0]],
        units=cells[places[1]],
        as_of=cells[places[2]] if dated else None,
        code=cells[places[-1]] if told.dialect.warehouse is not None else None,
        beside=[cell.strip() for at, cell in enumerate(cells) if at not in read],
    )


# --- letters ---------------------------------------------------------------------------------


def _cut_at_line_ends(text: str) -> list[str]:
    """The lines: they end with LF or CRLF, or with CR in a file that has no LF at all."""
    end = "\n" if "\n" in text else "\r"
    lines = [""]
    for letter in text:
        if letter == end:
            lines.append("")
        else:
            lines[-1] += letter
    return [line[:-1] if end == "\n" and line[-1:] == "\r" else line for line in lines]


def _cells(text: str, form: Any, *, in_preamble: bool) -> list[str] | None:  # noqa: ANN401 - as declared
    """The cells of a line, None where it has none to be read. Raises `Unsaid`."""
    for letter in text:
        code = ord(letter)
        control = code < 32 or 127 <= code < 160 or code in (0x2028, 0x2029)
        if control and not (letter == "\t" == form.delimiter):
            return None
    cells, at = [], 0
    while at <= len(text):
        if text[at : at + 1] == form.quote:
            cell, at = _quoted(text, at + 1, form.quote)
            if at > len(text):
                if in_preamble:
                    return None
                raise Unsaid("a quote left open")
            if at < len(text) and text[at] != form.delimiter:
                return None
        else:
            end = text.find(form.delimiter, at)
            end = len(text) if end < 0 else end
            cell, at = text[at:end], end
        cells.append(cell)
        at += 1
    return cells


def _quoted(text: str, at: int, quote: str) -> tuple[str, int]:
    """A cell in quotes, and where it ends: beyond the text where the quote is left open."""
    cell = ""
    while at < len(text):
        if text[at] != quote:
            cell += text[at]
        elif text[at + 1 : at + 2] == quote:
            cell += quote
            at += 1
        else:
            return cell, at + 1
        at += 1
    return cell, at + 1
