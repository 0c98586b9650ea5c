"""Runs promtool. No wheel ships it or Prometheus, so where they are missing the tests say so."""

import os
import shutil
import subprocess

import pytest


def program_of_prometheus(name: str) -> str:
    """Return where a program of Prometheus lies, or fail the test and say how to get it."""
    # On Debian a user's path may leave out the folders of programs.
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/bin", "/usr/bin"])
    found = shutil.which(name, path=places)
    if found is None:
        pytest.fail(
            f"{name} is not on the PATH. On Debian and Ubuntu: "
            "`sudo deploy/prometheus/install-promtool.sh`; on macOS: `brew install prometheus`"
        )
    return found


def promtool(*arguments: str) -> str:
    """Run promtool and return what it says, or fail the test with that."""
    command = [program_of_prometheus("promtool"), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    said = ended.stdout + ended.stderr
    if ended.returncode != 0:
        pytest.fail(f"promtool {' '.join(arguments)}\n{said}")
    return said
