"""Tables in CSV or Parquet files, cell by cell: who reads a bad one is told the row and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .faults import BadReplay


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table; `number` counts from 1, the header left out."""

    path: Path
    number: int
    cells: dict[str, Any]

    def moment(self, column: str) -> float:
        """Return a time in Unix seconds; one without a zone is UTC. Raises `BadReplay`."""
        told = self.cells[column]
        try:
            moment = (
                told if isinstance(told, datetime) else datetime.fromisoformat(str(told).strip())
            )
        except ValueError:
            raise self._bad(column, "an ISO 8601 time") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    def text(self, column: str) -> str:
        """Return a name. Raises `BadReplay`."""
        told = self.cells[column]
        text = "" if told is None else str(told).strip()
        if not text:
            raise self._bad(column, "a name")
        return text

    def units(self, column: str, *, least: int) -> int:
        """Return a count of at least `least`. Raises `BadReplay`."""
        try:
            units = int(str(self.cells[column]).strip())
        except ValueError:
            units = least - 1
        if units < least:
            raise self._bad(column, f"a whole number from {least}")
        return units

    def _bad(self, column: str, wanted: str) -> BadReplay:
        told = self.cells[column]
        found = "empty" if told is None else repr(told)
        return BadReplay(
            f"{self.path}, row {self.number}, column {column}: {found} is not {wanted}",
            "mend or leave out that row (rows are counted without the header)",
        )


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """Return the rows of a file that has these columns. Raises `BadReplay`."""
    if not path.is_file():
        raise BadReplay(f"there is no file {path}", "give the path of a CSV or Parquet file")
    table = _table(path)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise BadReplay(
            f"{path} has no column {', '.join(missing)}; it has {', '.join(table.columns)}",
            f"name its columns {', '.join(columns)}",
        )
    rows = table.select(columns).rows(named=True)
    if not rows:
        raise BadReplay(f"{path} has no row", "give a file with at least one")
    return [Row(path=path, number=n, cells=cells) for n, cells in enumerate(rows, start=1)]


def _table(path: Path) -> Any:  # noqa: ANN401 - naming the class would load its library
    import polars as pl  # noqa: PLC0415 - loaded where it is used, so that all else starts at once

    readers = {
        # As text: each cell is judged here, and named where it is bad.
        ".csv": lambda: pl.read_csv(path, infer_schema=False),
        ".parquet": lambda: pl.read_parquet(path),
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadReplay(f"{path} is neither .csv nor .parquet", "convert it to one of the two")
    try:
        return reader()
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise BadReplay(f"{path} cannot be read: {said}", "write the file anew") from error
