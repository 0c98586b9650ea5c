"""A backtest can be had again, to the byte, by however many processes."""

import os
import subprocess
import sys
from pathlib import Path

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
