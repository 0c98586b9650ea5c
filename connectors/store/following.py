"""Pools that follow a file: what they have in force is as of the last file that repeats it.

Theory of operation
-------------------
Most of a large file repeats what the one before it said. Such a row moves its pool's as-of and
nothing else, and a million of them to one moment. So that is stored once: the pool's row says that
it `follows` its feed's files, and `followed_files` which of them is the last, and as of when. What
the pool's own row has as delivery and as-of is then of the file that its figure began with.

A pool follows while each file of its feed names it with the same figure as of the file's own
moment. Before anything else comes into force for it, or its feed has a file that is not followed,
what it has is written out (`settling`): it follows no more.

Whoever reads what is in force reads `as_of` and `delivery_id` of here, never the columns.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Label, Select, case, delete, func, select

from reconciliation.quantities import Instant, Sku

from .engine import upsert
from .feed_tables import FOLLOWED_FILES
from .tables import POOLS


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedFile:
    """The delivery that pools of a feed follow, and the moment that it speaks of."""

    feed: str
    warehouse: str
    delivery_id: int
    as_of: Instant


def as_of() -> Label[Any]:
    """Return as of when a pool's figure is in force."""
    return _of_followed("as_of")


def delivery_id() -> Label[Any]:
    """Return the delivery that last stated what is in force for a pool."""
    return _of_followed("delivery_id")


def _of_followed(name: str) -> Label[Any]:
    followed = (
        select(FOLLOWED_FILES.c[name])
        .where(FOLLOWED_FILES.c.feed == POOLS.c.feed)
        .scalar_subquery()
    )
    told = case((POOLS.c.follows, followed), else_=POOLS.c[name])
    return func.coalesce(told, POOLS.c[name], type_=POOLS.c[name].type).label(name)


def in_force() -> Select[*tuple[Any, ...]]:
    """Return the query for what is in force: every pool's columns, as they count."""
    names = ("warehouse", "sku", "feed", "snapshot_units", "moved_at", "follows")
    return select(*(POOLS.c[name] for name in names), as_of(), delivery_id())


def followed(connection: Connection, feed: str) -> FollowedFile | None:
    """Return the file that pools of a feed follow, None where none does."""
    query = select(FOLLOWED_FILES).where(FOLLOWED_FILES.c.feed == feed)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return FollowedFile(
        feed=row.feed, warehouse=row.warehouse, delivery_id=row.delivery_id, as_of=row.as_of
    )


def is_followed(connection: Connection, warehouse: str) -> bool:
    """Tell whether any pool of a warehouse may follow a file."""
    query = select(FOLLOWED_FILES.c.feed).where(FOLLOWED_FILES.c.warehouse == warehouse)
    return connection.execute(query.limit(1)).first() is not None


def follow(connection: Connection, file: FollowedFile) -> None:
    """Have all pools of a feed that follow, follow this file from now on."""
    row = {
        "feed": file.feed,
        "warehouse": file.warehouse,
        "delivery_id": file.delivery_id,
        "as_of": file.as_of,
    }
    upsert(connection, FOLLOWED_FILES, [row])


def forget(connection: Connection, feed: str) -> None:
    """Forget the file of a feed that no pool follows any more."""
    connection.execute(delete(FOLLOWED_FILES).where(FOLLOWED_FILES.c.feed == feed))


def strangers(connection: Connection, file: FollowedFile) -> frozenset[Sku]:
    """Return the SKUs of a warehouse that follow no file, or that of another feed."""
    alone = select(POOLS.c.sku).where(POOLS.c.warehouse == file.warehouse, ~POOLS.c.follows)
    found = set(connection.execute(alone).scalars())
    elsewhere = select(FOLLOWED_FILES.c.feed).where(
        FOLLOWED_FILES.c.warehouse == file.warehouse, FOLLOWED_FILES.c.feed != file.feed
    )
    if others := connection.execute(elsewhere).scalars().all():
        theirs = select(POOLS.c.sku).where(
            POOLS.c.warehouse == file.warehouse, POOLS.c.follows, POOLS.c.feed.in_(others)
        )
        found.update(connection.execute(theirs).scalars())
    return frozenset(map(Sku, found))
