"""Plans over raced pools: what is lowered, raised, left alone, and never beyond the goods."""

from dataclasses import replace

from reconciliation.board import Board, ListingFacts
from reconciliation.bound import breaches
from reconciliation.demand import Demand
from reconciliation.exposure import Doubt, Restock
from reconciliation.guard import GuardState
from reconciliation.plan import decide
from reconciliation.policy import GuardPolicy
from reconciliation.quantities import Units
from reconciliation.race_terms import RaceTerms, Window

from ..support.boards import (
    NO_LIMITS,
    TEE,
    ago,
    board,
    book_showing,
    decision_on,
    goods,
    listed,
    listing_key,
    open_write,
    recipe,
    written_by_shop,
)


TERMS = RaceTerms(
    price=50.0, windows=(Window(chance=1.0, seconds=5.0),), restock_every_s=100_000.0
)

SLOW, HOT = Demand(orders_per_s=1e-7), Demand(orders_per_s=0.2)


def raced(units: Units, *listings: ListingFacts, demand: Demand = SLOW) -> Board:
    """A board on which listings may promise the same tees."""
    pools = {TEE: replace(goods(units), race=TERMS)}
    return board(pools, *(replace(each, forecast=demand) for each in listings))


def test_a_slow_item_shows_its_goods_in_every_shop() -> None:
    """Strict sharing would show a unit each."""
    plan = decide(raced(3, *(listed(shop) for shop in "ABC")))

    assert written_by_shop(plan) == {"A": 2, "B": 2, "C": 2}


def test_the_last_unit_of_a_hot_item_is_shown_once() -> None:
    """The others are taken to zero before a second buyer comes."""
    plan = decide(raced(1, *(listed(shop, shows=1) for shop in "ABC"), demand=HOT))

    assert written_by_shop(plan) == {"B": 0, "C": 0}


def test_what_shows_more_than_the_goods_is_lowered() -> None:
    """However unlikely a race is."""
    plan = decide(raced(2, listed("A", shows=3), listed("B", shows=2)))

    assert written_by_shop(plan) == {"A": 2}


def test_a_sale_that_leaves_enough_asks_for_no_write() -> None:
    """While stock is plentiful a sale in one shop need not be written to the others."""
    plan = decide(raced(96, listed("A", shows=56), listed("B", shows=60)))

    assert written_by_shop(plan) == {}


def test_a_unit_that_a_read_saw_go_counts_against_all() -> None:
    """No order has told of it yet, and the other shops must not sell it again."""
    seen = replace(
        book_showing(1),
        doubts=(Doubt(units=1, seen_at=ago(1.0)),),
        unasked_units=1,
        unasked_since=ago(1.0),
    )
    plan = decide(raced(2, listed("A", shows=seen), listed("B", shows=2)))

    assert written_by_shop(plan) == {"B": 1}


def test_a_listing_that_nobody_has_read_keeps_others_from_rising() -> None:
    """What it shows is unknown, and so is the race."""
    unread = replace(listed("A"), book=replace(book_showing(0), read=None))
    plan = decide(raced(5, unread, listed("B")))

    assert written_by_shop(plan) == {}


def test_a_write_beyond_the_goods_is_a_breach() -> None:
    """The second check counts from nothing."""
    on = raced(2, listed("A"), listed("B", shows=2))

    assert [each.beyond_units for each in breaches(on, {listing_key("A"): 3})] == [1]


def test_a_write_beside_another_shop_is_no_breach_in_a_race() -> None:
    """Two may promise the same units: that is what the race prices."""
    on = raced(2, listed("A"), listed("B", shows=2))

    assert breaches(on, {listing_key("A"): 2}) == ()


def test_the_same_write_is_a_breach_where_goods_are_shared() -> None:
    """Without terms of a race each unit is promised once."""
    on = board(2, listed("A"), listed("B", shows=2))

    assert [each.beyond_units for each in breaches(on, {listing_key("A"): 2})] == [2]


def test_what_a_restock_may_bring_back_counts_beside_a_write() -> None:
    """TikTok may put it on sale on top of what we write."""
    restocked = replace(book_showing(0), restocks=(Restock(units=1, cancelled_at=ago(5.0)),))
    on = raced(2, listed("A", shows=restocked))

    assert [each.beyond_units for each in breaches(on, {listing_key("A"): 2})] == [1]


def test_what_a_write_may_give_back_counts_beside_it() -> None:
    """A unit sold while the write was on its way is on sale again when it lands (W6)."""
    on = raced(10, listed("A", shows=3), demand=HOT)

    assert [each.beyond_units for each in breaches(on, {listing_key("A"): 10})] == [1]


def test_a_stranded_listing_keeps_what_it_shows() -> None:
    """It cannot be lowered, so that only the rest may be promised by the others."""
    stuck = replace(listed("A", shows=2), stranded_because="its product is frozen")
    plan = decide(raced(3, stuck, listed("B")))

    assert written_by_shop(plan) == {"B": 1}


def test_an_unanswered_write_forbids_a_tight_decrease() -> None:
    """It may still land: only zero is safe beside it."""
    unknown = replace(book_showing(5), writes=(open_write(5),))
    plan = decide(raced(2, listed("A", shows=unknown), listed("B", shows=2)))

    assert written_by_shop(plan) == {"A": 0}


def test_a_pack_shows_whole_packs() -> None:
    """Five tees are two packs of two."""
    packs = listed("A", of=recipe((TEE, 2)))

    assert written_by_shop(decide(raced(5, packs, listed("B", shows=3)))) == {"A": 2}


def test_the_race_replaces_the_fixed_cap_of_a_throttled_listing() -> None:
    """What near zero allows is known better than by a number that fits nobody."""
    policy = GuardPolicy(throttle_cap_units=1)
    throttled = replace(listed("A", policy=policy), state=GuardState.THROTTLED)

    assert decision_on(decide(raced(5, throttled, listed("B", shows=5)))).cap_units == 5


def test_a_hold_is_kept_in_a_race() -> None:
    """A person's word is a cap like any other."""
    held = listed("A", policy=replace(NO_LIMITS, listing_units_max=1))

    assert written_by_shop(decide(raced(5, held, listed("B", shows=4)))) == {"A": 1}


def test_goods_of_which_units_are_kept_for_a_shop_are_not_raced() -> None:
    """A race would promise to others what is set aside: then each unit is promised once."""
    kept = {TEE: replace(goods(4), race=TERMS, kept_for={"A": 2})}
    listings = [replace(listed(shop), forecast=SLOW) for shop in "AB"]

    assert sum(written_by_shop(decide(board(kept, *listings))).values()) == 4
