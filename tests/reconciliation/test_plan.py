"""The plan writes what the bound allows and the rules ask for, and says why it does not."""

from dataclasses import replace

import pytest

from reconciliation.board import Hold, ListingFacts, PoolFacts
from reconciliation.exposure import Doubt, ListingBook
from reconciliation.guard import GuardState
from reconciliation.plan import decide
from reconciliation.policy import GuardPolicy
from reconciliation.position import Position
from reconciliation.quantities import Instant, Units
from reconciliation.verdict import Plan, WriteClass

from ..support.boards import (
    NO_LIMITS,
    TEE,
    UNKNOWN_GOODS,
    ago,
    board,
    book_showing,
    decision_on,
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
DEFAULTS = GuardPolicy()
HOUR_AGO = ago(3_600.0)
X, Y = listing_key("A", warehouse_id="x"), listing_key("A", warehouse_id="y")


def raised(*listings: ListingFacts, tees: Units = 10) -> dict[str, Units]:
    """What is written for some listings of ten tees."""
    return written_by_shop(plan_for(tees, *listings))


def classes(plan: Plan) -> list[WriteClass]:
    """The urgency of each write, in the order in which they go out."""
    return [write.write_class for write in plan.writes]


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
    """What the open write will have done is not known yet."""
    under_way = replace(book_showing(10), writes=(open_write(10),))

    assert raised(listed("A", shows=under_way), listed("B", rank=1)) == {}


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


# --- what forbids an increase ----------------------------------------------------------------
# Each has a test that fails once the rule is taken out: the same board without the one fact is
# raised by the first of these tests.


def obstacle_of(listing: ListingFacts, *others: ListingFacts) -> str:
    """Why the listing is not raised, empty if it is."""
    plan = plan_for(10, listing, *others)
    decision = decision_on(plan, listing.key)
    return decision.obstacle if decision.write is None else ""


def test_nothing_forbids_raising_a_healthy_listing() -> None:
    """It is read, proven, fed and free."""
    assert raised(listed("A")) == {"A": 10}


def test_an_old_read_forbids() -> None:
    """What the listing shows by now is not known (W5)."""
    old = listed("A", shows=book_showing(0, read_at=ago(31.0)))

    assert obstacle_of(old) == "the last read is too old"


def test_a_listing_never_read_forbids() -> None:
    """What it shows is not known at all."""
    unread = replace(listed("A"), book=replace(book_showing(0), read=None))

    assert obstacle_of(unread) == "never read"


@pytest.mark.parametrize("complete", [None, ago(1.5)])
def test_an_incomplete_ledger_forbids(complete: Instant | None) -> None:
    """Orders from before the read may still come to be known (W5)."""
    behind = replace(listed("A"), ledger_complete_up_to=complete)

    assert "may still be unknown" in obstacle_of(behind)


def test_an_open_write_forbids() -> None:
    """What it does is not settled."""
    under_way = replace(book_showing(0), writes=(open_write(1),))

    assert obstacle_of(listed("A", shows=under_way)) == "a write is still open"


@pytest.mark.parametrize(
    "unknown", [ListingBook(), replace(book_showing(0), unproven_since=ago(1.0))]
)
def test_a_sibling_that_is_not_known_forbids(unknown: ListingBook) -> None:
    """What shares the goods may be showing anything."""
    stranger = listed("B", shows=unknown, rank=1)

    assert "B/p/1/w shares its goods and is not known yet" in obstacle_of(listed("A"), stranger)


def test_its_own_unproven_read_forbids() -> None:
    """Orders from before the first read are not all known."""
    young = replace(book_showing(0), unproven_since=ago(1.0))

    assert "not known yet" in obstacle_of(listed("A", shows=young))


def test_a_pool_that_no_feed_has_named_forbids() -> None:
    """A bundle with one unknown item is not raised for the sake of the known one."""
    pools = {TEE: goods(10), CAP: UNKNOWN_GOODS}

    assert not plan_for(pools, listed("A", of=recipe(TEE, CAP))).writes


def test_a_stranded_listing_is_not_raised() -> None:
    """It cannot be written."""
    assert raised(replace(listed("A"), stranded_because="the shop was revoked")) == {}


def test_a_stranded_listing_still_counts() -> None:
    """What it shows is promised; the others share the rest."""
    lost = replace(listed("B", shows=4), stranded_because="the product is frozen")

    assert raised(listed("A"), lost) == {"A": 6}


def test_a_held_listing_is_not_raised() -> None:
    """What a person lowered stays lowered (W10)."""
    held = replace(listed("A", shows=2), hold=Hold(units_max=9, why="a recall"))

    assert raised(held) == {}


def test_a_held_listing_is_lowered_to_the_hold() -> None:
    """A person's word is carried out."""
    held = replace(listed("A", shows=3), hold=Hold(units_max=1, why="a recall"))

    assert raised(held) == {"A": 1}


def test_a_hold_is_told_as_the_rule_that_binds() -> None:
    """Who asks why gets the person's words."""
    held = replace(listed("A", shows=3), hold=Hold(units_max=1, why="a recall"))

    assert decision_on(plan_for(10, held)).cap_rule == "held: a recall"


def test_doubt_leaves_no_room() -> None:
    """Units that went nobody knows where are promised to nobody else."""
    doubtful = replace(book_showing(0), doubts=(Doubt(units=4, seen_at=ago(1.0)),))

    assert raised(listed("A", demand=9), listed("B", shows=doubtful, rank=1)) == {"A": 6}


# --- coming back -----------------------------------------------------------------------------


def paused(*, since: Instant = HOUR_AGO, resumes: tuple[Instant, ...] = ()) -> ListingFacts:
    """A listing paused an hour ago, of the usual policy, with a feed from since then."""
    return replace(
        listed("A", policy=DEFAULTS), state=GuardState.PAUSED, since=since, resumes=resumes
    )


def test_a_paused_listing_comes_back() -> None:
    """Stock is proven, and nothing else stands in the way."""
    assert raised(paused()) == {"A": 10}


def test_a_paused_listing_waits_for_the_dwell_time() -> None:
    """However good the feed, not at once."""
    assert raised(paused(since=ago(100.0))) == {}


def test_a_paused_listing_comes_back_only_so_often() -> None:
    """The cap by the hour holds."""
    assert raised(paused(resumes=(ago(60.0),) * 6)) == {}


def test_a_paused_listing_waits_for_a_feed() -> None:
    """What paused it is not disproved by the feed of before."""
    assert not plan_for({TEE: goods(10, as_of=ago(4_000.0))}, paused()).writes


def test_what_a_paused_listing_waits_for_is_told() -> None:
    """Nobody should need a developer to know why it is paused."""
    waiting = decision_on(plan_for(10, paused(since=ago(100.0))))

    assert "dwell time" in waiting.reason


def test_a_throttled_listing_shows_its_cap() -> None:
    """Near zero only a few units are shown at a time."""
    assert raised(listed("A", policy=DEFAULTS), tees=6) == {"A": 3}


@pytest.mark.parametrize(
    ("hours", "expected"), [(11.0, {"A": 6}), (13.0, {}), (25.0, {"A": 1}), (49.0, {"A": 0})]
)
def test_an_old_feed_lowers_step_by_step(hours: float, expected: dict[str, Units]) -> None:
    """It freezes, falls to the floor, and falls to zero."""
    pools = {TEE: goods(10, as_of=ago(hours * 3_600.0))}

    assert written_by_shop(plan_for(pools, listed("A", shows=4, policy=NO_LIMITS))) == expected


# --- calls -----------------------------------------------------------------------------------


def warehouses(x: Units, y: Units) -> list[ListingFacts]:
    """One SKU in two warehouses, tees in one and caps in the other."""
    return [listed(X, shows=x), listed(Y, shows=y, of=recipe(CAP))]


def test_all_warehouses_of_a_sku_go_in_one_call() -> None:
    """TikTok wants them all, so what is unchanged is sent along (W8)."""
    plan = plan_for({TEE: goods(10), CAP: goods(10)}, *warehouses(0, 5))

    assert written(plan) == {X: 10, Y: 5}


def test_what_is_sent_along_must_fit() -> None:
    """It is a write too: where old and new do not fit together, it is sent as zero."""
    plan = plan_for({TEE: goods(0), CAP: goods(4)}, *warehouses(5, 3))

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
