"""Recorded orders from a file."""

from pathlib import Path

from .history import History, OrderLine, history_of
from .scene import SECONDS_PER_DAY
from .table_file import Row, read_table


COLUMNS = ("placed_at", "order_id", "sku", "units")
"""What the file must have; others are left alone."""


def read_orders(path: Path) -> History:
    """Return the orders of a file. Raises `BadReplay` for one that cannot be read whole."""
    rows = read_table(path, COLUMNS)
    moments = [row.moment("placed_at") for row in rows]
    begins_at = min(moments) // SECONDS_PER_DAY * SECONDS_PER_DAY
    lines = [_line(row, at - begins_at) for row, at in zip(rows, moments, strict=True)]
    return history_of(lines, begins_at=begins_at)


def _line(row: Row, placed_at: float) -> OrderLine:
    return OrderLine(
        placed_at=placed_at,
        order_id=row.text("order_id"),
        sku=row.text("sku"),
        units=row.units("units", least=1),
    )
