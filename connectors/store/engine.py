"""The database: how it is opened, how a transaction begins, and one portable upsert."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from operator import itemgetter
from threading import Lock
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy import Row as ResultRow
from sqlalchemy.dialects import postgresql, sqlite

from .given_rows import execute_for_rows, given, inserting


BUSY_TIMEOUT_MS = 10_000
"""How long one process waits for another's SQLite transaction; ours last milliseconds."""

POSTGRES_LIMITS_MS = {
    "lock_timeout": BUSY_TIMEOUT_MS,
    "statement_timeout": 60_000,
    # A process frozen inside a transaction must not hold its locks for ever.
    "idle_in_transaction_session_timeout": 60_000,
}
"""How long PostgreSQL lets one of our statements wait or run, and a transaction lie idle."""

POSTGRES_PLANNING = {
    # What we look for by keys lies in memory or on a disk without arms. By the server's own 4 it
    # read tables of some ten thousand rows from end to end for 200 keys.
    "random_page_cost": 1.1,
}
"""What PostgreSQL takes for true of its disk when it plans our statements."""

CONNECTION_LIMITS = {
    "connect_timeout": 5,
    # A server that vanishes without a word is given up after some 25 s, not after hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""Seconds, but for the last, which is milliseconds: how long a silent server is waited for."""

CONNECTIONS_KEPT = 10
"""Connections that a process keeps open; as many again may be opened for a while."""

NewRow: TypeAlias = Mapping[str, Any]
"""A row to store, by column name."""

Act = TypeVar("Act")

AnyRow: TypeAlias = ResultRow[*tuple[Any, ...]]
"""A row that a query returned, whatever its columns."""


class DriverMissing(RuntimeError):
    """Raised for a database whose driver is not installed with this release."""


def open_engine(database_url: str) -> Engine:
    """Return an engine for the record; nothing is opened before its first use.

    Raises `DriverMissing`, which does not quote the URL: there may be a password in it.
    """
    url = make_url(database_url)
    try:
        # Parameters hold tokens; an error must not quote them.
        engine = create_engine(url, hide_parameters=True, **_options_for(url.get_backend_name()))
    except ModuleNotFoundError as error:
        raise DriverMissing(
            f"this release has no driver {error.name}: "
            "write database_url as postgresql+psycopg://user@host/database, or as sqlite:///file"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _options_for(backend: str) -> dict[str, Any]:
    """Return how connections to a backend are opened: each with bounds on how long it waits."""
    if backend != "postgresql":
        # SQLite's own wait for another writer sleeps, ever longer and in no order. The threads of
        # one process, who write all the time, wait here in turn instead.
        return {"execution_options": {"writers": Lock()}}
    session = POSTGRES_LIMITS_MS | POSTGRES_PLANNING
    return {
        "pool_size": CONNECTIONS_KEPT,
        "max_overflow": CONNECTIONS_KEPT,
        "connect_args": {
            "options": " ".join(f"-c {name}={value}" for name, value in session.items()),
            **CONNECTION_LIMITS,
        },
    }


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
    with _connected(engine, **_ONE_STATE.get(engine.dialect.name, {})) as connection:
        yield connection


_ONE_STATE: dict[str, dict[str, Any]] = {
    # SQLite's transactions always see one state; PostgreSQL's do where asked.
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}

LastAct: TypeAlias = Callable[[Connection], None]
"""What a transaction does at its very end, before it is committed."""


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection whose changes are kept together or not at all.

    What was asked for by `at_the_end` is done last, in the order of its names.
    """
    last: dict[str, LastAct] = {}
    turn = engine.get_execution_options().get("writers", nullcontext())
    with turn, _connected(engine, writes=True, last_acts=last) as connection:
        yield connection
        for name in sorted(last):
            last[name](connection)


@contextmanager
def _connected(engine: Engine, **options: object) -> Iterator[Connection]:
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def at_the_end(connection: Connection, name: str, make: Callable[[], Act]) -> Act:
    """Return the act of that name which the transaction does at its end, made where there is none.

    Rows for which many compete are touched there: they are locked for an instant only, and by
    everybody in the same order.
    """
    acts = connection.get_execution_options()["last_acts"]
    act: Act = acts.setdefault(name, make())
    return act


def is_writing(connection: Connection) -> bool:
    """Tell whether a connection is one of `writing`."""
    return bool(connection.get_execution_options().get("writes", False))


def insert_into(dialect: str, table: Table) -> Any:  # noqa: ANN401 - two dialects' inserts
    """Return an insert that knows `ON CONFLICT`, in the dialect of that name."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def upsert(
    connection: Connection, table: Table, rows: Sequence[NewRow], *, keep: Sequence[str] = ()
) -> None:
    """Insert rows, or replace what is stored under their keys; `keep` names columns to leave."""
    if rows:
        statement = _upserting(connection.dialect.name, table, tuple(rows[0]), tuple(keep))
        execute_for_rows(connection, statement, _each_once(table, rows, keep))


def _each_once(table: Table, rows: Sequence[NewRow], keep: Sequence[str]) -> list[NewRow]:
    """Return the rows as they would be stored one after the other, each key once."""
    key_of = itemgetter(*(column.name for column in table.primary_key))
    once: dict[Any, NewRow] = {}
    for row in rows:
        key = key_of(row)
        kept = {name: once[key][name] for name in keep} if key in once else {}
        once[key] = {**row, **kept} if kept else row
    return list(once.values())


@cache
def _upserting(dialect: str, table: Table, columns: tuple[str, ...], keep: tuple[str, ...]) -> Any:  # noqa: ANN401 - two dialects' inserts
    new = given(dialect, {name: table.c[name].type for name in columns})
    statement = inserting(dialect, insert_into(dialect, table), new)
    keys = [column.name for column in table.primary_key]
    changes = {
        name: statement.excluded[name] for name in columns if name not in keys and name not in keep
    }
    if changes:
        return statement.on_conflict_do_update(index_elements=keys, set_=changes)
    return statement.on_conflict_do_nothing(index_elements=keys)


def _column(table: Table, name: str, rows: Sequence[NewRow]) -> Iterator[Any]:
    """Return the values of a column, row by row, as a driver takes them."""
    values = map(itemgetter(name), rows)
    return map(json.dumps, values) if isinstance(table.c[name].type, JSON) else values


def insert_many(connection: Connection, table: Table, rows: Sequence[NewRow]) -> None:
    """Insert rows that are not there yet, by each driver's own way, which takes far less time.

    That is COPY on PostgreSQL. All rows name the same columns.
    """
    if not rows:
        return
    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    told = zip(*(_column(table, name, rows) for name in names), strict=True)
    if connection.dialect.name != "postgresql":
        places = ", ".join("?" * len(names))
        insert = f"INSERT INTO {table.name} ({columns}) VALUES ({places})"  # noqa: S608 - names of our own tables
        connection.exec_driver_sql(insert, list(told))
        return
    driver: Any = connection.connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy,
    ):
        for row in told:
            copy.write_row(row)
