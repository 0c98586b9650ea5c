"""The plan writes what the bound allows and the rules ask for, and says why it does not."""

from dataclasses import replace

import pytest

from reconciliation.board import ListingFacts, PoolFacts
from reconciliation.plan import decide
from reconciliation.position import Position
from reconciliation.quantities import Units
from reconciliation.verdict import Plan, WriteClass

from ..support.boards import (
    NO_LIMITS,
    TEE,
    ago,
    board,
    book_showing,
    goods,
    listed,
    listing_key,
    open_write,
    plan_for,
    pool_key,
    recipe,
    settled,
    written,
    written_by_shop,
)


CAP = pool_key("CAP")
X, Y = listing_key("A", warehouse_id="x"), listing_key("A", warehouse_id="y")


def raised(*listings: ListingFacts, tees: Units = 10) -> dict[str, Units]:
    """What is written for some listings of ten tees."""
    return written_by_shop(plan_for(tees, *listings))


def classes(plan: Plan) -> list[WriteClass]:
    """The urgency of each write, in the order in which they go out."""
    return [write.write_class for write in plan.writes]


def warehouses(x: Units, y: Units) -> list[ListingFacts]:
    """One SKU in two warehouses, tees in one and caps in the other."""
    return [listed(X, shows=x), listed(Y, shows=y, of=recipe(CAP))]


# --- sharing ---------------------------------------------------------------------------------


def test_a_listing_at_zero_is_raised_to_its_share() -> None:
    """Two shops of equal demand show half each."""
    assert raised(listed("A"), listed("B", rank=1)) == {"A": 5, "B": 5}


def test_what_is_at_its_share_is_left_alone() -> None:
    """Nothing is written for the sake of writing."""
    assert raised(listed("A", shows=5), listed("B", shows=5)) == {}


def test_a_sale_in_one_shop_is_not_written_to_the_others() -> None:
    """While stock is plentiful a small gain is not worth a call (W3)."""
    wary = replace(NO_LIMITS, raise_percent_min=20.0)
    shops = [listed("A", shows=38, policy=wary), listed("B", shows=50, policy=wary, rank=1)]

    assert raised(*shops, tees=99) == {}


def test_a_gain_of_too_few_units_is_not_worth_a_call() -> None:
    """The policy says from how many on it is."""
    wary = replace(NO_LIMITS, raise_units_min=11)

    assert raised(listed("A", policy=wary)) == {}


def test_a_listing_is_raised_beside_what_it_shows() -> None:
    """Where old and new fit together, no detour through zero is needed."""
    assert raised(listed("A", shows=3)) == {"A": 7}


def test_a_listing_far_below_its_share_goes_through_zero() -> None:
    """Where old and new do not fit together, it is raised from a settled zero (W6)."""
    wary = replace(NO_LIMITS, raise_percent_min=150.0)
    shops = [listed("A", shows=2, policy=wary, demand=4), listed("B", shows=4, rank=1)]

    assert raised(*shops) == {"A": 0}


def test_a_starved_shop_is_given_room() -> None:
    """A shop without stock gets some of another's that has more than its share."""
    assert raised(listed("A", shows=10), listed("B", rank=1)) == {"A": 0}


def test_stock_does_not_move_twice_in_a_row() -> None:
    """Quiet stock is not shuffled: moves keep a distance in time."""
    pool = replace(goods(10), moved_at=ago(60.0))

    assert not plan_for({TEE: pool}, listed("A", shows=10), listed("B", rank=1)).writes


def test_no_stock_moves_while_a_write_is_open() -> None:
    """What the open write will have done is not known yet, even to a third listing."""
    under_way = replace(book_showing(0), writes=(open_write(0),))
    shops = [listed("A", shows=10), listed("B", rank=1), listed("C", shows=under_way, rank=2)]

    assert raised(*shops) == {}


# --- lowering --------------------------------------------------------------------------------


def test_an_empty_pool_pauses() -> None:
    """Without goods a listing shows nothing."""
    plan = plan_for(0, listed("A", shows=4))

    assert [(w.units, w.write_class) for w in plan.writes] == [(0, WriteClass.PAUSE)]


def test_a_shortage_pauses() -> None:
    """Fewer goods than orders: nothing more is sold."""
    short = PoolFacts(position=Position(snapshot_units=2, committed_units=5, as_of=ago(60.0)))

    assert written_by_shop(plan_for({TEE: short}, listed("A", shows=4))) == {"A": 0}


def test_what_is_shown_beyond_the_goods_is_lowered_first() -> None:
    """The write that would stop an oversell is the most urgent."""
    plan = plan_for(8, listed("A", shows=5), listed("B", shows=5, rank=1))

    assert classes(plan)[0] is WriteClass.OVERSELL_DECREASE


def test_a_decrease_that_does_not_fit_goes_to_zero() -> None:
    """A lower number may give back what was just sold, so old and new must fit (W6)."""
    assert raised(listed("A", shows=12)) == {"A": 0}


def test_a_decrease_that_fits_goes_to_its_target() -> None:
    """A throttled listing with room beside it shows its cap at once."""
    near = replace(NO_LIMITS, throttle_at_units=20, throttle_cap_units=3, open_at_units=30)

    assert raised(listed("A", shows=6, policy=near)) == {"A": 3}


def test_as_little_is_lowered_as_need_be() -> None:
    """Of two listings that would each cover the lack, the smaller goes to zero."""
    assert raised(listed("A", shows=9), listed("B", shows=5)) == {"B": 0}


def test_where_none_covers_the_lack_the_largest_goes_first() -> None:
    """A few large listings are lowered rather than many small ones."""
    shops = [listed("A", shows=4), listed("B", shows=6), listed("C", shows=5)]

    assert raised(*shops, tees=6) == {"B": 0, "A": 0}


def test_a_decrease_under_way_is_not_repeated() -> None:
    """What will be lowered is not lowered again before it is settled."""
    lowered = replace(book_showing(9), writes=(open_write(0),))

    assert raised(listed("A", shows=lowered), listed("B", shows=5)) == {}


def test_a_sale_that_the_read_may_not_show_lowers_nothing() -> None:
    """The worst case forbids increases; decreases are forced by the likely case."""
    sold = replace(book_showing(10), ahead_units=2)

    assert raised(listed("A", shows=sold), tees=8) == {}


# --- calls -----------------------------------------------------------------------------------


def test_all_warehouses_of_a_sku_go_in_one_call() -> None:
    """TikTok wants them all, so what is unchanged is sent along (W8)."""
    plan = plan_for({TEE: goods(10), CAP: goods(10)}, *warehouses(0, 5))

    assert written(plan) == {X: 10, Y: 5}


def test_what_is_sent_along_must_fit() -> None:
    """It is a write too: where old and new do not fit together, it is sent as zero."""
    plan = plan_for({TEE: goods(0), CAP: goods(4)}, *warehouses(5, 3))

    assert written(plan) == {X: 0, Y: 0}


def test_a_warehouse_sent_along_beside_a_raise_must_fit() -> None:
    """Where it shows all it has, the call goes to zero first: old and new do not fit together."""
    plan = plan_for({TEE: goods(9), CAP: goods(15)}, *warehouses(0, 15))

    assert written(plan) == {X: 0, Y: 0}


def test_a_full_warehouse_does_not_starve_its_sibling() -> None:
    """Where one warehouse shows all it has, the other's new stock comes on sale all the same."""
    pools = {TEE: goods(9), CAP: goods(15)}
    on = board(pools, *warehouses(0, 15))
    for _ in range(8):
        on = settled(on, decide(on))

    assert on.listings[0].book.shown_units > 0


def test_the_most_urgent_write_goes_first() -> None:
    """Decreases before increases, whatever their order on the board."""
    pools = {TEE: goods(10), CAP: goods(0)}
    plan = plan_for(pools, listed("A"), listed("B", shows=3, of=recipe(CAP)))

    assert classes(plan) == [WriteClass.PAUSE, WriteClass.RAISE_FROM_ZERO]


def test_a_write_says_what_it_is_set_from() -> None:
    """History tells what was shown before."""
    (write,) = plan_for(10, listed("A", shows=3)).writes

    assert (write.shown_units, write.units) == (3, 7)


def test_a_demand_is_above_zero() -> None:
    """A rate that cannot be compared is refused when stated, not in the midst of a decision."""
    with pytest.raises(ValueError, match="demand"):
        listed("A", demand=0)


# --- the least that can be shown -------------------------------------------------------------


def floored(shop: str, *, shows: Units, least: Units) -> ListingFacts:
    """A listing of which TikTok takes no quantity below `least`."""
    return replace(listed(shop, shows=shows), least_units=least)


def test_where_zero_is_refused_the_least_is_written() -> None:
    """Goods have vanished: all but what cannot be hidden goes."""
    assert raised(floored("A", shows=5, least=1), tees=0) == {"A": 1}


def test_what_shows_the_least_already_is_left_alone() -> None:
    """A write that lowers nothing would be made again and again."""
    assert raised(floored("A", shows=1, least=1), tees=0) == {}


def test_a_listing_that_cannot_go_to_zero_is_not_raised_through_it() -> None:
    """The detour would leave old and new together on sale (W6)."""
    shops = [floored("A", shows=3, least=1), listed("B", shows=1, rank=1)]

    assert 0 not in raised(*shops).values()


def test_another_listing_is_lowered_where_one_shows_its_least() -> None:
    """What is beyond the goods is looked for where it can be taken."""
    shops = [floored("A", shows=4, least=4), listed("B", shows=4, rank=1)]

    assert raised(*shops, tees=5) == {"B": 0}
