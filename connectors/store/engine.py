"""The database: how it is opened, how a transaction begins, and one portable upsert."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy import Row as ResultRow
from sqlalchemy.dialects import postgresql, sqlite


BUSY_TIMEOUT_MS = 10_000
"""How long one process waits for another's SQLite transaction; ours last milliseconds."""

NewRow: TypeAlias = Mapping[str, Any]
"""A row to store, by column name."""

AnyRow: TypeAlias = ResultRow[*tuple[Any, ...]]
"""A row that a query returned, whatever its columns."""


class DriverMissing(RuntimeError):
    """Raised for a database whose driver is not installed with this release."""


def open_engine(database_url: str) -> Engine:
    """Return an engine for the record; nothing is opened before its first use.

    Raises `DriverMissing`, which does not quote the URL: there may be a password in it.
    """
    try:
        # Parameters hold tokens; an error must not quote them.
        engine = create_engine(database_url, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise DriverMissing(
            f"this release has no driver {error.name} and keeps its record in SQLite: "
            "write database_url as sqlite:///file, or leave it out"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    """Make SQLite durable and concurrent, and leave transactions to us."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once where asked: a later upgrade could fail as busy."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees one state of the record throughout."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection whose changes are kept together or not at all."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def upsert(
    connection: Connection, table: Table, rows: Sequence[NewRow], *, keep: Sequence[str] = ()
) -> None:
    """Insert rows, or replace what is stored under their keys; `keep` names columns to leave."""
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    changes = {
        name: statement.excluded[name] for name in rows[0] if name not in keys and name not in keep
    }
    if changes:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changes)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    connection.execute(statement, [dict(row) for row in rows])
