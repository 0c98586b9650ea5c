"""The bound is computed a second time, from nothing, and finds what a planner may miss."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.board import Board, PoolFacts
from reconciliation.bound import Breach, breaches, slack_of
from reconciliation.catalog import PoolKey
from reconciliation.exposure import Doubt, Restock
from reconciliation.quantities import Units

from ..support.boards import (
    LAW,
    TEE,
    UNKNOWN_GOODS,
    ago,
    board,
    book_showing,
    goods,
    listed,
    listing_key,
    open_write,
    pool_key,
    recipe,
)


CAP = pool_key("CAP")


def beyond(on: Board, **units_by_shop: Units) -> dict[PoolKey, Units]:
    """By how many units each pool would be promised beyond its goods."""
    writes = {listing_key(shop): units for shop, units in units_by_shop.items()}
    return {breach.pool: breach.beyond_units for breach in breaches(on, writes)}


# --- slack -----------------------------------------------------------------------------------


def test_slack_is_what_nobody_has_been_promised() -> None:
    """The goods less everybody's exposure."""
    assert slack_of(board(10, listed("A", shows=3), listed("B", shows=2))).units(TEE) == 5


def test_slack_is_negative_while_the_bound_is_broken() -> None:
    """A lower feed may leave more shown than there is: that is seen, not clamped."""
    assert slack_of(board(2, listed("A", shows=3))).units(TEE) == -1


def test_everything_that_may_be_sold_is_promised() -> None:
    """Open writes, restocks and doubts take slack like what is shown."""
    book = replace(
        book_showing(1),
        writes=(open_write(2),),
        restocks=(Restock(units=3, cancelled_at=ago(5.0)),),
        doubts=(Doubt(units=4, seen_at=ago(1.0)),),
    )

    assert slack_of(board(20, listed("A", shows=book))).units(TEE) == 10


def test_slack_is_told_in_whole_sales() -> None:
    """Seven units are two packs of three."""
    assert slack_of(board(7)).sales(listed("A", of=recipe((TEE, 3)))) == 2


def test_a_bundle_has_the_slack_of_its_scarcest_part() -> None:
    """One sale needs all of its items."""
    pools = {TEE: goods(9), CAP: goods(2)}

    assert slack_of(board(pools)).sales(listed("A", of=recipe(TEE, CAP))) == 2


def test_no_sales_fit_into_negative_slack() -> None:
    """A broken bound allows nothing, rather than less than nothing."""
    assert slack_of(board(2, listed("A", shows=3))).sales(listed("B")) == 0


# --- breaches --------------------------------------------------------------------------------


def test_a_write_that_fits_is_no_breach() -> None:
    """What is shown and what is written fit under the goods together."""
    assert beyond(board(5, listed("A", shows=2)), A=3) == {}


def test_a_write_that_does_not_fit_is_a_breach() -> None:
    """The pool and the units are named."""
    found = breaches(board(5, listed("A", shows=2)), {listing_key("A"): 4})

    assert found == (Breach(pool=TEE, beyond_units=1),)


def test_two_writes_are_counted_together() -> None:
    """Each alone would fit."""
    assert beyond(board(5, listed("A"), listed("B")), A=3, B=3) == {TEE: 1}


def test_a_pack_counts_with_its_units() -> None:
    """Two packs of three are six."""
    assert beyond(board(5, listed("A", of=recipe((TEE, 3)))), A=2) == {TEE: 1}


def test_a_bundle_is_checked_in_every_pool() -> None:
    """It fits only where it fits everywhere."""
    pools = {TEE: goods(5), CAP: goods(1)}

    assert beyond(board(pools, listed("A", of=recipe(TEE, CAP))), A=3) == {CAP: 2}


def test_a_decrease_is_a_write_too() -> None:
    """A lower number may give back what was just sold."""
    assert beyond(board(5, listed("A", shows=5)), A=3) == {TEE: 3}


@pytest.mark.parametrize("pools", [{TEE: goods(0)}, {TEE: goods(-3)}, {TEE: UNKNOWN_GOODS}])
def test_nothing_may_be_promised_of_no_goods(pools: dict[PoolKey, PoolFacts]) -> None:
    """Of an empty, a short and an unknown pool alike."""
    assert beyond(board(pools, listed("A")), A=1) == {TEE: 1}


def test_a_write_of_zero_is_never_a_breach() -> None:
    """It promises nothing, even while the bound is broken."""
    assert beyond(board(0, listed("A", shows=9)), A=0) == {}


def test_a_bound_broken_elsewhere_is_no_breach_of_this_write() -> None:
    """Only the pools that a write draws on are its own."""
    pools = {TEE: goods(5), CAP: goods(0)}

    assert beyond(board(pools, listed("A"), listed("B", shows=9, of=recipe(CAP))), A=5) == {}


def test_a_listing_that_is_not_written_counts_all_the_same() -> None:
    """What others show is promised already."""
    assert beyond(board(5, listed("A"), listed("B", shows=4)), A=2) == {TEE: 1}


@LAW
@given(
    tees=st.integers(0, 20),
    shows=st.lists(st.integers(0, 6), min_size=1, max_size=3),
    writes=st.lists(st.integers(0, 6), min_size=3, max_size=3),
)
def test_no_breach_means_that_the_sum_fits(
    tees: Units, shows: list[Units], writes: list[Units]
) -> None:
    """The check agrees with the inequality as it is written in the design."""
    shops = dict(zip("ABC", writes, strict=False))
    written = {shop: shops[shop] for shop, _ in zip("ABC", shows, strict=False)}
    on = board(
        tees, *(listed(shop, shows=units) for shop, units in zip("ABC", shows, strict=False))
    )
    promised = sum(shows) + sum(written.values())

    assert (beyond(on, **written) == {}) == (promised <= tees or not any(written.values()))


def test_a_decrease_to_the_least_breaks_nothing() -> None:
    """Where goods have vanished it is all that can be done, though it may be sold once more."""
    on = board(0, replace(listed("A", shows=5), least_units=1))

    assert beyond(on, A=1) == {}


def test_an_increase_to_the_least_is_an_increase() -> None:
    """A listing at zero is not raised because TikTok takes no zero."""
    on = board(0, replace(listed("A", shows=0), least_units=1))

    assert beyond(on, A=1) == {TEE: 1}


# --- the board -------------------------------------------------------------------------------


def test_a_board_with_a_hole_is_refused() -> None:
    """A bound over some of the pools means nothing."""
    with pytest.raises(ValueError, match="draws on east/CAP, which is not here"):
        board(5, listed("A", of=recipe(CAP)))


def test_the_supply_of_a_bundle_is_that_of_its_scarcest_part() -> None:
    """As many sales as all of its pools allow."""
    bundle = listed("A", of=recipe((TEE, 2), CAP))

    assert board({TEE: goods(9), CAP: goods(7)}, bundle).supply_units(bundle) == 4


def test_the_supply_is_unknown_with_any_part() -> None:
    """A bundle is no better known than the least known of its items."""
    bundle = listed("A", of=recipe(TEE, CAP))

    assert board({TEE: goods(9), CAP: UNKNOWN_GOODS}, bundle).supply_units(bundle) is None


def test_a_bundle_is_as_old_as_its_oldest_feed() -> None:
    """The staleness of a listing is that of the worst it depends on."""
    bundle = listed("A", of=recipe(TEE, CAP))
    pools = {TEE: goods(9, as_of=ago(10.0)), CAP: goods(9, as_of=ago(500.0))}

    assert board(pools, bundle).snapshot_as_of(bundle) == ago(500.0)
