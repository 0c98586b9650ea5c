"""Real servers for any test: started by the first that asks, one of each kind for a process."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.store.engine import open_engine
from connectors.store.schema import migrate
from tests.support.servers import Postgres, Valkey, postgres, valkey


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """The PostgreSQL that the tests of this process share; none of them stops it."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[Valkey]:
    """The Valkey that the tests of this process share; none of them stops or wipes it."""
    with valkey() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """The address of an empty database of PostgreSQL, for one test alone."""
    name = postgres_server.make_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def migrated_database(postgres_server: Postgres) -> str:
    """The name of a database at the present schema, to be copied and never opened."""
    name = postgres_server.make_database()
    engine = open_engine(postgres_server.url(name))
    migrate(engine)
    engine.dispose()
    return name


@pytest.fixture
def migrated_postgres_url(postgres_server: Postgres, migrated_database: str) -> Iterator[str]:
    """The address of an empty record at the present schema, for one test alone."""
    name = postgres_server.make_database(template=migrated_database)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def redis_url(valkey_server: Valkey) -> str:
    """The address of an empty database of Valkey, for one test alone."""
    return valkey_server.empty_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty record, for one test alone: on each kind of database in turn."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("migrated_postgres_url")
        return url
    return f"sqlite:///{tmp_path / 'record.sqlite3'}"


@pytest.fixture
def free_port() -> int:
    """A port of this machine that nobody listens on; the test carries the mark for it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
