"""Opaque page tokens: the place after the last row given, so that new rows shift nothing."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from .refusals import ApiRefusal


Row = TypeVar("Row")
SortKey = tuple[int | str, ...]
"""What rows are sorted by; unique for each row."""

# Makes every token hold `+`, `/` and `=`-like signs, which a careless client encodes wrongly
# (vector V6 of the API page).
_PREFIX = b"\xfb\xef\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """Some rows, how many there are in all, and the token of the next page ("" at the end)."""

    rows: tuple[Row, ...]
    total_count: int
    next_page_token: str


def page_of(
    rows: Sequence[Row],
    key: Callable[[Row], SortKey],
    *,
    size: int,
    token: str = "",
    descending: bool = False,
) -> Page[Row]:
    """Return the page of `rows` that `token` points to. Raises `ApiRefusal` 36009004."""
    ordered = sorted(rows, key=key, reverse=descending)
    start = 0
    if token and ordered:
        last = _decoded(token, like=key(ordered[0]))
        start = sum(key(row) >= last if descending else key(row) <= last for row in ordered)
    shown = ordered[start : start + size]
    more = start + size < len(ordered)
    return Page(
        rows=tuple(shown),
        total_count=len(ordered),
        next_page_token=_encoded(key(shown[-1])) if more else "",
    )


def _encoded(key: SortKey) -> str:
    return base64.b64encode(_PREFIX + json.dumps(key).encode()).decode()


def _decoded(token: str, like: SortKey) -> SortKey:
    try:
        raw = base64.b64decode(token, validate=True)
        key = tuple(json.loads(raw.removeprefix(_PREFIX)))
    except (binascii.Error, ValueError, TypeError) as error:
        raise ApiRefusal(36009004, "page_token is invalid") from error
    if [type(part) for part in key] != [type(part) for part in like]:
        raise ApiRefusal(36009004, "page_token belongs to another search")
    return key
