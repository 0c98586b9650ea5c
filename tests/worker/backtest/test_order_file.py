"""Files of recorded orders: what is read of them, and what is said of bad ones."""

from pathlib import Path

import polars as pl
import pytest

from tests.support.histories import made_up_history, orders_file
from worker.backtest.faults import BadReplay
from worker.backtest.order_file import read_orders


HEADER = "placed_at,order_id,sku,units"
GOOD = "2024-03-01T08:26:00Z,1,LAMP,2"


def written(folder: Path, *rows: str, name: str = "orders.csv") -> Path:
    """A file of these rows."""
    path = folder / name
    path.write_text("\n".join(rows) + "\n")
    return path


def fault_of(path: Path) -> BadReplay:
    """What is said of a bad file."""
    with pytest.raises(BadReplay) as caught:
        read_orders(path)
    return caught.value


def test_a_csv_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every line, with its moment counted from the first midnight."""
    history = made_up_history()

    read = read_orders(orders_file(tmp_path, history))

    shift_s = history.lines[0].placed_at - read.lines[0].placed_at
    assert [(x.placed_at + shift_s, x.sku, x.units) for x in read.lines] == [
        (x.placed_at, x.sku, x.units) for x in history.lines
    ]
    assert shift_s % 86_400.0 == 0


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    """The form of the file does not matter, nor whether its times are text."""
    path = orders_file(tmp_path, made_up_history())
    table = pl.read_csv(path, schema_overrides={"order_id": pl.String})
    parquet = tmp_path / "orders.parquet"
    table.with_columns(pl.col("placed_at").str.to_datetime(time_zone="UTC")).write_parquet(parquet)

    assert read_orders(parquet) == read_orders(path)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("yesterday,1,LAMP,2", "row 2, column placed_at: 'yesterday' is not an ISO 8601 time"),
        ("2024-03-01T08:26:00Z,1,LAMP,none", "row 2, column units: 'none' is not a whole number"),
        ("2024-03-01T08:26:00Z,1,LAMP,0", "row 2, column units: '0' is not a whole number from 1"),
        ("2024-03-01T08:26:00Z,1,,2", "row 2, column sku: empty is not a name"),
        ("2024-03-01T08:26:00Z,,LAMP,2", "row 2, column order_id: empty is not a name"),
        (",1,LAMP,2", "row 2, column placed_at: empty is not"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(tmp_path: Path, row: str, said: str) -> None:
    """Who has to mend the file is told where."""
    assert said in fault_of(written(tmp_path, HEADER, GOOD, row)).cause


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """With those that are there, since it may only have another name."""
    fault = fault_of(written(tmp_path, "placed_at,order,sku,units", GOOD))

    assert "no column order_id; it has placed_at, order, sku, units" in fault.cause


def test_a_file_without_a_line_is_refused(tmp_path: Path) -> None:
    """Nothing can be replayed of nothing."""
    assert "has no row" in fault_of(written(tmp_path, HEADER)).cause


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """The path is quoted."""
    assert "nowhere.csv" in fault_of(tmp_path / "nowhere.csv").cause


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    """Its kind is what is wrong, not its rows."""
    assert "neither .csv nor .parquet" in fault_of(written(tmp_path, GOOD, name="o.xlsx")).cause


def test_a_parquet_file_that_is_none_is_told(tmp_path: Path) -> None:
    """The library's own error does not reach a person bare."""
    assert "cannot be read" in fault_of(written(tmp_path, GOOD, name="o.parquet")).cause


def test_a_csv_file_with_torn_rows_is_told(tmp_path: Path) -> None:
    """A row with too many cells spoils the file."""
    assert "cannot be read" in fault_of(written(tmp_path, HEADER, GOOD, f"{GOOD},x,y")).cause
