"""A backtest can be had again, to the byte, by however many processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import ROOT
from tests.support.histories import made_up_history, orders_file
from worker.backtest.run import Request, backtest
from worker.backtest.view import line


POLICIES = ("mirror_event", "percent_split", "strict", "omniscient")


def lines(*, first_seed: int = 1, processes: int = 1) -> list[str]:
    """The answer to a small request, line by line."""
    request = Request(
        policies=POLICIES, intensities=(1_000.0,), skus=2, seeds=2, first_seed=first_seed
    )
    return [line(each) for each in backtest(made_up_history(), request, processes=processes)]


def test_a_seed_repeats_to_the_byte() -> None:
    """The same request gets the same answer."""
    assert lines() == lines()


def test_another_seed_is_another_story() -> None:
    """What repeats is not one story for all."""
    assert lines() != lines(first_seed=3)


@pytest.mark.timeout(180)  # processes are started anew, each of which loads the program
def test_any_number_of_processes_gives_the_same() -> None:
    """Who shares the work changes nothing of it."""
    assert lines(processes=2) == lines()


@pytest.mark.timeout(180)  # two processes, each of which loads the program
def test_another_process_gives_the_same(tmp_path: Path) -> None:
    """Nothing hangs on how a process happens to order its sets."""
    path = orders_file(tmp_path, made_up_history())
    words = ["--orders", str(path), "--seeds", "1", "--processes", "1", "--json"]
    words += ["--policy", "strict", "--intensity", "1000", "--skus", "1", "--stale"]
    command = [sys.executable, "-m", "worker", "backtest", *words]

    answers = {
        subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }

    assert len(answers) == 1


@pytest.mark.timeout(120)  # starts the program with two processes of its own
def test_a_killed_backtest_leaves_no_process_behind(tmp_path: Path) -> None:
    """Those who share its work end when there is nobody left to work for."""
    path = orders_file(tmp_path, made_up_history())
    words = ["--orders", str(path), "--processes", "2", "--seeds", "1000", "--policy", "strict"]
    command = [sys.executable, "-m", "worker", "backtest", *words]

    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        children = wait_for(lambda: working_children(process.pid))
        process.kill()

    assert wait_for(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


def working_children(pid: int) -> list[str]:
    """The processes that a process has started for its work, once there are two."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    workers = [
        child for child in listed if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    return workers if len(workers) == 2 else []


def wait_for(look: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is looked for
    """What was looked for, as soon as it is there; nothing after a while."""
    for _ in range(600):
        if found := look():
            return found
        time.sleep(0.1)
    return None
