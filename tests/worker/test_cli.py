"""The command line as a whole: help, set-up, exit codes, and how failures are told."""

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from connectors.errors import Mend, NotAuthorised, OutcomeUnknown, RequestRefused, TryLater
from reconciliation.feed import FileCause, FileFault
from worker.cli.endings import ExitCode
from worker.cli.failures import failure_of

from ..architecture.sources import ROOT
from .cli_rig import Rig


COMMANDS = (
    "init",
    "check-config",
    "migrate",
    "up",
    "demo",
    "reconcile",
    "ingest",
    "explain",
    "history",
    "status",
    "hold",
    "release",
    "holds",
    "writes",
    "token",
    "backtest",
)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """A shop to command."""
    return Rig(tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_page_names_the_exit_codes(rig: Rig, command: str) -> None:
    """Whoever scripts a command finds in its help what its ending means."""
    answer = rig.run(command, "--help")

    assert all(f"\n  {code.value}  " in answer.out for code in ExitCode)


def test_help_loads_neither_database_nor_http() -> None:
    """What a help page does not need is not loaded, so that it answers at once."""
    probe = (
        "import sys, worker.cli.program;"
        "print(sorted({'sqlalchemy', 'httpx', 'dramatiq', 'pydantic'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, check=True)

    assert done.stdout.decode().strip() == "[]"


def test_a_wrong_word_is_bad_usage(rig: Rig) -> None:
    """A command that is not there ends with 2."""
    assert rig.run("explian", "LAMP").code == ExitCode.BAD_USAGE


# --- init ------------------------------------------------------------------------------------


def test_init_writes_an_example(rig: Rig) -> None:
    """The example lands where it was asked for."""
    target = rig.folder / "new.toml"

    assert rig.run("init", str(target)).code == ExitCode.OK
    assert "[tiktok]" in target.read_text()


def test_init_never_overwrites(rig: Rig) -> None:
    """A file that is there stays as it is."""
    before = rig.config.read_bytes()

    answer = rig.run("init", str(rig.config))

    assert (answer.code, rig.config.read_bytes()) == (ExitCode.BAD_USAGE, before)
    assert "is there already" in answer.err


# --- check-config ----------------------------------------------------------------------------


def test_check_config_says_what_is_configured(rig: Rig) -> None:
    """A good configuration is summed up."""
    answer = rig.run("check-config", "--json")

    assert answer.document["shops"] == {"alpha": "write", "beta": "write"}


def test_check_config_lists_every_fault_at_once(rig: Rig) -> None:
    """Two faults, two causes, each with its place and its remedy."""
    rig.configure("\n[schedule]\nsweep_s = 0\n\n[queue]\nthreads = 1000\n")

    answer = rig.run("check-config", "--json")

    causes = answer.document["error"]["causes"]
    assert answer.code == ExitCode.BAD_CONFIGURATION
    assert sorted(cause["cause"].partition(" ")[0] for cause in causes) == [
        "queue.threads",
        "schedule.sweep_s",
    ]
    assert all(cause["remedy"] for cause in causes)


def test_a_missing_configuration_is_told(rig: Rig) -> None:
    """Each command that needs one says that there is none, and how to get one."""
    answer = rig.run("status", config=rig.folder / "nowhere.toml")

    assert answer.code == ExitCode.BAD_CONFIGURATION
    assert "init" in answer.err
    assert "Traceback" not in answer.err


def test_a_broken_mapping_file_is_bad_configuration(rig: Rig) -> None:
    """The line at fault is named."""
    (rig.folder / "mapping.csv").write_text("shop,seller_sku,item,units\n*,SET,LAMP,none\n")
    rig.configure('\n[catalog]\nmapping_file = "mapping.csv"\n')

    answer = rig.run("check-config")

    assert answer.code == ExitCode.BAD_CONFIGURATION
    assert "line 2" in answer.err


# --- migrate ---------------------------------------------------------------------------------


def test_migrate_makes_a_store(rig: Rig) -> None:
    """From nothing to the present schema."""
    moved = rig.run("migrate", "--json").document

    assert moved["from"] is None
    assert moved["to"]


def test_migrate_twice_changes_nothing(rig: Rig) -> None:
    """At the head there is nothing to do."""
    rig.run("migrate")

    moved = rig.run("migrate", "--json").document

    assert moved["from"] == moved["to"]


def test_a_store_of_another_schema_asks_for_migrate(rig: Rig) -> None:
    """Nothing works on a store that the program does not understand."""
    rig.run("migrate")
    with sqlite3.connect(rig.folder / "var" / "oversell-guard.sqlite3") as store:
        store.execute("UPDATE alembic_version SET version_num = '0000'")
    store.close()

    answer = rig.run("status")

    assert answer.code == ExitCode.BAD_CONFIGURATION
    assert "migrate" in answer.err


# --- up --------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_up_ends_cleanly_when_told_to(rig: Rig, told: signal.Signals) -> None:
    """It says what it serves, and ends with 0 on either signal."""
    rig.config.write_text(
        rig.config.read_text().replace("[tiktok]", '[tiktok]\napi_url = "http://127.0.0.1:9"')
    )
    command = [sys.executable, "-m", "worker", "--config", str(rig.config), "up", "--json"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**rig.environ, "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = next(line for line in process.stderr if line.startswith("Guarding"))
        process.send_signal(told)
        out, err = process.communicate(timeout=30)

    assert "alpha (write), beta (write)" in said
    assert (process.returncode, json.loads(out)) == (0, {"ended": True}), err


# --- failures --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code", "remedy"),
    [
        (TryLater("busy", retry_after_s=7), ExitCode.OUTSIDE_FAILED, "7 s"),
        (OutcomeUnknown("no answer"), ExitCode.OUTSIDE_FAILED, "may have taken effect"),
        (RequestRefused("no"), ExitCode.OUTSIDE_FAILED, "the request is wrong"),
        *(
            (NotAuthorised("no", mend=mend), ExitCode.OUTSIDE_FAILED, "")
            for mend in Mend
        ),
        (
            OperationalError("BEGIN", {}, sqlite3.OperationalError("database is locked")),
            ExitCode.OUTSIDE_FAILED,
            "another process has been writing",
        ),
        (
            FileFault(FileCause.EMPTY, detail="the file is empty", remedy="write rows"),
            ExitCode.FOUND_WRONG,
            "write rows",
        ),
        (PermissionError(13, "Permission denied", "var"), ExitCode.OUTSIDE_FAILED, "rights"),
    ],
)  # fmt: skip
def test_each_failure_has_a_code_and_a_remedy(
    error: Exception, code: ExitCode, remedy: str
) -> None:
    """The tree of errors is told in words, leaf by leaf."""
    failure = failure_of(error)

    assert failure is not None
    assert failure.code == code
    assert failure.causes[0].remedy
    assert remedy in failure.causes[0].remedy


def test_a_fault_of_the_program_is_not_talked_away() -> None:
    """What is not in the table keeps its traceback."""
    assert failure_of(ZeroDivisionError()) is None


def test_a_store_url_with_a_password_is_not_quoted() -> None:
    """An error of the database shows no secret."""
    error = OperationalError("x", {}, Exception("cannot reach postgresql://guard:secret@db/x"))

    failure = failure_of(error)

    assert failure is not None
    assert "secret" not in str(failure)
