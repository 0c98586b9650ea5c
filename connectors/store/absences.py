"""What files state by leaving it out: SKUs that are gone, at 0 units.

Such a line is a snapshot line like any other: it comes into force, and goes with its delivery when
that is taken back. It is marked, because no file named its SKU: one after it that does not name it
either has lost nothing, and one that names it again is believed, however old its row is.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, and_, select

from reconciliation.catalog import PoolKey
from reconciliation.feed import FeedRow
from reconciliation.feed_coverage import NO_ROW
from reconciliation.quantities import Instant, Sku

from . import following
from .engine import AnyRow, insert_many, upsert
from .feed_tables import ABSENT_LINES
from .intake import NewSnapshot, pool_row, stated_lines
from .standing import stands
from .tables import DELIVERIES, POOLS


def mark_absent(connection: Connection, delivery_id: int, skus: Iterable[Sku]) -> None:
    """Store which lines of a delivery it states by leaving their SKUs out."""
    marks = [{"delivery_id": delivery_id, "sku": sku} for sku in skus]
    insert_many(connection, ABSENT_LINES, marks)


def in_force(connection: Connection, feed: str, warehouse: str) -> dict[Sku, FeedRow]:
    """Return what a feed has in force in a warehouse, by SKU."""
    query = select(POOLS.c.sku, POOLS.c.snapshot_units, following.as_of()).where(
        POOLS.c.warehouse == warehouse, POOLS.c.feed == feed
    )
    return {Sku(row.sku): _stated(row) for row in connection.execute(query)}


def named_before(connection: Connection, feed: str, *, files: int) -> list[frozenset[Sku]]:
    """Return the SKUs that each of the last accepted files named, the newest first."""
    query = select(DELIVERIES.c.id).where(DELIVERIES.c.feed == feed, stands())
    newest = connection.execute(query.order_by(DELIVERIES.c.id.desc()).limit(files)).scalars()
    return [_named_by(connection, delivery_id) for delivery_id in newest.all()]


def _named_by(connection: Connection, delivery_id: int) -> frozenset[Sku]:
    return frozenset(sku for sku, _, _ in stated_lines(connection, delivery_id))


def put_back(
    connection: Connection,
    delivery_id: int,
    *,
    feed: str,
    warehouse: str,
    stated: Sequence[FeedRow],
) -> tuple[NewSnapshot, ...]:
    """Put in force what names a SKU again that was at 0 for its absence; return what changed.

    Its row may be older than the file that left it out: where each row has its own moment, it
    speaks of when the partner last touched it. As a newer row it has come into force already.
    """
    gone = _gone(connection, feed, warehouse)
    rows = [row for row in stated if row.sku in gone] if gone else []
    back = sorted(rows, key=lambda row: row.sku)
    upsert(connection, POOLS, [pool_row(delivery_id, feed, warehouse, row) for row in back])
    return tuple(_new(warehouse, feed, row, gone) for row in back)


def _gone(connection: Connection, feed: str, warehouse: str) -> dict[Sku, FeedRow]:
    """Return what is at 0 in force because a file of this feed left it out."""
    marked = and_(
        ABSENT_LINES.c.delivery_id == POOLS.c.delivery_id, ABSENT_LINES.c.sku == POOLS.c.sku
    )
    query = (
        select(POOLS.c.sku, POOLS.c.snapshot_units, POOLS.c.as_of)
        .join(ABSENT_LINES, marked)
        .where(POOLS.c.warehouse == warehouse, POOLS.c.feed == feed)
    )
    return {Sku(row.sku): _stated(row) for row in connection.execute(query)}


def _stated(row: AnyRow) -> FeedRow:
    return FeedRow(
        sku=Sku(row.sku), units=row.snapshot_units, as_of=Instant(row.as_of), row=NO_ROW
    )


def _new(warehouse: str, feed: str, row: FeedRow, gone: Mapping[Sku, FeedRow]) -> NewSnapshot:
    return NewSnapshot(
        pool=PoolKey(warehouse=warehouse, sku=row.sku),
        before_units=gone[row.sku].units,
        units=row.units,
        as_of=row.as_of,
        before_as_of=gone[row.sku].as_of,
        before_feed=feed,
    )
