"""The schema of the record: brought to its present form by Alembic, or found to be behind."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from . import (
    feed_tables,  # noqa: F401 - its tables are part of the schema
    market_tables,  # noqa: F401 - as above, its tables are part of the schema
    partner_tables,  # noqa: F401 - as above, its tables are part of the schema
    pull_tables,  # noqa: F401 - as above, its tables are part of the schema
    shop_tables,  # noqa: F401 - as above, its tables are part of the schema
)
from .engine import writing


MIGRATIONS = Path(__file__).parent / "migrations"
"""Where the migrations lie."""


class SchemaBehind(RuntimeError):
    """Raised when a store has another schema than this program: `migrate` mends it."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """Return the name of the newest migration."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def revision(engine: Engine) -> str | None:
    """Return the migration that a store is at, None for one without a schema."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine) -> None:
    """Bring a store to the present schema, in one transaction; at the head it does nothing."""
    with writing(engine) as connection:
        command.upgrade(_config(connection), "head")


def ensure_schema(engine: Engine) -> None:
    """Make the schema in an empty store; raise `SchemaBehind` for one of another version."""
    found = revision(engine)
    if found is None:
        migrate(engine)
    elif found != head():
        raise SchemaBehind(
            f"the store is at schema {found}, this program needs {head()}: "
            "run `python -m worker migrate`"
        )
