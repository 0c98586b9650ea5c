"""Walks through all listings of a shop, though one search shows at most 10,000 products.

A search over the cap is split into two by update time, and so on, until each part fits. Parts
are walked from the oldest to the newest and the last is open to the future: a product edited on
the way moves into a part still to come, and is seen there.
"""

from collections.abc import Callable, Iterator

from connectors.errors import RequestRefused
from reconciliation.catalog import ListingKey, ListingSeen
from reconciliation.quantities import Instant

from .codes import RESULT_CAP
from .paging import turned
from .seen import ListingPage


PRODUCTS_MAX = 10_000
"""The most products that one search shows (API page, section 3: code 12052180)."""

OLDEST = Instant(1_577_836_800)
"""2020-01-01: before there was a TikTok Shop."""

Turn = Callable[[str, Instant | None, Instant | None], ListingPage]
"""Fetches one page: page token, first and last update time."""


class _TooMany(Exception):
    """Raised when a part holds more products than a search shows."""


def walk(turn: Turn, now: Instant) -> tuple[ListingSeen, ...]:
    """Return every listing once, as last seen.

    Raises `RequestRefused` where more products than the cap were updated in one second, since
    then no window shows them all; and whatever `turn` raises.
    """
    listings: dict[ListingKey, ListingSeen] = {}
    for part in _parts(turn, None, None, now):
        listings.update((listing.key, listing) for listing in part)
    return tuple(listings.values())


def _parts(
    turn: Turn, since: Instant | None, until: Instant | None, now: Instant
) -> Iterator[tuple[ListingSeen, ...]]:
    try:
        found = _part(turn, since, until)
    except _TooMany:
        first, last = int(since or OLDEST), int(until or now)
        if last <= first:
            raise RequestRefused(
                f"over {PRODUCTS_MAX} products were updated in the second {first}: "
                "no search shows them all",
                code=RESULT_CAP,
            ) from None
        middle = (first + last) // 2
    else:
        yield found
        return
    yield from _parts(turn, since, Instant(middle), now)
    yield from _parts(turn, Instant(middle + 1), until, now)


def _part(turn: Turn, since: Instant | None, until: Instant | None) -> tuple[ListingSeen, ...]:
    try:
        return tuple(
            listing
            for page in turned(lambda token: turn(token, since, until), _next)
            for listing in _fitting(page).listings
        )
    except RequestRefused as refusal:
        if refusal.code != RESULT_CAP:
            raise
        raise _TooMany from None


def _fitting(page: ListingPage) -> ListingPage:
    if page.total_count > PRODUCTS_MAX:
        raise _TooMany
    return page


def _next(page: ListingPage) -> str:
    return page.next_page_token
