"""What a partner gets told: the rows of its file that were refused, each with the cause.

The receipt repeats the partner's own text, and somebody will open it in a spreadsheet: a cell
that would be taken for a formula there is written as text (OWASP, "CSV Injection").
"""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from reconciliation.feed import FileFault, RowFault

from .durable import disk_errors, write_whole
from .file_names import safe_name
from .inert_cells import inert


REJECTS_ENDING = ".rejects.csv"
HEADER = ("row", "column", "cause", "text", "line")


def write_rejects(
    outbox: Path,
    file_name: str,
    faults: Iterable[RowFault],
    *,
    file_fault: FileFault | None = None,
) -> Path:
    """Write `<file_name>.rejects.csv` in place of any before it, and return its path.

    A fault of the whole file comes first, without a row. Raises `FoldersUnavailable`.
    """
    path = outbox / f"{safe_name(file_name)}{REJECTS_ENDING}"
    with disk_errors(f"writing {path.name}"):
        write_whole(path, _receipt(faults, file_fault))
    return path


def _receipt(faults: Iterable[RowFault], file_fault: FileFault | None) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    if file_fault is not None:
        cause = f"{file_fault.cause}: {file_fault}"
        writer.writerow([inert(cell) for cell in ("", "", cause, "", "")])
    writer.writerows(_lines(faults))
    # Letters that cannot be written (half of a surrogate pair) must not cost the receipt.
    return text.getvalue().encode("utf-8", "backslashreplace")


def _lines(faults: Iterable[RowFault]) -> Iterator[list[str]]:
    for fault in faults:
        cause = f"{fault.cause}: {fault.remedy}"
        cells = (str(fault.row), fault.column, cause, fault.text, fault.line)
        yield [inert(cell) for cell in cells]
