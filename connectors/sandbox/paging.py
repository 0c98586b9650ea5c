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


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLife:
    """How long a token works that is given out at `now` (Unix seconds); None for ever."""

    now: float = 0.0
    life_s: float | None = None

    def require(self, issued_at: float) -> None:
        """Raise `ApiRefusal` 36009004 for a token that is too old."""
        if self.life_s is not None and self.now - issued_at > self.life_s:
            raise ApiRefusal(36009004, "page_token is expired: begin the search anew")


FOR_EVER = TokenLife()
"""The life of tokens that never end."""


def page_of(
    rows: Sequence[Row],
    key: Callable[[Row], SortKey],
    *,
    size: int,
    token: str = "",
    descending: bool = False,
    life: TokenLife = FOR_EVER,
) -> Page[Row]:
    """Return the page of `rows` that `token` points to. Raises `ApiRefusal` 36009004."""
    ordered = sorted(rows, key=key, reverse=descending)
    start = 0
    if token and ordered:
        last = _decoded(token, like=key(ordered[0]), life=life)
        start = sum(key(row) >= last if descending else key(row) <= last for row in ordered)
    shown = ordered[start : start + size]
    more = start + size < len(ordered)
    return Page(
        rows=tuple(shown),
        total_count=len(ordered),
        next_page_token=_encoded(key(shown[-1]), life) if more else "",
    )


def ids_of(text: str, *, as_json: bool) -> list[str]:
    """Return the ids of a query parameter: joined by commas, or a JSON list (section 1)."""
    if not as_json:
        return [each for each in text.split(",") if each]
    try:
        ids = json.loads(text or "[]")
    except ValueError as error:
        raise ApiRefusal(36009004, "ids must be a JSON list of strings") from error
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise ApiRefusal(36009004, "ids must be a JSON list of strings")
    return ids


def _encoded(key: SortKey, life: TokenLife) -> str:
    return base64.b64encode(_PREFIX + json.dumps([life.now, *key]).encode()).decode()


def _decoded(token: str, like: SortKey, life: TokenLife) -> SortKey:
    try:
        raw = base64.b64decode(token, validate=True)
        issued_at, *parts = json.loads(raw.removeprefix(_PREFIX))
        life.require(float(issued_at))
    except (binascii.Error, ValueError, TypeError) as error:
        raise ApiRefusal(36009004, "page_token is invalid") from error
    key = tuple(parts)
    if [type(part) for part in key] != [type(part) for part in like]:
        raise ApiRefusal(36009004, "page_token belongs to another search")
    return key
