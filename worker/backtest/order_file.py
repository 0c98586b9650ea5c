"""Recorded orders from a CSV or Parquet file: who reads a bad one is told the row and why."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .faults import BadReplay
from .history import History, OrderLine, history_of
from .scene import SECONDS_PER_DAY


COLUMNS = ("placed_at", "order_id", "sku", "units")
"""What the file must have; others are left alone."""

Row = tuple[Any, Any, Any, Any]


def read_orders(path: Path) -> History:
    """Return the orders of a file. Raises `BadReplay` for one that cannot be read whole."""
    rows = list(_rows(path))
    if not rows:
        raise BadReplay(f"{path} has no order line", "give a file with at least one row")
    lines = [_line(path, number, row) for number, row in enumerate(rows, start=1)]
    midnight = min(line.placed_at for line in lines) // SECONDS_PER_DAY * SECONDS_PER_DAY
    return history_of(
        [
            OrderLine(
                placed_at=line.placed_at - midnight,
                order_id=line.order_id,
                sku=line.sku,
                units=line.units,
            )
            for line in lines
        ]
    )


def _rows(path: Path) -> Iterator[Row]:
    # A whole library, which only a backtest needs.
    import polars as pl  # noqa: PLC0415 - loaded where it is used, so that all else starts at once

    if not path.is_file():
        raise BadReplay(f"there is no file {path}", "give the path of a CSV or Parquet file")
    try:
        if path.suffix.lower() == ".csv":
            table = pl.read_csv(path, infer_schema=False)
        elif path.suffix.lower() in {".parquet", ".pq"}:
            table = pl.read_parquet(path)
        else:
            raise BadReplay(f"{path} is neither .csv nor .parquet", "convert it to one of the two")
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise BadReplay(f"{path} cannot be read: {said}", "write the file anew") from error
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise BadReplay(
            f"{path} has no column {', '.join(missing)}; it has {', '.join(table.columns)}",
            f"name its columns {', '.join(COLUMNS)}",
        )
    return iter(table.select(COLUMNS).rows())


def _line(path: Path, number: int, row: Row) -> OrderLine:
    placed_at, order_id, sku, units = row
    return OrderLine(
        placed_at=_moment(path, number, placed_at),
        order_id=_text(path, number, "order_id", order_id),
        sku=_text(path, number, "sku", sku),
        units=_units(path, number, units),
    )


def _moment(path: Path, number: int, told: object) -> float:
    try:
        moment = told if isinstance(told, datetime) else datetime.fromisoformat(str(told).strip())
    except ValueError:
        raise _bad(path, number, "placed_at", told, "an ISO 8601 time") from None
    # A time without a zone is UTC, as the file's description says.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _text(path: Path, number: int, column: str, told: object) -> str:
    text = "" if told is None else str(told).strip()
    if not text:
        raise _bad(path, number, column, told, "a name")
    return text


def _units(path: Path, number: int, told: object) -> int:
    try:
        units = int(str(told).strip())
    except ValueError:
        units = 0
    if units < 1:
        raise _bad(path, number, "units", told, "a whole number from 1")
    return units


def _bad(path: Path, number: int, column: str, told: object, wanted: str) -> BadReplay:
    found = "empty" if told is None else repr(told)
    return BadReplay(
        f"{path}, row {number}, column {column}: {found} is not {wanted}",
        "mend or leave out that row (rows are counted without the header)",
    )
