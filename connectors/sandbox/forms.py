"""What people write, in JSON or TOML, becomes one of our values, or a fault that says where.

One rule for all: a value is a dataclass, its fields are what may be said, and its own checks
are the last word.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields
from enum import Enum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints


Value = TypeVar("Value")

Said = Mapping[str, Any]
"""A table as it was read, not yet checked."""


class Misfit(ValueError):
    """Raised for what cannot be meant: the name of its field, what is wrong, and the remedy."""

    def __init__(self, name: str, problem: str, remedy: str) -> None:
        super().__init__(f"{name}: {problem}; {remedy}" if name else f"{problem}; {remedy}")
        self.name = name
        self.problem = problem
        self.remedy = remedy


def made(kind: type[Value], said: object) -> Value:
    """Return the value that is said. Raises `Misfit` for the first fault."""
    if not isinstance(said, Mapping):
        raise Misfit("", f"{_shown(said)} is no table", "give names with their values")
    hints = get_type_hints(kind)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    if unknown := [name for name in said if name not in known]:
        raise Misfit(unknown[0], "there is no such name", f"known are {', '.join(known)}")
    for name, field in known.items():
        if name not in said and field.default is MISSING and field.default_factory is MISSING:
            raise Misfit(name, "is missing", "give it a value")
    given = {name: _fitted(name, value, hints[name]) for name, value in said.items()}
    try:
        return kind(**given)
    except Misfit:
        raise
    except ValueError as fault:
        raise Misfit("", str(fault), "give a value within its bounds") from fault


def _fitted(name: str, value: object, hint: Any) -> object:  # noqa: ANN401 - a type, or what is made of types
    """Return the value as its field takes it."""
    if isinstance(hint, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not types.NoneType]
        return None if value is None or value == "none" else _fitted(name, value, kinds[0])
    if get_origin(hint) is tuple:
        return _fitted_list(name, value, get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _chosen(name, value, hint)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise Misfit(name, f"{_shown(value)} is not {_WORDS[hint]}", f"give {_WORDS[hint]}")
    return value


def _fitted_list(name: str, value: object, kinds: tuple[Any, ...]) -> tuple[object, ...]:
    if not isinstance(value, list | tuple) or (... not in kinds and len(value) != len(kinds)):
        wanted = "a list" if ... in kinds else f"a list of {len(kinds)}"
        raise Misfit(name, f"{_shown(value)} is not {wanted}", f"give {wanted}")
    of_each = [kinds[0]] * len(value) if ... in kinds else kinds
    return tuple(_fitted(name, each, kind) for each, kind in zip(value, of_each, strict=True))


def _chosen(name: str, value: object, kind: type[Enum]) -> Enum:
    try:
        return kind(value)
    except ValueError as fault:
        choice = ", ".join(str(each.value) for each in kind)
        raise Misfit(name, f"{_shown(value)} is not known", f"choose one of {choice}") from fault


_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}

_SHOWN_MAX = 60


def _shown(value: object) -> str:
    return repr(value)[:_SHOWN_MAX]
