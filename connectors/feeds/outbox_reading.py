"""Reads what lies in a feed's outbox: receipts, and the refused rows beside them."""

import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from .durable import disk_errors
from .file_names import safe_name
from .receipts import JSON_ENDING, Receipt, rejects_name


_RECEIPT = TypeAdapter(Receipt)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row as `<file>.rejects.csv` has it; `row` is empty for a fault of the whole file."""

    row: str
    column: str
    cause: str
    text: str
    line: str


def read_receipts(outbox: Path, *, file: str | None = None, most: int) -> tuple[Receipt, ...]:
    """Return the newest receipts that are there, or that of one file. Raises `FoldersUnavailable`.

    What somebody else has put there is passed over.
    """
    pattern = f"{'*' if file is None else safe_name(file)}{JSON_ENDING}"
    with disk_errors("reading receipts"):
        paths = sorted(outbox.glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
        texts = [path.read_bytes() for path in paths[:most]]
    return tuple(found for text in texts if (found := _receipt(text)) is not None)


def _receipt(text: bytes) -> Receipt | None:
    try:
        return _RECEIPT.validate_json(text)
    except ValidationError:
        return None


def read_refused(outbox: Path, file: str, *, most: int) -> tuple[RefusedRow, ...]:
    """Return the first refused rows of a file, none where there are none.

    Raises `FoldersUnavailable`.
    """
    path = outbox / rejects_name(file)
    with disk_errors(f"reading {path.name}"):
        if not path.is_file():
            return ()
        with path.open(encoding="utf-8", newline="") as rows:
            return tuple(RefusedRow(**row) for row in islice(csv.DictReader(rows), most))
