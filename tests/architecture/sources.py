"""The files of this project, as text and as syntax trees."""

import ast
import functools
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath


ROOT = Path(__file__).resolve().parents[2]
PRODUCT_PACKAGES = ("worker", "connectors", "reconciliation")
PACKAGES = (*PRODUCT_PACKAGES, "tests")

# What a walk leaves out where there is no git to ask: made by tools, not written by us.
MADE_BY_TOOLS = {".git", ".venv", "__pycache__", ".hypothesis", ".import_linter_cache"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One text file: its path below the root, with forward slashes, and what it says."""

    path: PurePosixPath
    text: str

    @property
    def package(self) -> str:
        """The top-level folder, or the file's own name where it lies at the root."""
        return self.path.parts[0]

    @property
    def tree(self) -> ast.Module:
        """The file as Python reads it."""
        return _parsed(self.text)


@functools.cache
def all_sources() -> tuple[Source, ...]:
    """Every text file that belongs to the project, whether committed yet or not."""
    paths = _paths_from_git() or _paths_from_walk()
    return tuple(source for path in sorted(paths) if (source := _read(path)) is not None)


def python_sources() -> tuple[Source, ...]:
    """The Python files of our four packages."""
    return tuple(
        source
        for source in all_sources()
        if source.path.suffix == ".py" and source.package in PACKAGES
    )


@functools.cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _read(path: PurePosixPath) -> Source | None:
    try:
        text = (ROOT / path).read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
        return None  # a picture, or a file deleted and not yet committed so
    return Source(path=path, text=text)


def _paths_from_git() -> list[PurePosixPath]:
    # Empty where git is missing, or will not read another user's folder, or this is no clone.
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return []
    command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return [PurePosixPath(name) for name in listed.stdout.split("\0") if name]


def _paths_from_walk() -> list[PurePosixPath]:
    return [PurePosixPath(path.relative_to(ROOT).as_posix()) for path in _walk(ROOT)]


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in MADE_BY_TOOLS or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path
