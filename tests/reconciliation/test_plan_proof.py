"""What forbids the plan to raise a listing, and what a paused one needs to come back."""

from dataclasses import replace

import pytest

from reconciliation.board import Hold, ListingFacts
from reconciliation.exposure import Doubt, ListingBook
from reconciliation.guard import GuardState
from reconciliation.policy import GuardPolicy
from reconciliation.quantities import Instant, Units

from ..support.boards import (
    NO_LIMITS,
    TEE,
    UNKNOWN_GOODS,
    ago,
    book_showing,
    decision_on,
    goods,
    listed,
    listing_key,
    open_write,
    plan_for,
    pool_key,
    recipe,
    written_by_shop,
)


CAP = pool_key("CAP")
DEFAULTS = GuardPolicy(dwell_s_min=300.0)
HOUR_AGO = ago(3_600.0)
X, Y = listing_key("A", warehouse_id="x"), listing_key("A", warehouse_id="y")


def raised(*listings: ListingFacts, tees: Units = 10) -> dict[str, Units]:
    """What is written for some listings of ten tees."""
    return written_by_shop(plan_for(tees, *listings))


def warehouses(x: Units, y: Units) -> list[ListingFacts]:
    """One SKU in two warehouses, tees in one and caps in the other."""
    return [listed(X, shows=x), listed(Y, shows=y, of=recipe(CAP))]


def paused(*, since: Instant = HOUR_AGO, resumes: tuple[Instant, ...] = ()) -> ListingFacts:
    """A listing paused an hour ago, of the usual policy, with a feed from since then."""
    return replace(
        listed("A", policy=DEFAULTS), state=GuardState.PAUSED, since=since, resumes=resumes
    )


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
    plan = plan_for(10, listed("A"), lost)

    assert (decision_on(plan, "A").target_units, written_by_shop(plan)) == (6, {"A": 6})


def test_a_stranded_listing_is_told_to_be_stranded() -> None:
    """Its state says why nothing is done."""
    lost = replace(listed("A", shows=4), stranded_because="the product is frozen")

    assert decision_on(plan_for(10, lost)).state is GuardState.STRANDED


def test_a_stranded_warehouse_keeps_its_call_from_going_out() -> None:
    """A raise would write all warehouses of the SKU, and one of them cannot be written."""
    healthy, lost = warehouses(0, 2)
    plan = plan_for(
        {TEE: goods(10), CAP: goods(10)}, healthy, replace(lost, stranded_because="unmapped")
    )

    assert decision_on(plan, X).obstacle == "stranded: unmapped"


def test_an_edit_of_a_person_s_is_not_raised() -> None:
    """What a person lowered on TikTok stays lowered (W10)."""
    held = replace(listed("A", shows=2), hold=Hold(units_max=9, why="an edit", freezes=True))

    assert raised(held) == {}


def test_a_hold_is_a_cap() -> None:
    """A person who allows four gets four at most, and not less than that for nothing."""
    assert raised(replace(listed("A"), hold=Hold(units_max=4, why="a launch"))) == {"A": 4}


def test_a_hold_lifts_no_pause() -> None:
    """A person's cap lowers what the guard allows and never adds to it."""
    held = replace(paused(since=ago(100.0)), hold=Hold(units_max=9, why="a launch"))

    assert raised(held) == {}


def test_units_gone_that_nobody_ordered_forbid() -> None:
    """They may be a person's edit, which is not to be undone."""
    edited = replace(book_showing(2), unasked_units=3, unasked_since=ago(1.0))

    assert "perhaps a person's edit" in obstacle_of(listed("A", shows=edited))


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
