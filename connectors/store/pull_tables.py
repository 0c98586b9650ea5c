"""The table of what was fetched from partners."""

from sqlalchemy import BigInteger, Column, Double, Index, Integer, String, Table

from .tables import METADATA


PULLED_FILES = Table(
    "pulled_files",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("feed", String, nullable=False),
    Column("name", String, nullable=False),
    Column("size_bytes", BigInteger),
    Column("modified", String, nullable=False),
    Column("etag", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("pulled_at", Double, nullable=False),
    Index("pulled_files_by_name", "feed", "name"),
    Index("pulled_files_by_content", "feed", "sha256"),
    comment="One row: a content that was found under a name at a feed's source, with the mark "
    "(size, modified, etag) that the source shows of it.",
)
