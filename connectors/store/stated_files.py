"""All that a large file names, kept as the one document that it is.

A file that repeats a million figures is not a million new facts. It is kept whole, as columns in
Parquet's form: `sku`, `units` and `as_of`. Beside it `snapshot_lines` has only the lines at which
a figure begins or ends, and what the file says by leaving it out. Of a delivery without a document
all lines are there.
"""

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, bindparam, select

from reconciliation.quantities import Instant, Sku, Units

from .engine import upsert
from .feed_tables import STATED_FILES
from .tables import SNAPSHOT_LINES


if TYPE_CHECKING:
    import polars as pl


COLUMNS = ("sku", "units", "as_of")
"""What a document holds of each row."""


def keep(connection: Connection, delivery_id: int, warehouse: str, stated: "pl.DataFrame") -> None:
    """Keep what a delivery states, a frame that has at least `COLUMNS`."""
    document = BytesIO()
    stated.select(COLUMNS).write_parquet(document, compression="lz4", statistics=False)
    row = {"delivery_id": delivery_id, "warehouse": warehouse, "document": document.getvalue()}
    connection.execute(STATED_FILES.insert(), row)


def load(connection: Connection, delivery_id: int) -> "pl.DataFrame | None":
    """Return what a delivery states as `COLUMNS`, None where its lines are all there is."""
    document = connection.execute(_document(), {"of_delivery": delivery_id}).scalar_one_or_none()
    return None if document is None else _read(document)


def lines(connection: Connection, delivery_id: int) -> list[tuple[Sku, Units, Instant]] | None:
    """Return the same row by row."""
    stated = load(connection, delivery_id)
    return None if stated is None else stated.rows()


@cache
def _document() -> Select[*tuple[Any, ...]]:
    wanted = STATED_FILES.c.delivery_id == bindparam("of_delivery")
    return select(STATED_FILES.c.document).where(wanted)


def _read(document: bytes) -> "pl.DataFrame":
    import polars as pl  # noqa: PLC0415 - polars is loaded where it is used

    return pl.read_parquet(BytesIO(document))


def write_out(connection: Connection, delivery_id: int) -> None:
    """Have all lines of a delivery where those of a small file are; the document stays.

    For what compares lines of pools with each other, which is seldom.
    """
    warehouse = connection.execute(
        select(STATED_FILES.c.warehouse).where(STATED_FILES.c.delivery_id == delivery_id)
    ).scalar_one_or_none()
    if warehouse is None:
        return
    rows = [
        {
            "delivery_id": delivery_id,
            "sku": sku,
            "warehouse": warehouse,
            "units": units,
            "as_of": as_of,
        }
        for sku, units, as_of in lines(connection, delivery_id) or ()
    ]
    upsert(connection, SNAPSHOT_LINES, rows, keep=("warehouse", "units", "as_of"))
