"""What the store has kept of sales and feeds, by pool, in the order of time: for replaying."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Sku, Units

from . import stated_files
from .feed_tables import STATED_FILES
from .standing import is_named, taken_back
from .tables import DELIVERIES, LINE_PARTS, ORDER_LINES, RECIPE_LINES, SNAPSHOT_LINES


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSale:
    """The units of a pool that one order took, whatever became of the order."""

    placed_at: Instant
    order_id: str
    pool: PoolKey
    units: Units


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFigure:
    """What an accepted file stated of a pool."""

    as_of: Instant
    arrived_at: Instant
    pool: PoolKey
    units: Units


def recorded_sales(connection: Connection) -> Iterator[RecordedSale]:
    """Yield every order's units of each pool, by the present recipes, the oldest first.

    A line whose warehouse TikTok did not tell has no pool, and is left out.
    """
    for row in connection.execute(_sales()):
        yield RecordedSale(
            placed_at=Instant(row.placed_at),
            order_id=f"{row.shop}/{row.order_id}",
            pool=PoolKey(warehouse=row.warehouse, sku=Sku(row.sku)),
            units=int(row.units),
        )


@cache
def _sales() -> Select[*tuple[Any, ...]]:
    by_line, by_sku = ("shop", "order_id", "line_id"), ("shop", "sku_id", "warehouse_id")
    names = (ORDER_LINES.c.shop, ORDER_LINES.c.order_id, RECIPE_LINES.c.warehouse)
    placed_at = func.min(ORDER_LINES.c.placed_at).label("placed_at")
    units = func.sum(LINE_PARTS.c.units * RECIPE_LINES.c.units).label("units")
    return (
        select(*names, RECIPE_LINES.c.sku, placed_at, units)
        .select_from(ORDER_LINES)
        .join(LINE_PARTS, and_(*(LINE_PARTS.c[n] == ORDER_LINES.c[n] for n in by_line)))
        .join(RECIPE_LINES, and_(*(LINE_PARTS.c[n] == RECIPE_LINES.c[n] for n in by_sku)))
        .group_by(*names, RECIPE_LINES.c.sku)
        .order_by(placed_at, *names, RECIPE_LINES.c.sku)
    )


def recorded_figures(connection: Connection) -> Iterator[RecordedFigure]:
    """Yield every figure that an accepted file stated and nobody took back, the oldest first."""
    figures = [*_figures_of_lines(connection), *_figures_of_documents(connection)]
    yield from sorted(figures, key=lambda each: (each.as_of, each.pool, each.arrived_at))


def _figures_of_lines(connection: Connection) -> Iterator[RecordedFigure]:
    """Yield those of files without a document, and what is stated by leaving it out."""
    lines = SNAPSHOT_LINES.c
    has_document = lines.delivery_id.in_(select(STATED_FILES.c.delivery_id))
    query = (
        select(lines.warehouse, lines.sku, lines.units, lines.as_of, DELIVERIES.c.arrived_at)
        .join(DELIVERIES, DELIVERIES.c.id == lines.delivery_id)
        .where(lines.delivery_id.not_in(taken_back()), ~(has_document & is_named()))
    )
    for row in connection.execute(query):
        yield _figure(row.warehouse, (row.sku, row.units, row.as_of), row.arrived_at)


def _figures_of_documents(connection: Connection) -> Iterator[RecordedFigure]:
    query = (
        select(STATED_FILES.c.delivery_id, STATED_FILES.c.warehouse, DELIVERIES.c.arrived_at)
        .join(DELIVERIES, DELIVERIES.c.id == STATED_FILES.c.delivery_id)
        .where(STATED_FILES.c.delivery_id.not_in(taken_back()))
    )
    for row in connection.execute(query).all():
        for line in stated_files.lines(connection, row.delivery_id) or ():
            yield _figure(row.warehouse, line, row.arrived_at)


def _figure(
    warehouse: str, line: tuple[Sku, Units, Instant], arrived_at: Instant
) -> RecordedFigure:
    sku, units, as_of = line
    return RecordedFigure(
        as_of=Instant(as_of),
        arrived_at=Instant(max(arrived_at, as_of)),
        pool=PoolKey(warehouse=warehouse, sku=Sku(sku)),
        units=units,
    )
