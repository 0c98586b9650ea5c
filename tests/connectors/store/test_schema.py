"""The schema: what the migrations make is what the tables say."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from connectors.store.engine import open_engine, writing
from connectors.store.schema import SchemaBehind, ensure_schema, head, migrate, revision
from connectors.store.tables import METADATA


def test_migrating_makes_exactly_the_tables_that_the_program_uses(engine: Engine) -> None:
    """Alembic finds no difference between a migrated store and the tables in code."""
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)

    assert differences == []


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    """A store at the head stays at the head."""
    migrate(engine)

    assert revision(engine) == head()


def test_an_empty_store_gets_its_schema(tmp_path: Path) -> None:
    """Nothing has to be prepared by hand."""
    fresh = open_engine(f"sqlite:///{tmp_path / 'fresh.sqlite3'}")
    ensure_schema(fresh)

    assert revision(fresh) == head()
    fresh.dispose()


def test_a_store_of_another_version_is_refused_with_the_remedy(engine: Engine) -> None:
    """A program never works on a schema that it does not know."""
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaBehind, match="python -m worker migrate"):
        ensure_schema(engine)
