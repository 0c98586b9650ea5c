"""A store of its own for each test, at the present schema, on each kind of database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from connectors.store.engine import open_engine
from connectors.store.schema import ensure_schema


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A migrated store: SQLite in a file, as several connections share it, or PostgreSQL."""
    opened = open_engine(database_url)
    ensure_schema(opened)
    yield opened
    opened.dispose()
