"""The shape of the configuration: which keys each table knows, read off the models."""

import dataclasses
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from reconciliation.policy import Override

from .faults import Loc
from .model import OverrideForm, Settings


Shape = Any
"""The type of a table, of a list or of a value, as annotations have it."""


def known_keys(loc: Loc) -> tuple[str, ...]:
    """Return the keys that the table at `loc` knows; none where names are free."""
    return tuple(_members(_shape_at(loc)))


def description_of(loc: Loc) -> str:
    """Return what a setting is for, empty where nothing is said."""
    table = _bare(_shape_at(loc[:-1]))
    if isinstance(table, type) and issubclass(table, BaseModel) and loc[-1] in table.model_fields:
        return table.model_fields[str(loc[-1])].description or ""
    return ""


def table_at(loc: Loc) -> type | None:
    """Return the model or dataclass that the table at `loc` is read into, if it is one."""
    shape = _bare(_shape_at(loc))
    return shape if _members(shape) else None


def _shape_at(loc: Loc) -> Shape:
    shape: Shape = Settings
    for part in loc:
        shape = _below(shape, part)
    return shape


def _below(shape: Shape, part: str | int) -> Shape:
    shape = _bare(shape)
    origin: object = get_origin(shape)
    if origin is dict:
        return get_args(shape)[1]
    if origin is tuple:
        return get_args(shape)[0]
    return _members(shape).get(str(part))


def _members(shape: Shape) -> dict[str, Shape]:
    shape = _bare(shape)
    if not isinstance(shape, type):
        return {}
    if issubclass(shape, BaseModel):
        return {name: field.annotation for name, field in shape.model_fields.items()}
    return get_type_hints(shape) if dataclasses.is_dataclass(shape) else {}


def _bare(shape: Shape) -> Shape:
    """Take off what says more about a type: `Annotated`, and that it may be left out."""
    origin: object = get_origin(shape)
    if origin is Annotated:
        return _bare(get_args(shape)[0])
    if origin in (Union, UnionType):
        return _bare(next(each for each in get_args(shape) if each is not type(None)))
    return OverrideForm if shape is Override else shape
