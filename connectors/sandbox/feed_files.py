"""The partner's CSV files, with the rows that real ones get wrong.

Columns: sku, quantity, as_of. `as_of` is ISO 8601 in UTC, to the millisecond, the same in all
rows of a file.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path


HEADER = "sku,quantity,as_of"


class BadRow(StrEnum):
    """A row that a careful reader refuses; the value says what is wrong with it."""

    FRACTION = "fraction"
    NEGATIVE = "negative"
    FULL_WIDTH = "full_width"
    UNDERSCORE = "underscore"
    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    MISSING_COLUMN = "missing_column"
    EXTRA_COLUMN = "extra_column"
    BLANK_SKU = "blank_sku"
    DUPLICATE_SKU = "duplicate_sku"


def whole_millisecond(moment: float) -> float:
    """Return `moment` cut to the millisecond, so that a file can state it exactly."""
    return int(moment * 1000) / 1000


def as_of_text(moment: float) -> str:
    """Return a moment as the files write it: 2026-03-01T10:00:00.123Z."""
    stamp = datetime.fromtimestamp(moment, UTC)
    return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def bad_lines(kind: BadRow, sku: str, as_of: str) -> tuple[str, ...]:
    """Return the line, or for a duplicate the two lines, of one bad row."""
    written = {
        BadRow.FRACTION: f"{sku},12.5,{as_of}",
        BadRow.NEGATIVE: f"{sku},-3,{as_of}",
        BadRow.FULL_WIDTH: f"{sku},\uff11\uff12,{as_of}",
        BadRow.UNDERSCORE: f"{sku},1_000,{as_of}",
        BadRow.EMPTY: f"{sku},,{as_of}",
        BadRow.NOT_A_NUMBER: f"{sku},NaN,{as_of}",
        BadRow.MISSING_COLUMN: f"{sku},7",
        BadRow.EXTRA_COLUMN: f"{sku},7,{as_of},shelf 4",
        BadRow.BLANK_SKU: f" ,7,{as_of}",
        BadRow.DUPLICATE_SKU: f"{sku},7,{as_of}\n{sku},9,{as_of}",
    }
    return tuple(written[kind].split("\n"))


def feed_bytes(
    quantities: Mapping[str, int], as_of: float, bad: Iterable[tuple[BadRow, str]] = ()
) -> bytes:
    """Return a file: the good rows, then the bad ones, each of its kind and SKU."""
    stamp = as_of_text(as_of)
    good = [f"{sku},{units},{stamp}" for sku, units in quantities.items()]
    broken = [line for kind, sku in bad for line in bad_lines(kind, sku, stamp)]
    return "\r\n".join([HEADER, *good, *broken, ""]).encode()


def drop_file(folder: Path, name: str, content: bytes) -> Path:
    """Put a file where it is picked up: written under a hidden name, then renamed."""
    hidden = folder / f".{name}.part"
    hidden.write_bytes(content)
    return hidden.replace(folder / name)
