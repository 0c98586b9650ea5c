"""Runs promtool. No wheel ships it, so where it is missing the tests say how to get it."""

import os
import shutil
import subprocess

import pytest


def promtool(*arguments: str) -> str:
    """Run promtool and return what it says, or fail the test with that."""
    # A user's path on Debian may leave out the folders of programs.
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/bin", "/usr/bin"])
    found = shutil.which("promtool", path=places)
    if found is None:
        pytest.fail(
            "promtool is not on the PATH; it comes with Prometheus. On Debian and Ubuntu: "
            "`sudo deploy/prometheus/install-promtool.sh`; on macOS: `brew install prometheus`"
        )
    ended = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    said = ended.stdout + ended.stderr
    if ended.returncode != 0:
        pytest.fail(f"promtool {' '.join(arguments)}\n{said}")
    return said
