"""Turns the pages of a search: opaque tokens, none on the last page (API page, section 5)."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from connectors.errors import AnswerUnreadable


PAGES_MAX = 1_000
"""The most pages of one search: 100,000 orders. More is a search that does not end."""

Page = TypeVar("Page")


def turned(turn: Callable[[str], Page], next_token: Callable[[Page], str]) -> Iterator[Page]:
    """Yield every page, each fetched when it is asked for.

    Raises `AnswerUnreadable` where the pages go in a circle or do not end, and whatever `turn`
    raises.
    """
    token = ""
    seen: set[str] = set()
    for _ in range(PAGES_MAX):
        page = turn(token)
        yield page
        token = next_token(page)
        if not token:
            return
        if token in seen:
            raise AnswerUnreadable(f"page {len(seen) + 1} names a next page that was seen before")
        seen.add(token)
    raise AnswerUnreadable(f"the search has over {PAGES_MAX} pages")
