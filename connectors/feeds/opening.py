"""Opens a partner's file, whatever form it has, and has its rows read by one set of strict rules.

Text, sheets and JSON differ in how cells are found; what a cell may say is told in one place
(`reconciliation.feed`).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from reconciliation.feed import (
    Compression,
    Dialect,
    JsonForm,
    Line,
    ParsedFeed,
    SheetForm,
    parse_lines,
    refuse_large,
)
from reconciliation.quantities import Instant

from .json_rows import json_lines
from .reading import read_feed
from .spreadsheet import sheet_lines
from .unpacking import unpacked


def open_feed(
    content: bytes, dialect: Dialect, *, file_name: str, arrived_at: Instant
) -> ParsedFeed:
    """Return what a file says, as `parse` does for text. Raises `FileFault`.

    Its `content_sha256` is of what is in the file: for a sheet, of the cells.
    """
    refuse_large(content, dialect)
    inside = unpacked(content, dialect)
    refuse_large(inside, dialect)
    packed = dialect.compression is not Compression.NONE
    plain = replace(dialect, compression=Compression.NONE)
    sha256 = hashlib.sha256(content).hexdigest()
    if isinstance(dialect.form, SheetForm):
        lines = tuple(sheet_lines(inside, plain, dialect.form))
        inside_sha256 = _hash_of(lines)
    elif isinstance(dialect.form, JsonForm):
        lines = tuple(json_lines(inside, plain, dialect.form))
        inside_sha256 = hashlib.sha256(inside).hexdigest() if packed else ""
    else:
        parsed = read_feed(inside, plain, file_name=file_name, arrived_at=arrived_at)
        return replace(parsed, sha256=sha256, unpacked_sha256=parsed.sha256) if packed else parsed
    parsed = parse_lines(lines, plain, file_name=file_name, arrived_at=arrived_at, sha256=sha256)
    return replace(parsed, unpacked_sha256=inside_sha256)


def _hash_of(lines: Iterable[Line]) -> str:
    """Return the hash of a sheet's cells: saved anew, a workbook has other bytes."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(repr((line.row, line.cells, line.kinds)).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()
