"""Living with plain package names: no stranger may answer to ours, and we take no stranger's."""

import importlib
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from .sources import PACKAGES, PRODUCT_PACKAGES, ROOT, python_sources


DISTRIBUTION = "oversell-guard"
UNNAMED = {"__init__", "__main__", "conftest"}


def tool_settings() -> dict[str, Any]:
    """What pyproject.toml tells each tool."""
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    return settings


def module_names() -> dict[str, str]:
    """The name of each of our modules and folders, and a file that bears it."""
    return {
        part: str(file.path)
        for file in python_sources()
        for part in file.path.with_suffix("").parts
        if part not in UNNAMED
    }


def neighbours() -> set[str]:
    """The top-level names of the standard library and of everything installed beside us."""
    installed = {
        name for name, owners in packages_distributions().items() if DISTRIBUTION not in owners
    }
    return installed | sys.stdlib_module_names


@pytest.mark.parametrize("package", PRODUCT_PACKAGES)
def test_no_stranger_ships_a_package_of_our_name(package: str) -> None:
    """Whatever is installed under the name of one of our packages is ours."""
    owners = set(packages_distributions().get(package, []))

    assert owners <= {DISTRIBUTION}


@pytest.mark.parametrize("package", PACKAGES)
def test_our_packages_are_read_from_the_source_root(package: str) -> None:
    """Importing one of our names gives the code in this folder, not an installed copy."""
    places = [Path(place).resolve() for place in importlib.import_module(package).__path__]

    assert places == [ROOT / package]


def test_no_module_is_named_like_a_neighbour() -> None:
    """None of our modules shares its name with the standard library or a dependency."""
    names = module_names()
    taken = neighbours().intersection(names) - set(PACKAGES)

    assert not taken, "\n" + "\n".join(f"{names[name]}: {name!r} is taken" for name in taken)


@pytest.mark.parametrize("name", ["queue", "types", "dramatiq", "httpx", "pytest"])
def test_a_neighbour_is_known_by_its_name(name: str) -> None:
    """The list of taken names holds the standard library's and the dependencies' names."""
    assert name in neighbours()


def test_every_tool_is_told_the_same_packages() -> None:
    """Linter, type checker, import contracts and tests work from one list of packages."""
    tools = tool_settings()

    assert tools["ruff"]["lint"]["isort"]["known-first-party"] == list(PACKAGES)
    assert tools["mypy"]["files"] == list(PACKAGES)
    assert tools["importlinter"]["root_packages"] == list(PRODUCT_PACKAGES)
    assert tools["pytest"]["ini_options"]["testpaths"] == ["tests"]


def test_every_tool_starts_from_the_source_root() -> None:
    """Linter and tests look for our packages in the same place: here."""
    tools = tool_settings()

    assert tools["ruff"]["src"] == ["."]
    assert tools["pytest"]["ini_options"]["pythonpath"] == ["."]
