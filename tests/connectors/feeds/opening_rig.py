"""Files in every form, made in code, and what was read of them."""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import openpyxl  # type: ignore[import-untyped]  # it has no types
import pytest

from connectors.feeds.opening import open_feed
from reconciliation.feed import (
    Compression,
    Dialect,
    FileFault,
    FileForm,
    JsonForm,
    JsonLayout,
    ParsedFeed,
    RowCause,
    SheetForm,
    TextForm,
)
from reconciliation.quantities import Instant


NOON = Instant(1_795_521_600.0)  # 2026-11-24T12:00:00Z


def dialect_of(form: FileForm, **fields: object) -> Dialect:
    """A dialect with the columns sku and qty."""
    given: dict[str, object] = {"sku_column": "sku", "quantity_column": "qty", **fields}
    return Dialect(form=form, **given)  # type: ignore[arg-type]  # a test's own fields


PLAIN = dialect_of(TextForm())
PACKED = dialect_of(TextForm(), compression=Compression.GZIP)
SHEET = dialect_of(SheetForm())
LINES = dialect_of(JsonForm())
ARRAY = dialect_of(JsonForm(layout=JsonLayout.ARRAY))


def read(content: bytes | str, dialect: Dialect) -> ParsedFeed:
    """Read a file that arrived at noon."""
    data = content.encode() if isinstance(content, str) else content
    return open_feed(data, dialect, file_name="stock", arrived_at=NOON)


def fault_of(content: bytes | str, dialect: Dialect) -> FileFault:
    """Why a whole file is refused."""
    with pytest.raises(FileFault) as caught:
        read(content, dialect)
    return caught.value


def units(parsed: ParsedFeed) -> dict[str, int]:
    """The accepted quantities."""
    return {row.sku: row.units for row in parsed.rows}


def causes(parsed: ParsedFeed) -> list[tuple[int, str, RowCause]]:
    """Where the row faults are and why."""
    return [(fault.row, fault.column, fault.cause) for fault in parsed.faults]


def packed(content: bytes, made_at: int = 0) -> bytes:
    """A file as gzip packs it at a moment."""
    return gzip.compress(content, mtime=made_at)


Book: TypeAlias = Any
"""A workbook of openpyxl, which has no types."""


def workbook(
    rows: Iterable[Sequence[object]], change: Callable[[Book], None] | None = None
) -> bytes:
    """A workbook whose first sheet, called Stock, has these rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Stock"
    for row in rows:
        sheet.append(row)
    if change is not None:
        change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


SHEET_PART = "xl/worksheets/sheet1.xml"


def with_part(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one part written anew."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            data = before.read(name)
            after.writestr(name, change(data) if name == part else data)
    return file.getvalue()
