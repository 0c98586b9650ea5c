"""A receipt says the same to programs and to people, and nothing that a partner may not know."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.feeds.errors import FoldersUnavailable
from connectors.feeds.receipts import (
    CODES_TOLD,
    FAULTS_TOLD,
    Outcome,
    Receipt,
    Rows,
    Told,
    forget_rejects,
    told_elsewhere,
    told_faults,
    write_receipt,
    write_rejects,
)
from reconciliation.feed import Elsewhere, RowCause, RowFault


RECEIPT = Receipt(
    file="stock.csv",
    feed="east",
    delivery=12,
    outcome=Outcome.QUARANTINED,
    sha256="ab" * 32,
    arrived_at="2026-11-24T12:00:00Z",
    as_of="2026-11-24T11:55:00Z",
    rows=Rows(read=10, good=7, refused=2, merged=1, unmapped=3),
    reasons=(Told(cause="3 SKUs are gone", remedy="send them all"),),
    notes=("the column 'bin' is new",),
    refused_rows_file="stock.csv.rejects.csv",
)


def fault(text: str, row: int = 3) -> RowFault:
    """A quantity that cannot be read."""
    cause = RowCause.QUANTITY_UNREADABLE
    return RowFault(row=row, column="qty", cause=cause, text=text, line=f"TEE,{text}")


def test_a_receipt_is_one_document_and_one_text(tmp_path: Path) -> None:
    """Both appear whole, under the file's own name."""
    document, text = write_receipt(tmp_path, RECEIPT)

    assert [path.name for path in (document, text)] == [
        "stock.csv.receipt.json",
        "stock.csv.receipt.txt",
    ]
    assert sorted(tmp_path.iterdir()) == sorted((document, text))


def test_the_document_has_every_fact(tmp_path: Path) -> None:
    """For programs: counts, moments, hash, reasons with remedies."""
    document, _ = write_receipt(tmp_path, RECEIPT)

    told = json.loads(document.read_text())
    assert (told["receipt"], told["outcome"], told["delivery"]) == (1, "quarantined", 12)
    assert told["rows"] == {
        "read": 10,
        "good": 7,
        "refused": 2,
        "merged": 1,
        "gone": 0,
        "unmapped": 3,
    }
    assert told["reasons"] == [{"cause": "3 SKUs are gone", "remedy": "send them all"}]
    assert (told["as_of"], told["sha256"]) == ("2026-11-24T11:55:00Z", "ab" * 32)


def test_the_text_says_the_same(tmp_path: Path) -> None:
    """For people: what became of it first, then why and what to do."""
    _, text = write_receipt(tmp_path, RECEIPT)

    lines = text.read_text().splitlines()
    assert lines[0] == "stock.csv: quarantined"
    assert "  rows: 10 read, 7 good, 2 refused, 1 merged, 3 that no listing sells" in lines
    assert "  because 3 SKUs are gone" in lines
    assert "    to do: send them all" in lines
    assert "  refused rows: stock.csv.rejects.csv" in lines


def test_what_is_not_among_the_rows_is_told_beside_them(tmp_path: Path) -> None:
    """SKUs that are gone, and rows of other warehouses, of which an unknown one comes first."""
    found = [Elsewhere(code="W1", rows=9, known=True), Elsewhere(code="X?", rows=1, known=False)]
    rows = Rows(read=10, good=10, gone=1)
    _, text = write_receipt(tmp_path, replace(RECEIPT, rows=rows, elsewhere=told_elsewhere(found)))

    lines = text.read_text().splitlines()
    assert [line for line in lines if "not in it" in line or "passed over" in line] == [
        "  not in it, and at 0 for that: 1 SKU",
        "  passed over: 1 row of a warehouse that was not agreed: 'X?'",
        "  passed over: 9 rows of the warehouse 'W1'",
    ]


def test_only_so_many_warehouses_are_named(tmp_path: Path) -> None:
    """A wrong column may have a code in each row."""
    found = [Elsewhere(code=f"C{each}", rows=1, known=False) for each in range(CODES_TOLD + 1)]
    document, _ = write_receipt(tmp_path, replace(RECEIPT, elsewhere=told_elsewhere(found)))

    assert len(json.loads(document.read_text())["elsewhere"]) == CODES_TOLD


def test_a_later_receipt_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """There is one of each form, and it is the last word."""
    write_receipt(tmp_path, RECEIPT)
    document, _ = write_receipt(tmp_path, replace(RECEIPT, outcome=Outcome.TAKEN, delivery=13))

    assert json.loads(document.read_text())["delivery"] == 13
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("name", ["../../evil.csv", ".hidden", "a/b", "x" * 300, "\u202egpj.csv"])
def test_a_hostile_name_stays_in_the_outbox(tmp_path: Path, name: str) -> None:
    """And is not hidden there."""
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    paths = write_receipt(outbox, replace(RECEIPT, file=name))

    assert {path.parent for path in paths} == {outbox}
    assert not any(path.name.startswith(".") for path in paths)
    assert list(tmp_path.iterdir()) == [outbox]


@pytest.mark.parametrize("text", ["\x1b[2J", "\ud800", "a\nb", "\0"])
def test_a_partners_cell_cannot_act_in_a_receipt(tmp_path: Path, text: str) -> None:
    """Terminals and line counters read it as text."""
    told = replace(RECEIPT, first_faults=told_faults([fault(text)]))
    document, written = write_receipt(tmp_path, told)

    assert json.loads(document.read_text())["first_faults"][0]["row"] == 3
    assert len(written.read_text().splitlines()) == len(_lines_of(tmp_path)) + 1
    assert "\x1b" not in written.read_text()


def _lines_of(folder: Path) -> list[str]:
    plain = folder / "plain"
    plain.mkdir()
    return write_receipt(plain, RECEIPT)[1].read_text().splitlines()


def test_a_receipt_names_the_first_faults_only() -> None:
    """Ten are enough to see what is wrong; the rest stands in the refused rows."""
    faults = [fault("x", row=number) for number in range(2, 99)]

    assert [each.row for each in told_faults(faults)] == list(range(2, 2 + FAULTS_TOLD))


def test_a_mended_file_leaves_no_refused_rows(tmp_path: Path) -> None:
    """Rows of last time beside a flawless file would be mended twice."""
    write_rejects(tmp_path, "stock.csv", [fault("x")])
    forget_rejects(tmp_path, "stock.csv")
    forget_rejects(tmp_path, "stock.csv")

    assert list(tmp_path.iterdir()) == []


def test_a_receipt_that_cannot_be_written_is_a_fault_of_the_disk(tmp_path: Path) -> None:
    """It is tried again later."""
    with pytest.raises(FoldersUnavailable):
        write_receipt(tmp_path / "missing", RECEIPT)
