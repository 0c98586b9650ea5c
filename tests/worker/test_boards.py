"""A board holds everything that shares with what was asked for, and what its guard looks at."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from connectors.store import catalog, trail
from connectors.store.engine import writing
from connectors.store.trail import Event
from reconciliation.board import Board
from reconciliation.catalog import Listing, PoolKey
from reconciliation.guard import GuardState
from reconciliation.quantities import Instant
from worker.boards import RESUMED, gather, surround

from ..support.boards import TEE, pool_key, recipe
from ..support.shopfront import ITEM, SHOPS, Shopfront, shopfront


POOL = pool_key(ITEM, "EAST")
CAP, MUG = pool_key("CAP"), pool_key("MUG")


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops at rest."""
    with shopfront(tmp_path) as front:
        front.open_for_business(8)
        yield front


def board(front: Shopfront, seed: PoolKey) -> Board:
    """Gather the board of a pool."""
    with writing(front.services.engine) as connection:
        return gather(connection, front.services, surround(connection, [seed])).board


def demands(around: Board) -> list[Fraction]:
    """Return the demand that each listing of a board is shared goods by."""
    return [facts.demand for facts in around.listings]


def note_resumed(front: Shopfront) -> Instant:
    """Note that the listing of alpha came back from a pause; return when."""
    at = front.services.now()
    event = Event(at=at, event=RESUMED, subject=str(front.key("alpha")), detail={})
    with writing(front.services.engine) as connection:
        trail.note(connection, event)
    return at


def test_a_board_follows_shared_goods_to_their_end(front: Shopfront) -> None:
    """From an item through a bundle to the other item, and on to who draws on that one alone."""
    alpha, beta = (front.key(shop) for shop in SHOPS)
    with writing(front.services.engine) as connection:
        for key, of in ((alpha, recipe(TEE, CAP)), (beta, recipe(CAP, MUG))):
            catalog.set_recipe(connection, Listing(key=key, seller_sku="S", recipe=of))

    around = board(front, TEE)

    assert (set(around.pools), [facts.key for facts in around.listings]) == (
        {TEE, CAP, MUG},
        [alpha, beta],
    )


def test_the_guard_knows_how_often_a_paused_listing_came_back(front: Shopfront) -> None:
    """The cap on resumes counts them."""
    front.drop_feed(0)
    front.work(3.0)
    at = note_resumed(front)

    around = board(front, POOL)

    assert [(each.state, each.resumes) for each in around.listings] == [
        (GuardState.PAUSED, (at,)),
        (GuardState.PAUSED, ()),
    ]


def test_what_was_sold_counts_where_goods_are_shared(front: Shopfront) -> None:
    """Who sells more of a pool gets more of it."""
    front.buy("alpha", 2)
    front.work(3.0)

    assert demands(board(front, POOL)) == [3, 1]


def test_who_has_goods_alone_needs_no_sales_for_them(front: Shopfront) -> None:
    """Nobody is compared with it, so its sales are not asked for."""
    front.buy("alpha", 2)
    front.work(3.0)
    with writing(front.services.engine) as connection:
        apart = Listing(key=front.key("beta"), seller_sku="S", recipe=recipe(MUG))
        catalog.set_recipe(connection, apart)

    assert demands(board(front, POOL)) == [1]
