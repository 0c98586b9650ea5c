"""A store of its own for each test, at the present schema."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors.store.engine import open_engine
from connectors.store.schema import migrate


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A migrated SQLite store in a file, as several connections would share it."""
    opened = open_engine(f"sqlite:///{tmp_path / 'record.sqlite3'}")
    migrate(opened)
    yield opened
    opened.dispose()
