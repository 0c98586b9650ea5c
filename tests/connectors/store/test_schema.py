"""The schema: what the migrations make is what the tables say."""

from pathlib import Path

import polars as pl
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from connectors.store import following, intake, stated_files
from connectors.store.engine import open_engine, reading, upsert, writing
from connectors.store.following import FollowedFile
from connectors.store.schema import (
    MIGRATIONS,
    SchemaBehind,
    ensure_schema,
    head,
    migrate,
    revision,
)
from connectors.store.tables import METADATA, POOLS
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Sku


TEE = PoolKey(warehouse="EAST", sku=Sku("TEE"))


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


def at_revision(engine: Engine, name: str, *, up: bool = True) -> None:
    """Bring a store forward to an older schema, or back to it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        (command.upgrade if up else command.downgrade)(config, name)


def test_what_was_in_force_before_files_were_followed_stays(tmp_path: Path) -> None:
    """A pool follows nothing until its feed's next large file."""
    old = open_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    at_revision(old, "0011")
    with writing(old) as connection:
        connection.execute(
            text("INSERT INTO pools VALUES ('EAST', 'TEE', 'east', 7, 5, 100.0, NULL)")
        )
    migrate(old)

    with reading(old) as connection:
        found = intake.load_pools(connection, [TEE])[TEE]
    assert (found.snapshot_units, found.as_of, found.delivery_id) == (5, 100.0, 7)
    old.dispose()


def test_a_store_that_is_taken_back_has_what_pools_follow(tmp_path: Path) -> None:
    """Their moment in their own row, and the file's lines where lines are."""
    new = open_engine(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    ensure_schema(new)
    file = FollowedFile(feed="east", warehouse="EAST", delivery_id=9, as_of=Instant(300.0))
    stated = pl.DataFrame({"sku": ["TEE"], "units": [5], "as_of": [300.0]})
    with writing(new) as connection:
        row = {"warehouse": "EAST", "sku": "TEE", "feed": "east", "delivery_id": 7}
        upsert(connection, POOLS, [{**row, "snapshot_units": 5, "as_of": 100.0, "follows": True}])
        following.follow(connection, file)
        stated_files.keep(connection, 9, "EAST", stated)
    at_revision(new, "0011", up=False)

    with reading(new) as connection:
        pool = connection.execute(text("SELECT delivery_id, as_of FROM pools")).one()
        line = connection.execute(text("SELECT delivery_id, sku, units FROM snapshot_lines")).one()
    assert (tuple(pool), tuple(line)) == ((9, 300.0), (9, "TEE", 5))
    new.dispose()
