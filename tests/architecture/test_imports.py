"""The import contracts of pyproject.toml hold, and each of them bites."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .sources import ROOT


# In a process of its own, since the linter adds to the import path and the log settings.
LINT = """
import sys
from importlinter.cli import lint_imports
sys.exit(lint_imports(limit_to_contracts=tuple(sys.argv[1:]), no_cache=True, no_logo=True))
"""

# The smallest tree in which every module that a contract names is there.
TREE = (
    "worker/__init__.py",
    "worker/bootstrap.py",
    "worker/cli.py",
    "worker/demo/run.py",
    "connectors/__init__.py",
    "connectors/errors.py",
    "connectors/http_client.py",
    "connectors/tiktok/__init__.py",
    "connectors/feeds/__init__.py",
    "connectors/sftp/__init__.py",
    "connectors/pull/__init__.py",
    "connectors/store/__init__.py",
    "connectors/store/tables.py",
    "connectors/sandbox/__init__.py",
    "connectors/sandbox/world.py",
    "reconciliation/__init__.py",
)

ALLOWED = [
    ("worker/steps.py", "import connectors.store.tables, reconciliation"),
    ("worker/demo/run.py", "from connectors.sandbox.world import *"),
    ("worker/demo/run.py", "import connectors.sandbox"),
    ("worker/backtest/market.py", "from connectors.sandbox.world import *"),
    ("worker/sandbox/run.py", "from connectors.sandbox.world import *"),
    ("worker/cli.py", "import typer, worker.demo"),
    ("connectors/tiktok/client.py", "import httpx, connectors.http_client, reconciliation"),
    ("reconciliation/feed.py", "import csv, datetime, hashlib"),
]

FORBIDDEN = [
    ("layers", "reconciliation/rot.py", "import connectors.errors"),
    ("layers", "connectors/rot.py", "import worker.cli"),
    ("families", "connectors/tiktok/rot.py", "import connectors.store.tables"),
    ("families", "connectors/store/rot.py", "import connectors.sandbox"),
    ("families", "connectors/sftp/rot.py", "import connectors.feeds"),
    ("families", "connectors/pull/rot.py", "import connectors.feeds"),
    ("families", "connectors/errors.py", "import connectors.http_client"),
    ("pure", "reconciliation/rot.py", "import time"),
    ("pure", "reconciliation/rot.py", "from os.path import exists"),
    ("pure", "reconciliation/rot.py", "import random"),
    ("pure", "reconciliation/rot.py", "import sqlalchemy"),
    ("plain-values", "connectors/rot.py", "import pydantic_settings"),
    ("sandbox", "worker/steps.py", "import connectors.sandbox.world"),
    ("sandbox", "worker/cli.py", "import connectors.sandbox"),
    ("command-line", "worker/steps.py", "import typer"),
]


def lint(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Hold the packages in a folder to these contracts, or to all where none is named."""
    return subprocess.run(
        [sys.executable, "-c", LINT, *contracts],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with our contracts and, for each module they name, an empty one."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name in TREE:
        write(tmp_path / name, "")
    return tmp_path


def write(path: Path, text: str) -> None:
    """Write a module, and the folder it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_our_imports_keep_the_contracts() -> None:
    """No module of ours imports what its place in the house forbids."""
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


def test_contracts_let_good_imports_pass(tree: Path) -> None:
    """Imports downwards, and those that are excepted by name, keep every contract."""
    for name, text in ALLOWED:
        write(tree / name, text)

    result = lint(tree)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("contract", "name", "text"), FORBIDDEN)
def test_a_contract_bites(tree: Path, contract: str, name: str, text: str) -> None:
    """An import made to offend breaks the contract that is there for it."""
    write(tree / name, text)

    result = lint(tree, contract)

    assert result.returncode == 1
    assert "1 broken" in result.stdout, result.stdout + result.stderr
