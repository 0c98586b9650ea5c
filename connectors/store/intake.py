"""What partners delivered: files, the quantities they stated, and the snapshot in force."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, func, select

from reconciliation.catalog import PoolKey
from reconciliation.feed import FeedRow
from reconciliation.feed_gate import LastFeed
from reconciliation.quantities import Instant, Sku, Units

from . import following, stated_files
from .engine import AnyRow, insert_many, upsert
from .feed_tables import DELIVERY_CONTENTS, DELIVERY_DETAILS
from .settling import settle
from .standing import is_a_file, is_named, stands
from .tables import DELIVERIES, POOLS, SNAPSHOT_LINES
from .wanted import among


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A file as it is recorded: whose it is, what it holds, and the gate's verdict."""

    feed: str
    file_name: str
    sha256: str
    arrived_at: Instant
    as_of: Instant | None
    verdict: str
    reasons: tuple[str, ...]
    rows_accepted: int
    rows_refused: int


def record_delivery(connection: Connection, delivery: Delivery) -> int:
    """Store a delivery and return its number."""
    inserted = connection.execute(
        DELIVERIES.insert()
        .values(
            feed=delivery.feed,
            file_name=delivery.file_name,
            sha256=delivery.sha256,
            arrived_at=delivery.arrived_at,
            as_of=delivery.as_of,
            verdict=delivery.verdict,
            reasons=list(delivery.reasons),
            rows_accepted=delivery.rows_accepted,
            rows_refused=delivery.rows_refused,
        )
        .returning(DELIVERIES.c.id)
    )
    return int(inserted.scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSnapshot:
    """A pool with a newer snapshot, and the one that was in force before it.

    `before_units` and `before_as_of` are None for a pool never stated before, `before_feed` empty.
    """

    pool: PoolKey
    before_units: Units | None
    units: Units
    as_of: Instant
    before_as_of: Instant | None
    before_feed: str


def put_in_force(
    connection: Connection,
    delivery_id: int,
    *,
    feed: str,
    warehouse: str,
    stated: Sequence[FeedRow],
    followed_as_of: Instant | None = None,
) -> tuple[NewSnapshot, ...]:
    """Make the quantities of an accepted file the snapshots of their pools; return those.

    A quantity older than the one in force is kept as a fact and changes nothing; one of the same
    moment counts if it corrects its own feed. Where the file is one that pools follow
    (`following`), those of its quantities that are as of `followed_as_of` do from here on.
    Whoever calls this has the warehouse's ledger (`locks.lock_ledger`).
    """
    # Rows that are kept as columns are made objects once, and not for each look at them.
    stated = tuple(stated)
    _keep_lines(connection, delivery_id, warehouse, stated)
    in_force = _in_force(connection, warehouse, [line.sku for line in stated])
    newer = sorted(
        (line for line in stated if _counts(line, in_force.get(line.sku), feed)),
        key=lambda line: line.sku,
    )
    following_skus = [row.sku for row in in_force.values() if row.follows]
    settle(connection, warehouse, following_skus, overwritten={line.sku for line in newer})
    rows = [
        pool_row(delivery_id, feed, warehouse, line, follows=line.as_of == followed_as_of)
        for line in newer
    ]
    upsert(connection, POOLS, rows)
    return tuple(
        NewSnapshot(
            pool=PoolKey(warehouse=warehouse, sku=line.sku),
            before_units=before.snapshot_units if before is not None else None,
            units=line.units,
            as_of=line.as_of,
            before_as_of=before.as_of if before is not None else None,
            before_feed=before.feed if before is not None else "",
        )
        for line in newer
        for before in [in_force.get(line.sku)]
    )


def _keep_lines(
    connection: Connection, delivery_id: int, warehouse: str, stated: Sequence[FeedRow]
) -> None:
    lines = [
        {
            "delivery_id": delivery_id,
            "sku": line.sku,
            "warehouse": warehouse,
            "units": line.units,
            "as_of": line.as_of,
        }
        for line in stated
    ]
    insert_many(connection, SNAPSHOT_LINES, lines)


def _counts(line: FeedRow, before: AnyRow | None, feed: str) -> bool:
    """Tell whether a line comes into force: it is newer, or mends what its feed said of then."""
    if before is None or line.as_of > before.as_of:
        return True
    mends = line.as_of == before.as_of and line.units != before.snapshot_units
    return bool(mends and before.feed == feed)


def _in_force(connection: Connection, warehouse: str, skus: Sequence[Sku]) -> dict[str, AnyRow]:
    """Return what is in force for some SKUs of a warehouse."""
    wanted = [(warehouse, sku) for sku in skus]
    return {row.sku: row for row in connection.execute(_pools_by_key(), {"wanted": wanted})}


def pool_row(
    delivery_id: int, feed: str, warehouse: str, line: FeedRow, *, follows: bool = False
) -> dict[str, str | int | float]:
    """Return the row of a pool for which a delivery's line is in force."""
    return {
        "warehouse": warehouse,
        "sku": line.sku,
        "feed": feed,
        "delivery_id": delivery_id,
        "snapshot_units": line.units,
        "as_of": line.as_of,
        "follows": follows,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDelivery:
    """The newest accepted delivery of a feed that stands.

    `sha256` is of its content, however that was packed; `header` is empty if not known.
    """

    delivery_id: int
    sha256: str
    header: tuple[str, ...]


def last_delivery(connection: Connection, feed: str) -> LastDelivery | None:
    """Return the newest accepted delivery of a feed that stands, None before the first."""
    content = func.coalesce(DELIVERY_CONTENTS.c.content_sha256, DELIVERIES.c.sha256)
    columns = (DELIVERIES.c.id, content.label("sha256"), DELIVERY_DETAILS.c.header)
    details = DELIVERY_DETAILS.c.delivery_id == DELIVERIES.c.id
    contents = DELIVERY_CONTENTS.c.delivery_id == DELIVERIES.c.id
    row = connection.execute(
        select(*columns)
        .join(DELIVERY_DETAILS, details, isouter=True)
        .join(DELIVERY_CONTENTS, contents, isouter=True)
        .where(DELIVERIES.c.feed == feed, stands())
        .order_by(DELIVERIES.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    header = tuple(row.header or ())
    return LastDelivery(delivery_id=row.id, sha256=row.sha256, header=header)


def stated_lines(connection: Connection, delivery_id: int) -> Sequence[tuple[Sku, Units, Instant]]:
    """Return the SKU, the units and the as-of of each line of a delivery.

    What it stated by leaving it out is not among them: else the next would have lost that.
    """
    kept = stated_files.lines(connection, delivery_id)
    if kept is not None:
        return kept
    columns = (SNAPSHOT_LINES.c.sku, SNAPSHOT_LINES.c.units, SNAPSHOT_LINES.c.as_of)
    query = select(*columns).where(SNAPSHOT_LINES.c.delivery_id == delivery_id, is_named())
    return connection.execute(query).all()


def last_accepted(connection: Connection, feed: str) -> LastFeed | None:
    """Return what the last delivery stated for each SKU, None before the first."""
    last = last_delivery(connection, feed)
    if last is None:
        return None
    lines = stated_lines(connection, last.delivery_id)
    return LastFeed(
        sha256=last.sha256,
        units={sku: units for sku, units, _ in lines},
        as_of={sku: as_of for sku, _, as_of in lines},
        header=last.header,
    )


def latest_deliveries(connection: Connection) -> dict[str, Delivery]:
    """Return the newest delivery of each feed, whatever became of it."""
    newest = select(func.max(DELIVERIES.c.id)).group_by(DELIVERIES.c.feed)
    rows = connection.execute(select(DELIVERIES).where(DELIVERIES.c.id.in_(newest)))
    return {row.feed: delivery_of(row) for row in rows}


def deliveries_since(connection: Connection, since: Instant) -> dict[str, tuple[Delivery, ...]]:
    """Return the deliveries of each feed that arrived since a moment, in the order of arrival."""
    # A person's decision makes a delivery of its own: what it settled is not counted twice.
    query = select(DELIVERIES).where(DELIVERIES.c.arrived_at >= since, is_a_file())
    found: dict[str, list[Delivery]] = {}
    for row in connection.execute(query.order_by(DELIVERIES.c.arrived_at, DELIVERIES.c.id)):
        found.setdefault(row.feed, []).append(delivery_of(row))
    return {feed: tuple(deliveries) for feed, deliveries in found.items()}


def delivery_of(row: AnyRow) -> Delivery:
    """Return a delivery from a row that has the columns of the table."""
    return Delivery(
        feed=row.feed,
        file_name=row.file_name,
        sha256=row.sha256,
        arrived_at=row.arrived_at,
        as_of=row.as_of,
        verdict=row.verdict,
        reasons=tuple(row.reasons),
        rows_accepted=row.rows_accepted,
        rows_refused=row.rows_refused,
    )


def newest_as_of(connection: Connection) -> dict[str, Instant]:
    """Return, for each feed with an accepted delivery that stands, the newest as-of of them."""
    rows = connection.execute(
        select(DELIVERIES.c.feed, func.max(DELIVERIES.c.as_of))
        .where(stands(), DELIVERIES.c.as_of.is_not(None))
        .group_by(DELIVERIES.c.feed)
    )
    return {row[0]: Instant(row[1]) for row in rows}


def row_counts(connection: Connection) -> tuple[int, int]:
    """Return the rows accepted and the rows refused over all deliveries."""
    accepted = func.coalesce(func.sum(DELIVERIES.c.rows_accepted), 0)
    refused = func.coalesce(func.sum(DELIVERIES.c.rows_refused), 0)
    row = connection.execute(select(accepted, refused)).one()
    return int(row[0]), int(row[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRow:
    """A pool as it is stored: the snapshot in force, its feed, and its last move of stock."""

    key: PoolKey
    feed: str
    delivery_id: int
    snapshot_units: Units
    as_of: Instant
    moved_at: Instant | None


def load_pools(connection: Connection, pools: Sequence[PoolKey]) -> dict[PoolKey, PoolRow]:
    """Return the stored pools among those asked for; a missing one was never in a feed."""
    wanted = [(pool.warehouse, pool.sku) for pool in pools]
    rows = connection.execute(_pools_by_key(), {"wanted": wanted})
    found = {}
    for row in rows:
        key = PoolKey(warehouse=row.warehouse, sku=Sku(row.sku))
        found[key] = PoolRow(
            key=key,
            feed=row.feed,
            delivery_id=row.delivery_id,
            snapshot_units=row.snapshot_units,
            as_of=Instant(row.as_of),
            moved_at=row.moved_at,
        )
    return found


@cache
def _pools_by_key() -> Select[*tuple[Any, ...]]:
    return following.in_force().where(among(POOLS.c.warehouse, POOLS.c.sku))


def note_move(connection: Connection, pools: Iterable[PoolKey], now: Instant) -> None:
    """Remember that stock of these pools was moved between listings."""
    # In key order, as a feed's snapshots are: two transactions never wait for each other.
    for pool in sorted(pools):
        connection.execute(
            POOLS.update()
            .where(POOLS.c.warehouse == pool.warehouse, POOLS.c.sku == pool.sku)
            .values(moved_at=now)
        )


def known_items(connection: Connection) -> frozenset[PoolKey]:
    """Return every pool that an accepted feed has named."""
    rows = connection.execute(select(POOLS.c.warehouse, POOLS.c.sku))
    return frozenset(PoolKey(warehouse=row.warehouse, sku=Sku(row.sku)) for row in rows)
