"""The entrypoint starts what it is asked for, and refuses what cannot go well."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.plain_python import PlainPython

from .tools import DEPLOY


NOWHERE = {
    "OVERSELL_GUARD_DATABASE_URL": "postgresql+psycopg://guard@/nothing?host=/nowhere",
    "OVERSELL_GUARD_TIKTOK__APP_KEY": "key",
    "OVERSELL_GUARD_TIKTOK__APP_SECRET": "secret",
    "RECORD_WAIT_S": "0.1",
}
"""A configuration whose database is not there."""

ECHO = """#!/bin/sh
printf '%s\\n' "PGPASSWORD=${PGPASSWORD:-}" "PYTHONPATH=$PYTHONPATH" "$*"
"""
"""A `python` that says how it was called."""


def entered(
    plain: PlainPython, *words: str, environ: Mapping[str, str], root: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the entrypoint below a source root to its end."""
    return subprocess.run(
        [(root or plain.root) / "deploy" / "entrypoint.sh", *words],
        cwd="/",
        env={**plain.environ, **environ},
        capture_output=True,
        check=False,
        text=True,
        timeout=50,
        **plain.user.popen_arguments,
    )


@pytest.fixture
def image(plain: PlainPython) -> Iterator[Path]:
    """A source root with nothing in it but the entrypoint."""
    root = plain.user.make_folder()
    (root / "deploy").mkdir()
    shutil.copy(DEPLOY / "entrypoint.sh", root / "deploy")
    yield root
    shutil.rmtree(root)


def called(plain: PlainPython, image: Path, *words: str, **environ: str) -> list[str]:
    """What the last `python` was told that the entrypoint called: variables, then words."""
    echo = image / "bin" / "python"
    echo.parent.mkdir()
    echo.write_text(ECHO)
    echo.chmod(0o755)
    path = {"PATH": f"{echo.parent}:{plain.environ['PATH']}"}
    return entered(plain, *words, environ={**environ, **path}, root=image).stdout.splitlines()[-3:]


def test_it_asks_what_to_start(plain: PlainPython) -> None:
    """Without a word it starts nothing, and says which words there are."""
    done = entered(plain, environ={})

    assert (done.returncode, done.stderr) == (
        2,
        "error: name what to start: web, worker, schedule, sftp, up, migrate\n",
    )


def test_it_refuses_to_run_somebody_elses_worker(plain: PlainPython, image: Path) -> None:
    """Packages of the same names from elsewhere on the path do not pass for ours."""
    done = entered(plain, "web", environ={"PYTHONPATH": str(plain.root)}, root=image)

    assert f"error: worker is {plain.root}/worker/__init__.py, not below {image}" in done.stderr


def test_it_does_not_wait_for_a_database_for_ever(plain: PlainPython) -> None:
    """A bounded wait ends with the cause; the container's engine then tries again."""
    done = entered(plain, "web", environ=NOWHERE)

    assert "error: the database does not answer within 0.1 s" in done.stderr


def test_it_tells_what_is_wrong_with_the_configuration(plain: PlainPython) -> None:
    """A fault is a line for people, not a traceback."""
    done = entered(plain, "web", environ={"OVERSELL_GUARD_WEB__PORT": "many"})

    assert "error: the configuration is not in order\nOVERSELL_GUARD_WEB__PORT" in done.stderr


def test_it_runs_any_other_command_without_a_database(plain: PlainPython) -> None:
    """`check-config` and the like need none."""
    done = entered(plain, "check-config", environ=NOWHERE)

    assert "The configuration is in order." in done.stdout


def test_it_does_not_wait_for_a_file(plain: PlainPython, image: Path) -> None:
    """With SQLite the program makes folder and file itself, at its first start."""
    beside = {
        **NOWHERE,
        "OVERSELL_GUARD_DATABASE_URL": "",
        "OVERSELL_GUARD_DATA_DIR": f"{image}/new",
    }

    entered(plain, "migrate", environ=beside)

    assert (image / "new" / "oversell-guard.sqlite3").exists()


@pytest.mark.parametrize("word", ["web", "schedule", "sftp", "up", "migrate"])
def test_a_process_is_a_command_of_the_program(plain: PlainPython, image: Path, word: str) -> None:
    """The program's own commands are the processes' names."""
    assert called(plain, image, word)[-1] == f"-m worker {word}"


def test_queue_processes_are_dramatiqs(plain: PlainPython, image: Path) -> None:
    """Processes, threads and the time to end are what the environment says."""
    asked = {
        "WORKER_PROCESSES": "2",
        "OVERSELL_GUARD_QUEUE__THREADS": "4",
        "WORKER_STOP_MS": "5000",
    }

    assert called(plain, image, "worker", **asked)[-1] == (
        "-m dramatiq worker.entry:broker --processes 2 --threads 4 --worker-shutdown-timeout 5000"
    )


def test_the_databases_password_comes_from_a_file(plain: PlainPython, image: Path) -> None:
    """The URL needs none, and so can be shown to anybody."""
    (image / "password").write_text("pass-canary\n")

    told = called(plain, image, "web", PGPASSWORD_FILE=str(image / "password"))

    assert told[0] == "PGPASSWORD=pass-canary"


def test_our_own_packages_come_first(plain: PlainPython, image: Path) -> None:
    """Whatever else is on the path comes after the source root."""
    assert (
        called(plain, image, "web", PYTHONPATH="/elsewhere")[1] == f"PYTHONPATH={image}:/elsewhere"
    )
