"""Seeds of JSON, packed files and workbooks, one for each trap."""

import gzip
import io
from collections.abc import Iterable, Sequence
from datetime import date

import openpyxl  # type: ignore[import-untyped]  # it has no types

from reconciliation.feed import (
    AsOfColumn,
    Compression,
    Dialect,
    Encoding,
    JsonForm,
    JsonLayout,
    QuantityRule,
    SheetForm,
    TextForm,
    WarehouseColumn,
)

from .seed import Seed, dialect_of, of_text


LINES = dialect_of(JsonForm())
ARRAY = dialect_of(JsonForm(layout=JsonLayout.ARRAY))
PACKED = dialect_of(compression=Compression.GZIP)
SHEET = dialect_of(SheetForm())
STOCK = b"sku,qty\nTEE-1,5\nMUG,0\nCAP,12\n"


def of_lines(name: str, lines: Sequence[str], dialect: Dialect = LINES) -> Seed:
    """A file of JSON lines."""
    return of_text(name, "\n".join(lines) + "\n", dialect)


JSON_SEEDS = (
    of_lines("lines of JSON", ['{"sku": "TEE", "qty": 5}', '{"sku":"MUG","qty":"7"}']),
    of_lines(
        "numbers of JSON",
        [
            *(
                f'{{"sku": "S{at}", "qty": {number}}}'
                for at, number in enumerate(
                    ("5.0", "1e3", "-0", "-3", "007", "NaN", "Infinity", "9" * 40, "true", "null")
                )
            ),
            '{"sku": 4006381333931, "qty": 3}',
        ],
    ),
    of_lines(
        "keys of JSON twice, missing, or null",
        [
            '{"sku": "TEE", "qty": 5, "qty": 9}',
            '{"sku": "MUG"}',
            '{"sku": null, "qty": 1}',
            '{"qty": 2, "sku": "CAP", "note": null}',
            '{"sku": "CAP", "qty": 2}',
        ],
    ),
    of_lines(
        "escapes of JSON",
        [
            '{"sku": "T\\u00dcR", "qty": "\\u0035"}',
            '{"sku": "\\ud83d\\ude00", "qty": 5}',
            '{"sku": "\\ud800", "qty": 6}',
            '{"sku": "A\\u0000", "qty": "7\\n"}',
            '{"sku": "TEE", "qty": "\\uff11"}',
        ],
    ),
    of_lines(
        "lines of JSON that are none",
        ['{"sku": "TEE", "qty": 5},', '["MUG", 7]', "", '{"sku": "CAP" "qty": 1}', '{"sku": "PEN'],
    ),
    of_lines(
        "objects in objects",
        [
            '{"sku": "TEE", "qty": 5, "more": ' + "[" * 30 + "]" * 30 + "}",
            '{"sku": "MUG", "qty": 6, "more": ' + "[" * 40 + "]" * 40 + "}",
            '{"sku": ["CAP"], "qty": {"n": 1}}',
        ],
    ),
    of_lines(
        "moments and warehouses in JSON",
        [
            '{"sku": "TEE", "qty": 5, "at": "2026-11-24T11:00:00Z", "site": "E1"}',
            '{"sku": "MUG", "qty": 6, "at": "2026-11-24T11:00:00", "site": "E1"}',
            '{"sku": "CAP", "qty": 7, "at": 1795521600, "site": "E1"}',
            '{"sku": "TEE", "qty": 8, "at": "2026-11-24T11:00:00Z", "site": "W1"}',
        ],
        dialect_of(
            JsonForm(),
            as_of=AsOfColumn(name="at"),
            warehouse=WarehouseColumn(column="site", codes=("E1",), others=("W1",)),
            sku_column=("sku", "item"),
        ),
    ),
    of_text("an array of JSON", '[{"sku": "TEE", "qty": 5}, {"sku": "MUG", "qty": "7"}]', ARRAY),
    of_text(
        "an array on its way",
        '{"data": {"items": [{"sku": "TEE", "qty": "1,000"}, 7, {"sku": "MUG", "qty": 2}]}}',
        dialect_of(
            JsonForm(layout=JsonLayout.ARRAY, rows_at="data.items"),
            quantity=QuantityRule(thousands_mark=","),
        ),
    ),
    of_text(
        "JSON in UTF-16",
        '{"sku": "T\u00dcR", "qty": 5}\n{"sku": "MUG", "qty": 7}\n',
        dialect_of(JsonForm(encoding=Encoding.UTF_16)),
        codec="utf-16",
    ),
)


def of_bytes(name: str, content: bytes, dialect: Dialect) -> Seed:
    """A file of these bytes."""
    return Seed(name=name, content=content, dialect=dialect, codec="latin-1")


def packed(content: bytes) -> bytes:
    """A file as gzip packs it."""
    return gzip.compress(content, mtime=0)


GZIP_SEEDS = (
    of_bytes("packed", packed(STOCK), PACKED),
    of_bytes("packed without being made smaller", gzip.compress(STOCK, 0, mtime=0), PACKED),
    of_bytes("packed twice in one file", packed(STOCK) + packed(b"PEN,1\n"), PACKED),
    of_bytes("packed, and zeros behind it", packed(STOCK) + bytes(9), PACKED),
    of_bytes("a packed bomb", packed(STOCK + b"\n" * 200_000), PACKED),
    of_bytes(
        "packed lines of JSON",
        packed(b'{"sku": "TEE", "qty": 5}\n'),
        dialect_of(JsonForm(), compression=Compression.GZIP),
    ),
    of_bytes(
        "packed, one byte too large inside",
        packed(STOCK),
        dialect_of(TextForm(), compression=Compression.GZIP, bytes_max=60),
    ),
)


def workbook(rows: Iterable[Sequence[object]], *, hidden: bool = False) -> bytes:
    """A workbook whose sheet Stock has these rows; a hidden one may stand before it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Stock"
    for row in rows:
        sheet.append(row)
    if hidden:
        book.create_sheet("Old").sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


HEAD = ("sku", "qty")
SHEET_SEEDS = (
    of_bytes("a workbook", workbook([HEAD, ("TEE", 5), ("MUG", 0), ("CAP", 12.0)]), SHEET),
    of_bytes(
        "numbers of a workbook",
        workbook([HEAD, ("TEE", 5.5), ("MUG", 1e16), ("CAP", "7"), (123, 8), ("PEN", -1)]),
        SHEET,
    ),
    of_bytes(
        "cells that are neither number nor text",
        workbook([HEAD, ("TEE", "=1+1"), ("MUG", True), (date(2026, 3, 1), 5), ("CAP", "#N/A")]),
        SHEET,
    ),
    of_bytes(
        "a hidden sheet and blank rows",
        workbook([(), HEAD, (), ("TEE", 5), ("TEE", 5), ("MUG", 7), ("MUG", 8)], hidden=True),
        SHEET,
    ),
)

PACKED_SEEDS = (*GZIP_SEEDS, *SHEET_SEEDS)
