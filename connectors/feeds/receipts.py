"""What a partner gets told: a receipt for each file, and the rows of it that were refused.

A receipt is one document for programs and the same as text for people; both are replaced when
something becomes of the file later. It repeats the partner's own text, and somebody will open it
in a spreadsheet: a cell of the refused rows that would be taken for a formula there is written as
text (OWASP, "CSV Injection").
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from reconciliation.feed import Elsewhere, FileFault, RowFault
from reconciliation.wording import counted

from .durable import disk_errors, write_whole
from .file_names import safe_name, shown_name
from .inert_cells import inert


REJECTS_ENDING = ".rejects.csv"
JSON_ENDING = ".receipt.json"
TEXT_ENDING = ".receipt.txt"
HEADER = ("row", "column", "cause", "text", "line")

FAULTS_TOLD = 10
"""How many row faults a receipt names; the refused rows stand in a file of their own."""

CODES_TOLD = 20
"""How many other warehouses a receipt names."""

_LETTERS_TOLD = 80


class Outcome(StrEnum):
    """What became of a file, in the words that partners read."""

    TAKEN = "taken"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"


_MEANINGS = {
    Outcome.TAKEN: "its quantities are in force",
    Outcome.QUARANTINED: "it waits for the shop's decision; the file before it stays in force",
    Outcome.REFUSED: "none of its quantities counts; the file before it stays in force",
    Outcome.ROLLED_BACK: "its quantities are no longer in force, those of the file before are",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a file by what was made of each.

    `good` rows are free of faults, and in force if the file was taken; `merged` ones repeat
    others. `gone` counts SKUs that have no row, and are at 0 for that if the file was taken.
    `unmapped` are good ones that no listing sells so far.
    """

    read: int = 0
    good: int = 0
    refused: int = 0
    merged: int = 0
    gone: int = 0
    unmapped: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A reason, and what the partner can do about it."""

    cause: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of one row, as a receipt tells it."""

    row: int
    column: str
    cause: str
    remedy: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirRows:
    """Rows of another warehouse by its code as written, which is `known` where it was declared."""

    code: str
    rows: int
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is told of one file. Moments are ISO 8601 in UTC.

    `repeats` is the delivery that had the same content, `decided` what a person decided since,
    and why. `rows` and `as_of` are None where nothing could be read.
    """

    file: str
    feed: str
    delivery: int
    outcome: Outcome
    sha256: str
    arrived_at: str | None
    as_of: str | None = None
    repeats: int | None = None
    decided: str | None = None
    rows: Rows | None = None
    reasons: tuple[Told, ...] = ()
    notes: tuple[str, ...] = ()
    elsewhere: tuple[TheirRows, ...] = ()
    first_faults: tuple[Fault, ...] = ()
    refused_rows_file: str | None = None
    written_at: str | None = None


def write_receipt(outbox: Path, receipt: Receipt) -> tuple[Path, Path]:
    """Write both forms of a receipt, in place of any of that file; return their paths.

    Raises `FoldersUnavailable`.
    """
    name = safe_name(receipt.file)
    # The text first: whoever waits for the document finds both.
    forms = {TEXT_ENDING: _text(receipt), JSON_ENDING: _document(receipt)}
    paths = []
    for ending, said in forms.items():
        path = outbox / f"{name}{ending}"
        with disk_errors(f"writing {path.name}"):
            write_whole(path, said.encode("utf-8", "backslashreplace"))
        paths.append(path)
    return paths[1], paths[0]


def rejects_name(file_name: str) -> str:
    """Return the name of the file with the refused rows of a file."""
    return f"{safe_name(file_name)}{REJECTS_ENDING}"


def told_faults(faults: Iterable[RowFault]) -> tuple[Fault, ...]:
    """Return the first faults of a file as a receipt tells them."""
    first = [fault for fault, _ in zip(faults, range(FAULTS_TOLD), strict=False)]
    return tuple(
        Fault(
            row=fault.row,
            column=_short(fault.column),
            cause=fault.cause.value,
            remedy=fault.remedy,
            text=_short(fault.text),
        )
        for fault in first
    )


def told_elsewhere(found: Iterable[Elsewhere]) -> tuple[TheirRows, ...]:
    """Return the rows of other warehouses as a receipt tells them: unknown codes first."""
    first = sorted(found, key=lambda each: (each.known, -each.rows, each.code))[:CODES_TOLD]
    return tuple(
        TheirRows(code=_short(each.code), rows=each.rows, known=each.known) for each in first
    )


def _short(text: str) -> str:
    return shown_name(text[:_LETTERS_TOLD])


def _document(receipt: Receipt) -> str:
    return json.dumps({"receipt": 1, **asdict(receipt)}, indent=2) + "\n"


def _text(receipt: Receipt) -> str:
    lines = [
        f"{receipt.file}: {receipt.outcome.value.replace('_', ' ')}",
        f"  {_MEANINGS[receipt.outcome]}",
        *_facts(receipt),
    ]
    for reason in receipt.reasons:
        lines += [f"  because {reason.cause}", f"    to do: {reason.remedy}"]
    lines += [f"  note: {note}" for note in receipt.notes]
    for fault in receipt.first_faults:
        place = f"line {fault.row}" + (f", column {fault.column}" if fault.column else "")
        lines.append(f"  {place}: {fault.cause} {fault.text!r}; {fault.remedy}")
    return "\n".join(lines) + "\n"


def _facts(receipt: Receipt) -> Iterator[str]:
    rows = receipt.rows
    if rows is not None:
        unmapped = "" if not rows.unmapped else f", {rows.unmapped} that no listing sells"
        by_fate = f"{rows.good} good, {rows.refused} refused, {rows.merged} merged"
        yield f"  rows: {rows.read} read, {by_fate}{unmapped}"
        if rows.gone:
            yield f"  not in it, and at 0 for that: {counted(rows.gone, 'SKU')}"
    for each in receipt.elsewhere:
        whose = "the warehouse" if each.known else "a warehouse that was not agreed:"
        yield f"  passed over: {counted(each.rows, 'row')} of {whose} {each.code!r}"
    named = {
        "as of": receipt.as_of,
        "arrived": receipt.arrived_at,
        "sha256": receipt.sha256,
        "feed": receipt.feed,
        "delivery": receipt.delivery,
        "repeats delivery": receipt.repeats,
        "decided": receipt.decided,
        "refused rows": receipt.refused_rows_file,
    }
    yield from (f"  {name}: {value}" for name, value in named.items() if value is not None)


# -- the refused rows -----------------------------------------------------------------------------


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
    path = outbox / rejects_name(file_name)
    with disk_errors(f"writing {path.name}"):
        write_whole(path, _refused_rows(faults, file_fault))
    return path


def forget_rejects(outbox: Path, file_name: str) -> None:
    """Remove the refused rows of an earlier file of that name. Raises `FoldersUnavailable`."""
    path = outbox / rejects_name(file_name)
    with disk_errors(f"removing {path.name}"):
        path.unlink(missing_ok=True)


def _refused_rows(faults: Iterable[RowFault], file_fault: FileFault | None) -> bytes:
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
