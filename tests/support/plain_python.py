"""Our program in the hands of a user without rights: a Python, the libraries, the source root.

As root, on a machine whose Python lies in a private home, nobody else can run it. What such a
user cannot read is copied; where it can read everything, nothing is.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .plain_user import PlainUser


ROOT = Path(__file__).parents[2]
"""The source root."""

PROGRAM = ("worker", "connectors", "reconciliation", "deploy", "tests/support")
"""What is run from the source root."""

NOT_NEEDED = ("site-packages", "dist-packages", "test", "config-*", "idlelib")
"""What a copy of the standard library does without: nine tenths of it."""

FOUND_BY = ("LD_LIBRARY_PATH", "PYTHONPATH")
"""Variables by which an interpreter may have found its own parts."""

PROBE = "import uvloop, psycopg, httptools, worker"
"""Proves that interpreter, compiled libraries and program can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainPython:
    """What a plain user runs our program with."""

    programs: Path
    """The folder in which `python` is."""
    root: Path
    """The source root."""
    environ: Mapping[str, str]
    """The variables, with `programs` on the path; nothing of ours but that."""
    user: PlainUser

    def run(self, *command: str, more: Mapping[str, str] | None = None) -> str:
        """Run a command to its end in the source root, with more variables; return what it said.

        Raises `subprocess.CalledProcessError` if it fails.
        """
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command,
            cwd=self.root,
            env={**self.environ, **(more or {})},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=50,
            **self.user.popen_arguments,
        )
        return done.stdout

    @property
    def works(self) -> bool:
        """Tell whether the user reaches everything."""
        try:
            self.run("python", "-c", PROBE)
        except (OSError, subprocess.SubprocessError):
            return False
        return True


def plain_python(folder: Path, user: PlainUser) -> PlainPython:
    """Return what the user runs our program with; copies go to `folder`, which is the user's.

    Raises `RuntimeError` if the program does not run even so.
    """
    programs = Path(sys.executable).parent
    here = PlainPython(programs=programs, root=ROOT, environ=_environ(programs), user=user)
    if here.works:
        return here
    copied = _copied(folder, user)
    if not copied.works:
        raise RuntimeError(f"a copy of the Python in {sys.base_prefix} does not run in {folder}")
    return copied


def _environ(programs: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in FOUND_BY if name in os.environ}
    path = f"{programs}:/usr/local/bin:/usr/bin:/bin"
    return {**kept, "PATH": path, "LANG": "C.UTF-8", **more}


def _copied(folder: Path, user: PlainUser) -> PlainPython:
    interpreter, root = folder / "python", folder / "app"
    _copy_interpreter(interpreter)
    for each in PROGRAM:
        shutil.copytree(ROOT / each, root / each)
    (root / "tests" / "__init__.py").touch()
    libraries = Path(sysconfig.get_path("purelib"))
    if not user.can_run("/bin/sh", "-c", f'test -r "{libraries}/psycopg/__init__.py"'):
        libraries = shutil.copytree(libraries, folder / "libraries")
    for path in folder.rglob("*"):
        user.owns(path)
    environ = _environ(
        interpreter / "bin",
        LD_LIBRARY_PATH=str(interpreter / "lib"),
        PYTHONPATH=str(libraries),
    )
    return PlainPython(programs=interpreter / "bin", root=root, environ=environ, user=user)


def _copy_interpreter(place: Path) -> None:
    """Copy the interpreter and its standard library; it finds the one from the other."""
    origin = Path(sys.base_prefix)
    installed = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    for kind in ("stdlib", "platstdlib"):
        library = Path(sysconfig.get_path(kind, vars=installed))
        shutil.copytree(
            library,
            place / library.relative_to(origin),
            ignore=shutil.ignore_patterns(*NOT_NEEDED),
            dirs_exist_ok=True,
        )
    for shared in (origin / "lib").glob("libpython*.so*"):
        shutil.copy(shared, place / "lib")
    (place / "bin").mkdir()
    executable = Path(os.path.realpath(sys.executable))
    shutil.copy(executable, place / "bin")
    for name in ("python", "python3"):
        if name != executable.name:
            (place / "bin" / name).symlink_to(executable.name)
