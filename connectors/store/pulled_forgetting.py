"""Forgets what was fetched long ago and has no use any more."""

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from reconciliation.quantities import Instant

from .batches import batches
from .pull_tables import PULLED_FILES


def forget_pulled(
    connection: Connection, feed: str, *, before: Instant, listed: Collection[str]
) -> None:
    """Delete what was found before a moment, but the newest of each name that is `listed` still.

    By those it is told that a file was not changed. A content that is forgotten and comes again is
    fetched again, and the gate knows it.
    """
    files = PULLED_FILES.c
    newest = select(func.max(files.id)).where(files.feed == feed).group_by(files.name)
    old = select(files.id, files.name, files.id.in_(newest).label("is_newest")).where(
        files.feed == feed, files.pulled_at < before
    )
    rows = connection.execute(old).all()
    ids = [row.id for row in rows if not (row.is_newest and row.name in listed)]
    for some in batches(ids):
        connection.execute(PULLED_FILES.delete().where(files.id.in_(some)))
