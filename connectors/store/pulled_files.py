"""Which files were fetched from a feed's source, by name, mark and content."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, select, update

from reconciliation.quantities import Instant

from .engine import AnyRow
from .pull_tables import PULLED_FILES


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledFile:
    """A content under a name, and the mark that the source shows of it."""

    feed: str
    name: str
    size_bytes: int | None
    modified: str
    etag: str
    sha256: str
    pulled_at: Instant


def newest_of_names(connection: Connection, feed: str) -> dict[str, PulledFile]:
    """Return what was found last under each name of a feed's source."""
    files = PULLED_FILES.c
    newest = select(func.max(files.id)).where(files.feed == feed).group_by(files.name)
    rows = connection.execute(select(PULLED_FILES).where(files.id.in_(newest)))
    return {row.name: _pulled(row) for row in rows}


def is_content_known(connection: Connection, feed: str, sha256: str) -> bool:
    """Tell whether this content was ever fetched for a feed, under whatever name."""
    files = PULLED_FILES.c
    found = select(files.id).where(files.feed == feed, files.sha256 == sha256).limit(1)
    return connection.execute(found).first() is not None


def note(connection: Connection, file: PulledFile) -> None:
    """Keep what was found under a name; the same content again only moves its mark on."""
    values = asdict(file)
    files = PULLED_FILES.c
    last = select(files.id, files.sha256).where(files.feed == file.feed, files.name == file.name)
    row = connection.execute(last.order_by(files.id.desc()).limit(1)).first()
    if row is not None and row.sha256 == file.sha256:
        connection.execute(update(PULLED_FILES).where(files.id == row.id).values(values))
    else:
        connection.execute(PULLED_FILES.insert().values(values))


def _pulled(row: AnyRow) -> PulledFile:
    return PulledFile(
        feed=row.feed,
        name=row.name,
        size_bytes=row.size_bytes,
        modified=row.modified,
        etag=row.etag,
        sha256=row.sha256,
        pulled_at=Instant(row.pulled_at),
    )
