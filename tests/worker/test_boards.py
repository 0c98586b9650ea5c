"""A board holds everything that shares with what was asked for, and what its guard looks at."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from connectors.store import catalog, trail
from connectors.store.engine import reading, writing
from connectors.store.trail import Event
from reconciliation.board import Board
from reconciliation.catalog import Listing, PoolKey
from reconciliation.guard import GuardState
from reconciliation.policy import GuardPolicy, OverlapRule, Override, PolicyBook, Pricing
from reconciliation.quantities import Instant
from reconciliation.race_terms import RaceTerms
from reconciliation.rollout import Rollout
from worker.boards import RESUMED, gather, surround
from worker.races import ALONE_PERCENT

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


def test_who_sells_more_of_a_pool_gets_more_of_it(front: Shopfront) -> None:
    """By the demand that is forecast for each listing."""
    front.buy("alpha", 2)
    front.work(3.0)

    alpha, beta = demands(board(front, POOL))

    assert alpha > beta


def test_demand_is_compared_in_whole_units(front: Shopfront) -> None:
    """Exact fractions of rates would have denominators of fifty bits."""
    front.buy("alpha", 2)
    front.work(3.0)

    assert [each.denominator for each in demands(board(front, POOL))] == [1, 1]


def test_a_burst_of_seconds_hardly_moves_shares(front: Shopfront) -> None:
    """What is far above the usual now wears off soon, and the day is long."""
    front.buy("alpha", 2)
    front.work(3.0)
    around = board(front, POOL)
    alpha, beta = (facts.forecast.orders_per_s for facts in around.listings)
    shares = demands(around)

    assert alpha / beta > 2 * float(shares[0] / shares[1])


def test_what_a_race_is_priced_by_is_the_forecast(front: Shopfront) -> None:
    """Order sizes and the uncertainty of the rate included."""
    front.buy("alpha", 2)
    front.work(3.0)
    around = board(front, POOL)
    with reading(front.services.engine) as connection:
        forecasts = front.services.weighing.forecasts.of(
            connection, [facts.key for facts in around.listings], around.now
        )

    assert [facts.forecast for facts in around.listings] == [
        forecasts[facts.key].demand for facts in around.listings
    ]


# -- races ----------------------------------------------------------------------------------------


def race(front: Shopfront, **guard: object) -> RaceTerms | None:
    """Return the terms on which the item is raced under a policy, its demand being known."""
    known = {"watched_s_min": 0.0, **guard}
    policies = PolicyBook(defaults=GuardPolicy(**known))  # type: ignore[arg-type]  # tests give it
    services = replace(front.services, policies=Rollout(book=policies))
    with writing(services.engine) as connection:
        return gather(connection, services, surround(connection, [POOL])).board.pools[POOL].race


def test_a_strict_policy_races_nothing(front: Shopfront) -> None:
    """Each unit is promised once."""
    assert race(front, overlap=OverlapRule.STRICT) is None


def test_a_pool_is_strict_where_one_of_its_shops_is(front: Shopfront) -> None:
    """A race takes two who agree to it."""
    strict = Override(shop="beta", changes={"overlap": OverlapRule.STRICT})
    book = PolicyBook(defaults=GuardPolicy(watched_s_min=0.0), overrides=(strict,))
    services = replace(front.services, policies=Rollout(book=book))
    with writing(services.engine) as connection:
        around = gather(connection, services, surround(connection, [POOL])).board

    assert around.pools[POOL].race is None


def test_a_pool_is_strict_while_a_listing_of_it_was_watched_too_short(front: Shopfront) -> None:
    """Whoever has never seen a crowd come does not know how fast it buys."""
    front.work(5.0)

    assert [
        race(front, watched_s_min=1.0) is None,
        race(front, watched_s_min=3_600.0) is None,
    ] == [
        False,
        True,
    ]


def test_what_no_feed_has_named_is_not_raced(tmp_path: Path) -> None:
    """Of what is unknown nothing can be weighed: nothing is lowered for a race in it."""
    with shopfront(tmp_path, guard={"overlap": "risk_bounded", "watched_s_min": 0.0}) as front:
        front.work(2.0)

        assert board(front, POOL).pools[POOL].race is None


def test_a_price_that_a_person_sets_is_the_price_of_the_race(front: Shopfront) -> None:
    """Newsvendor mode."""
    terms = race(front, pricing=Pricing.NEWSVENDOR, cancellation_price=40.0)

    assert terms is not None
    assert (terms.price, terms.price_of_write) == (40.0, 40.0)


def test_a_larger_share_for_writes_lowers_their_price_alone(front: Shopfront) -> None:
    """Each share moves its own lever."""
    terms = race(front, decline_risk=0.3, race_risk=0.5, write_risk=0.2)

    assert terms is not None
    assert (terms.price, terms.price_of_write) == pytest.approx((15.0, 7.5))


def test_while_nothing_is_measured_orders_are_heard_of_by_polls_alone(front: Shopfront) -> None:
    """The longest window is a whole round of polls, its lag, and two calls."""
    terms = race(front)
    schedule, assumptions = front.services.settings.schedule, front.services.policies.assumptions
    worst_s = schedule.orders_poll_s + assumptions.orders_lag_s

    assert terms is not None
    assert min(window.seconds for window in terms.windows) >= worst_s


def test_a_listing_that_has_its_goods_alone_shows_all_that_it_may(front: Shopfront) -> None:
    """There are no other sales to leave room for."""
    with writing(front.services.engine) as connection:
        apart = Listing(key=front.key("beta"), seller_sku="S", recipe=recipe(MUG))
        catalog.set_recipe(connection, apart)

    terms = race(front)

    assert terms is not None
    assert terms.shown_percent == ALONE_PERCENT
