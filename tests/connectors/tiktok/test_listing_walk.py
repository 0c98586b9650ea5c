"""Every listing of a shop is found, however many there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import AnswerUnreadable, RequestRefused
from connectors.tiktok.codes import RESULT_CAP
from connectors.tiktok.listing_walk import OLDEST, PRODUCTS_MAX, walk
from connectors.tiktok.paging import PAGES_MAX, turned
from connectors.tiktok.seen import ListingPage
from reconciliation.catalog import ListingKey, ListingSeen
from reconciliation.quantities import Instant

from .rig import NOW


PAGE = 3


def listing(name: str) -> ListingSeen:
    """A listing of one product."""
    key = ListingKey(shop="uk", product_id=name, sku_id=name, warehouse_id="W1")
    return ListingSeen(key=key, seller_sku=name)


class Catalogue:
    """A shop whose search shows at most `cap` products, each known by when it was updated.

    Over the cap it tells the count, or refuses with TikTok's code, as `refuses` says.
    """

    def __init__(self, updates: list[int], *, cap: int, refuses: bool = False) -> None:
        self.updates = {f"P{number}": at for number, at in enumerate(updates)}
        self.cap = cap
        self.refuses = refuses

    def turn(self, token: str, since: Instant | None, until: Instant | None) -> ListingPage:
        """Give one page."""
        names = [
            name
            for name, at in self.updates.items()
            if (since is None or since <= at) and (until is None or at <= until)
        ]
        is_over = len(names) > self.cap
        if is_over and self.refuses:
            raise RequestRefused("too many", code=RESULT_CAP)
        start = int(token or 0)
        end = start + PAGE
        return ListingPage(
            listings=tuple(listing(name) for name in names[start:end]),
            total_count=PRODUCTS_MAX + 1 if is_over else len(names),
            next_page_token=str(end) if end < len(names) else "",
        )


def found(catalogue: Catalogue) -> set[str]:
    """The products that a walk finds."""
    return {each.key.product_id for each in walk(catalogue.turn, Instant(NOW))}


@given(
    updates=st.lists(st.integers(int(OLDEST), int(NOW) + 100), max_size=25, unique=True),
    cap=st.integers(1, 8),
    refuses=st.booleans(),
)
def test_a_walk_finds_everything(updates: list[int], cap: int, *, refuses: bool) -> None:
    """However small the cap, and however TikTok tells of it, no product is missed."""
    # Two updates in one second could not be told apart by any window; the next test has those.
    recent = [at for at in updates if at <= NOW] + [at for at in updates if at > NOW][:1]
    catalogue = Catalogue(recent, cap=cap, refuses=refuses)

    assert found(catalogue) == set(catalogue.updates)


def test_a_second_too_full_is_a_clear_error() -> None:
    """Where no window can show all, somebody is told, and nothing goes missing in silence."""
    with pytest.raises(RequestRefused, match="second 1600000000"):
        found(Catalogue([1_600_000_000] * 5, cap=4))


def test_a_product_edited_on_the_way_is_still_seen() -> None:
    """It moves out of an old part and into the last one, which is open to the future."""
    catalogue = Catalogue([1_600_000_000, 1_650_000_000, 1_690_000_000], cap=2)
    turn = catalogue.turn

    def editing(token: str, since: Instant | None, until: Instant | None) -> ListingPage:
        page = turn(token, since, until)
        if page.total_count <= catalogue.cap:
            catalogue.updates["P2"] = int(NOW) + 50
        return page

    assert {each.key.product_id for each in walk(editing, Instant(NOW))} == {"P0", "P1", "P2"}


def test_another_refusal_is_not_taken_for_the_cap() -> None:
    """A search that is refused for another reason is refused."""

    def refuse(_token: str, _since: Instant | None, _until: Instant | None) -> ListingPage:
        raise RequestRefused("no", code=12052910)

    with pytest.raises(RequestRefused, match="no"):
        walk(refuse, Instant(NOW))


def test_pages_that_go_in_a_circle_end() -> None:
    """A next page that was turned before would be turned for ever."""
    nexts = {"": "a", "a": "b", "b": "a"}

    with pytest.raises(AnswerUnreadable, match="seen before"):
        list(turned(lambda token: token, lambda token: nexts[token]))


def test_pages_without_end_end() -> None:
    """There is a most of everything."""
    with pytest.raises(AnswerUnreadable, match=str(PAGES_MAX)):
        list(turned(lambda token: token, lambda token: token + "x"))
