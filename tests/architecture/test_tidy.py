"""Every file keeps the rules of the house, and every rule of the house bites."""

import statistics
from pathlib import PurePosixPath

import pytest

from . import house_rules
from .house_rules import PYTHON_RULES, TEXT_RULES, Rule, functions_of, line_count
from .sources import PRODUCT_PACKAGES, Source, all_sources, python_sources


MEDIAN_FUNCTION_LINES_BELOW = 10

# Named here, so that the bad texts below are bad only once they are put together.
REGISTRY = "pypi"
ROOTS_HOME = "root"


def rule_name(rule: Rule) -> str:
    """A rule's own name, for pytest to show."""
    return rule.__name__


def source(path: str, text: str) -> Source:
    """A file that exists only here."""
    return Source(path=PurePosixPath(path), text=text)


def function_of(lines: int) -> str:
    """A module whose one function has this many lines."""
    return '"""Text."""\n\n\ndef _long() -> None:\n' + "    pass\n" * (lines - 1)


@pytest.mark.parametrize("rule", PYTHON_RULES, ids=rule_name)
def test_python_files_keep_the_rule(rule: Rule) -> None:
    """No Python file of ours offends against the rule."""
    offenders = [line for file in python_sources() for line in rule(file)]

    assert not offenders, "\n" + "\n".join(offenders)


@pytest.mark.parametrize("rule", TEXT_RULES, ids=rule_name)
def test_text_files_keep_the_rule(rule: Rule) -> None:
    """No text file of ours, of whatever kind, offends against the rule."""
    offenders = [line for file in all_sources() for line in rule(file)]

    assert not offenders, "\n" + "\n".join(offenders)


@pytest.mark.parametrize("package", PRODUCT_PACKAGES)
def test_functions_are_short_at_the_median(package: str) -> None:
    """Half the functions of each package are under ten lines."""
    files = [file for file in python_sources() if file.package == package]
    lengths = [line_count(function) for file in files for function in functions_of(file.tree)]

    assert statistics.median(lengths or [0]) < MEDIAN_FUNCTION_LINES_BELOW


def test_the_project_has_sources() -> None:
    """The rules are held against real files, not against an empty list."""
    assert {file.package for file in python_sources()} >= {"reconciliation", "tests"}


BAD_TEXTS = [
    (house_rules.long_functions, "worker/a.py", function_of(51)),
    (house_rules.long_functions, "reconciliation/a.py", function_of(41)),
    (house_rules.long_files, "worker/a.py", "x = 1\n" * 401),
    (house_rules.missing_docstrings, "worker/a.py", "x = 1\n"),
    (house_rules.missing_docstrings, "worker/a.py", '"""M."""\ndef go(): ...\n'),
    (house_rules.missing_docstrings, "worker/a.py", '"""M."""\nclass Go: ...\n'),
    (
        house_rules.missing_docstrings,
        "worker/a.py",
        '"""M."""\nclass Go:\n    """C."""\n    def on(self): ...\n',
    ),
    (house_rules.wordy_test_docstrings, "tests/a.py", "def test_it(): ...\n"),
    (house_rules.wordy_test_docstrings, "tests/a.py", 'def test_it():\n    """A\n\n    B."""\n'),
    (house_rules.vague_names, "worker/utils.py", ""),
    (house_rules.vague_names, "worker/feed_manager.py", ""),
    (house_rules.vague_names, "worker/common/feeds.py", ""),
    (house_rules.bare_suppressions, "worker/a.py", "x = 1  # noqa\n"),
    (house_rules.bare_suppressions, "worker/a.py", "x = 1  # noqa: S311\n"),
    (house_rules.bare_suppressions, "worker/a.py", "x = 1  # type: ignore\n"),
    (house_rules.bare_suppressions, "worker/a.py", "x = 1  # type: ignore[misc]\n"),
    (house_rules.mocks, "tests/a.py", "from unittest import mock\n"),
    (house_rules.mocks, "tests/a.py", "from unittest.mock import patch\n"),
    (house_rules.mocks, "tests/a.py", "import unittest.mock\n"),
    (house_rules.mocks, "tests/a.py", "double = library.MagicMock()\n"),
    (house_rules.mocks, "tests/a.py", "def test_it(mocker): ...\n"),
    (house_rules.impure_builtins, "reconciliation/a.py", "text = open('a').read()\n"),
    (house_rules.foreign_places, "README.md", f"from https://{REGISTRY}.org/simple\n"),
    (house_rules.foreign_places, "deploy/a.yml", f"path: /{ROOTS_HOME}/.cache\n"),
    (house_rules.foreign_places, "worker/a.py", f"HOME = '/{ROOTS_HOME}/main'\n"),
    (house_rules.foreign_places, "requirements.lock", "--index-url somewhere\n"),
]


@pytest.mark.parametrize(("rule", "path", "text"), BAD_TEXTS)
def test_a_rule_bites(rule: Rule, path: str, text: str) -> None:
    """A text made to offend is found, and named by its path."""
    offenders = list(rule(source(path, text)))

    assert offenders
    assert offenders[0].startswith(f"{path}:")


GOOD_TEXTS = [
    (house_rules.long_functions, "worker/a.py", function_of(50)),
    (house_rules.long_functions, "reconciliation/a.py", function_of(40)),
    (house_rules.missing_docstrings, "worker/a.py", '"""M."""\ndef _go(): ...\n'),
    (house_rules.wordy_test_docstrings, "tests/a.py", 'def test_it():\n    """It holds."""\n'),
    (house_rules.vague_names, "worker/database.py", ""),
    (house_rules.bare_suppressions, "worker/a.py", "x = 1  # noqa: S311 - seeded on purpose\n"),
    (
        house_rules.bare_suppressions,
        "worker/a.py",
        "x = 1  # type: ignore[misc]  # the library lacks types\n",
    ),
    (house_rules.impure_builtins, "worker/a.py", "text = open('a').read()\n"),
    (house_rules.foreign_places, "README.md", "see /metrics and frame/work/s\n"),
]


@pytest.mark.parametrize(("rule", "path", "text"), GOOD_TEXTS)
def test_a_rule_lets_good_text_pass(rule: Rule, path: str, text: str) -> None:
    """A text that keeps the rule is left alone, at the limit too."""
    assert list(rule(source(path, text))) == []
