"""Every setting as a variable of the environment: `deploy/env.example` is what this prints.

python -m worker.settings.env_example > deploy/env.example
"""

import ast
import dataclasses
import inspect
import json
import sys
import textwrap
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from .environment import variable_of
from .faults import Loc
from .shape import table_at


NAME = "NAME"
"""Stands for the name of a shop, warehouse or feed."""

WIDTH = 97
"""Columns of text, after the sign of a comment and a space."""

_NOTHING_SET = (None, PydanticUndefined, dataclasses.MISSING)
"""Defaults that cannot be written: there is none, or it follows from other settings."""

_NEEDS_QUOTES = set(" \"'#$\\")
"""What environment files read in ways of their own, outside single quotes."""

_HEAD = f"""\
# oversell-guard: every setting as a variable. Copy this file to `.env` and take away the `#` in
# front of those that you change: beside each stands its default, or nothing where there is none.
# A variable wins over the same setting in the configuration file; an empty one does not count.
# {NAME} stands for the name of a shop, a warehouse or a feed, such as
# {variable_of(("shops", "us", "mode"))}.
# Generated from the settings by `python -m worker.settings.env_example`: do not edit it.
"""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """One setting: where it stands, what it is without a word, and what it is for."""

    loc: Loc
    default: Any
    description: str


def env_example() -> str:
    """Return the file, in the order of the settings."""
    lines = [_HEAD.rstrip()]
    section: Loc | None = None
    for setting in _settings(()):
        if setting.loc[:-1] != section:
            section = setting.loc[:-1]
            lines += ["", "", f"# --- {'.'.join(map(str, section)) or 'the whole'} ---"]
        lines += ["", *_commented(setting.description)]
        lines += [f"#{variable_of(setting.loc)}={_written(setting.default)}"]
    return "\n".join(lines) + "\n"


def _settings(table: Loc) -> Iterator[_Setting]:
    """Walk a table: first what stands in it, then the tables below."""
    below: list[Loc] = []
    for setting in _fields(table):
        inner = _table_below(setting)
        if inner is None:
            yield setting
        else:
            below.append(inner)
    for loc in below:
        yield from _settings(loc)


def _table_below(setting: _Setting) -> Loc | None:
    if isinstance(setting.default, tuple):
        return None  # a list of tables has no names: it is given whole, as JSON
    for loc in (setting.loc, (*setting.loc, NAME)):
        if table_at(loc) is not None:
            return loc
    return None


def _fields(table: Loc) -> Iterator[_Setting]:
    kind = table_at(table)
    if kind is not None and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            text = field.description or ""
            yield _Setting(loc=(*table, name), default=field.default, description=text)
    elif dataclasses.is_dataclass(kind):
        texts = _docstrings(kind)
        for each in dataclasses.fields(kind):
            yield _Setting(
                loc=(*table, each.name), default=each.default, description=texts[each.name]
            )


def _docstrings(kind: type) -> dict[str, str]:
    """Return what is written below each field of a dataclass; Python itself forgets it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    body = [node for each in tree.body if isinstance(each, ast.ClassDef) for node in each.body]
    found: dict[str, str] = {}
    for field, text in pairwise(body):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                value=ast.Constant(value=str(said))
            ):
                found[name] = inspect.cleandoc(said)
    return found


def _commented(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(" ".join(text.split()), WIDTH)]


def _written(value: object) -> str:
    """Return a default as a variable holds it."""
    if value in _NOTHING_SET:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    text = json.dumps(value) if isinstance(value, dict | tuple) else str(value)
    return f"'{text}'" if _NEEDS_QUOTES.intersection(text) else text


if __name__ == "__main__":
    sys.stdout.write(env_example())
