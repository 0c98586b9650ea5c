"""A partner learns which rows were refused and why, from a file that is safe to open."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feeds.errors import FoldersUnavailable
from connectors.feeds.receipts import write_rejects
from reconciliation.feed import Dialect, FileFault, RowCause, RowFault, parse
from reconciliation.quantities import Instant


def fault(text: str = "x", line: str = "TEE,x") -> RowFault:
    """Return a fault of row 2."""
    return RowFault(row=2, column="qty", cause=RowCause.QUANTITY_UNREADABLE, text=text, line=line)


def cells(path: Path) -> list[list[str]]:
    """Return a receipt as a spreadsheet would read it."""
    return list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))


def test_a_receipt_names_row_column_cause_text_and_line(tmp_path: Path) -> None:
    """Under the file's own name, with the remedy beside the cause."""
    path = write_rejects(tmp_path, "stock.csv", [fault()])

    assert path == tmp_path / "stock.csv.rejects.csv"
    header, row = cells(path)
    assert header == ["row", "column", "cause", "text", "line"]
    assert row[:2] == ["2", "qty"]
    assert row[2] == f"quantity_unreadable: {fault().remedy}"
    assert row[3:] == ["x", "TEE,x"]


@pytest.mark.parametrize("start", list("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"))
def test_a_cell_that_begins_a_formula_is_written_as_text(tmp_path: Path, start: str) -> None:
    """A partner's cell must not run in anybody's spreadsheet."""
    hostile = f'{start}HYPERLINK("x")'

    _, row = cells(write_rejects(tmp_path, "stock.csv", [fault(hostile, hostile)]))

    assert row[3:] == [f"'{hostile}", f"'{hostile}"]


@given(text=st.text(), line=st.text())
def test_any_text_survives_the_receipt(
    tmp_path_factory: pytest.TempPathFactory, text: str, line: str
) -> None:
    """Quotes, delimiters and line ends come back as they were, in one row."""
    path = write_rejects(tmp_path_factory.mktemp("outbox"), "stock.csv", [fault(text, line)])

    _, row = cells(path)
    assert [cell.removeprefix("'") for cell in row[3:]] == [
        each.removeprefix("'") for each in (text, line)
    ]


def test_half_a_letter_does_not_cost_the_receipt(tmp_path: Path) -> None:
    """What no encoding can write is escaped."""
    _, row = cells(write_rejects(tmp_path, "stock.csv", [fault("\ud800")]))

    assert row[3] == "\\ud800"


def test_a_fault_of_the_whole_file_comes_first(tmp_path: Path) -> None:
    """It has no row; its cause, detail and remedy are told."""
    dialect = Dialect(sku_column="sku", quantity_column="qty")
    with pytest.raises(FileFault) as caught:
        parse(b"", dialect, file_name="stock.csv", arrived_at=Instant(0.0))

    _, row = cells(write_rejects(tmp_path, "stock.csv", [], file_fault=caught.value))

    assert row == ["", "", f"empty: {caught.value}", "", ""]


def test_a_receipt_replaces_the_one_before(tmp_path: Path) -> None:
    """The newest answer stands, and nothing half written lies beside it."""
    write_rejects(tmp_path, "stock.csv", [fault(), fault()])
    path = write_rejects(tmp_path, "stock.csv", [])

    assert len(cells(path)) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_receipt_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A folder in its place stops it, and no temporary file stays."""
    (tmp_path / "stock.csv.rejects.csv").mkdir()

    with pytest.raises(FoldersUnavailable):
        write_rejects(tmp_path, "stock.csv", [])
    with pytest.raises(FoldersUnavailable):
        write_rejects(tmp_path / "missing", "stock.csv", [])
    assert [path.name for path in tmp_path.iterdir()] == ["stock.csv.rejects.csv"]
