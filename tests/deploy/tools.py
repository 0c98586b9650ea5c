"""The tools that know the files of `deploy/`, each from its wheel; what they say is the test."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any


ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def told_by(tool: str, *arguments: str | Path) -> str:
    """Return what a tool says of a file, on either stream; a clean file leaves it silent.

    Raises `FileNotFoundError` for a tool that is not installed: it is never left out.
    """
    done = _run(tool, *arguments)
    said = (done.stdout + done.stderr).strip()
    return said or ("" if done.returncode == 0 else f"ended with {done.returncode}")


def composed(*files: str) -> dict[str, Any]:
    """Return the compose files of `deploy/` as Compose itself reads them together."""
    named = [part for file in files for part in ("--file", DEPLOY / file)]
    done = _run("docker-compose", *named, "config", "--format", "json", check=True)
    resolved: dict[str, Any] = json.loads(done.stdout)
    return resolved


def _run(
    tool: str, *arguments: str | Path, check: bool = False
) -> subprocess.CompletedProcess[str]:
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    program = shutil.which(tool, path=beside)
    if program is None:
        raise FileNotFoundError(f"{tool} is not installed: run `make setup-dev`")
    # No variable of the machine finds its way into what is checked.
    return subprocess.run(
        [program, *arguments],
        cwd=DEPLOY,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        capture_output=True,
        check=check,
        text=True,
        timeout=50,
    )
