"""What the entrypoint starts works together outside a container, run by a user without rights."""

import json
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.support.plain_python import PlainPython
from tests.support.servers import Postgres, Valkey

from .processes import StartedProcess


ENTRYPOINT = "deploy/entrypoint.sh"
WORK_S_MAX = 60.0
"""How long the processes have for their first writes; they take some seconds."""

# Five processes are started and ended for the first test; they listen on this machine.
pytestmark = [pytest.mark.timeout(240), pytest.mark.allow_hosts(["127.0.0.1"])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was seen of a run from the first process to the last."""

    settled_writes: int
    alive: int
    ready: int
    exit_codes: dict[str, int]
    oversold_units: int
    logs: str


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def settled_writes(database_url: str) -> int:
    """How many quantities TikTok is known to show."""
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT count(*) FROM writes WHERE settled_at > 0").fetchone()
    return int(row[0]) if row else 0


def within(wait_s: float, found: Callable[[], int]) -> int:
    """The first that is found, or what was found last."""
    until = time.monotonic() + wait_s
    while not (last := found()) and time.monotonic() < until:
        time.sleep(0.2)
    return last


@pytest.fixture(scope="module")
def shared(plain: PlainPython) -> Iterator[Path]:
    """The folder that the world shares with the guard."""
    folder = plain.user.make_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def observed(
    plain: PlainPython, shared: Path, postgres_server: Postgres, valkey_server: Valkey
) -> Observed:
    """A whole run: the world, the migration, then one of each process; ended one by one."""
    database_url = postgres_server.url(postgres_server.make_database())
    world_url, metrics_port = f"http://127.0.0.1:{free_port()}", free_port()
    metrics_url = f"http://127.0.0.1:{metrics_port}"
    environ = {
        "OVERSELL_GUARD_CONFIG": str(shared / "oversell-guard.toml"),
        "OVERSELL_GUARD_DATABASE_URL": database_url,
        "OVERSELL_GUARD_REDIS_URL": valkey_server.empty_database(),
        "OVERSELL_GUARD_WEB__PORT": str(free_port()),
        "OVERSELL_GUARD_METRICS__PORT": str(metrics_port),
        "RECORD_WAIT_S": "10",
    }
    world_command = ("python", "-m", "worker.demo.world", str(shared), f"--url={world_url}")
    with ExitStack() as stack:

        def started(*command: str, asked: str = "") -> StartedProcess:
            process = StartedProcess(plain, *command, environ=environ, asked=asked)
            stack.enter_context(closing(process))
            process.start()
            return process

        world = started(*world_command)
        within(WORK_S_MAX, (shared / "oversell-guard.toml").exists)
        plain.run(ENTRYPOINT, "migrate", more=environ)
        processes = {
            "web": started(ENTRYPOINT, "web", asked=f"{metrics_url}/livez"),
            "worker": started(ENTRYPOINT, "worker"),
            "schedule": started(ENTRYPOINT, "schedule"),
        }
        seen = within(WORK_S_MAX, lambda: settled_writes(database_url))
        alive, ready = (
            processes["web"].status(f"{metrics_url}/{page}") for page in ("livez", "readyz")
        )
        exit_codes = {name: process.stop() for name, process in processes.items()}
        world.stop()
        return Observed(
            settled_writes=seen,
            alive=alive,
            ready=ready,
            exit_codes=exit_codes,
            oversold_units=json.loads(world.log.splitlines()[-1])["oversold_units"],
            logs="\n".join(f"{name}:\n{each.log}" for name, each in processes.items()),
        )


def test_work_is_done(observed: Observed) -> None:
    """A partner's feed became quantities that TikTok shows."""
    assert observed.settled_writes > 0, observed.logs


def test_web_says_that_it_lives(observed: Observed) -> None:
    """The image's health check asks this."""
    assert observed.alive == 200


def test_web_says_that_it_is_ready(observed: Observed) -> None:
    """A balancer asks this."""
    assert observed.ready == 200


@pytest.mark.parametrize("name", ["web", "worker", "schedule"])
def test_a_process_ends_when_it_is_told_to(observed: Observed, name: str) -> None:
    """The signal arrives, and the process ends by itself and in good order."""
    assert observed.exit_codes[name] == 0, observed.logs


def test_nothing_is_oversold(observed: Observed) -> None:
    """The partner's shelf has for every order what was ordered."""
    assert observed.oversold_units == 0
