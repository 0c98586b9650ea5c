"""A snapshot and the orders make what may still be promised; doubt costs a sale."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.feed_dialect import DeductsAt, FeedKind
from reconciliation.orders import LineState, OrderLine
from reconciliation.policy import GuardPolicy
from reconciliation.position import Claim, FeedTerms, Position, Snapshot, position
from reconciliation.quantities import Instant, Units

from ..support.boards import LAW


AS_OF = Instant(10_000.0)
LONG_BEFORE = Instant(1_000.0)
JUST_BEFORE = Instant(9_990.0)
AFTER = Instant(11_000.0)
TOLERANCE_S = 2.0
POLICY = GuardPolicy()

ON_HAND = FeedTerms(kind=FeedKind.ON_HAND)
PACK = replace(ON_HAND, deducts_at=DeductsAt.PACK)
SHIP_CONFIRM = replace(ON_HAND, deducts_at=DeductsAt.SHIP_CONFIRM)
AVAILABLE = FeedTerms(kind=FeedKind.AVAILABLE)

W, R, P = LineState.WAITING, LineState.RELEASED, LineState.PACKED
D, C, M = LineState.DEPARTED, LineState.CANCELLED, LineState.CANCELLED_MISSING


def line(state: LineState, **times: Instant) -> OrderLine:
    """A line in this state, placed long ago, with these times."""
    fields: dict[str, Any] = {**times}
    return OrderLine(state=state, placed_at=LONG_BEFORE, **fields)


def position_of(
    terms: FeedTerms, *lines: OrderLine, units: Units = 10, held_units: Units = 0
) -> Position:
    """The position of a pool of ten with one unit per line."""
    return position(
        Snapshot(units=units, as_of=AS_OF, terms=terms),
        [Claim(line=each, units=1) for each in lines],
        held_units=held_units,
        policy=POLICY,
        clock_tolerance_s=TOLERANCE_S,
        now=AFTER,
    )


def ats(terms: FeedTerms, *lines: OrderLine, units: Units = 10, held_units: Units = 0) -> Units:
    """What may still be promised of a pool of ten."""
    return position_of(terms, *lines, units=units, held_units=held_units).ats_units


# --- on-hand feeds ---------------------------------------------------------------------------


@pytest.mark.parametrize("state", [W, R, P])
def test_a_committed_unit_comes_off_what_is_on_hand(state: LineState) -> None:
    """What is ordered and still on the shelf cannot be promised again."""
    assert ats(ON_HAND, line(state)) == 9


def test_a_unit_gone_before_the_snapshot_is_inside_it() -> None:
    """The partner did not count what had left."""
    assert ats(ON_HAND, line(D, departed_at=LONG_BEFORE)) == 10


def test_a_unit_gone_after_the_snapshot_comes_off() -> None:
    """The partner still counted it."""
    assert ats(ON_HAND, line(D, departed_at=AFTER)) == 9


def test_a_unit_gone_at_a_time_nobody_knows_comes_off() -> None:
    """In doubt it was still counted."""
    assert ats(ON_HAND, line(D)) == 9


def test_a_slow_book_may_still_hold_what_has_gone() -> None:
    """A departure younger than the posting lag is not off the snapshot yet."""
    slow = replace(ON_HAND, posting_lag_s=60.0)

    assert ats(slow, line(D, departed_at=JUST_BEFORE)) == 9


@pytest.mark.parametrize(("seconds_before", "expected"), [(2.0, 9), (2.5, 10)])
def test_clocks_may_differ_by_the_tolerance(seconds_before: float, expected: Units) -> None:
    """A departure within the tolerance of the snapshot may have come after it."""
    assert ats(ON_HAND, line(D, departed_at=Instant(AS_OF - seconds_before))) == expected


@pytest.mark.parametrize(("terms", "expected"), [(ON_HAND, 9), (PACK, 10), (SHIP_CONFIRM, 10)])
def test_a_packed_unit_is_off_only_where_packing_takes_it_off(
    terms: FeedTerms, expected: Units
) -> None:
    """Each partner declares the event at which it takes a unit off its number."""
    assert ats(terms, line(P, packed_at=LONG_BEFORE)) == expected


def test_a_cancelled_unit_on_the_shelf_was_on_hand_all_along() -> None:
    """An on-hand figure holds the unit whenever it was cancelled: nothing is added."""
    freed = line(C, released_at=LONG_BEFORE, cancelled_at=AFTER, cancelled_not_before=AFTER)

    assert ats(ON_HAND, freed) == 10


# --- available feeds -------------------------------------------------------------------------


def test_an_order_the_partner_knew_is_inside_its_figure() -> None:
    """What was released long before the figure was taken is off it already."""
    assert ats(AVAILABLE, line(R, released_at=LONG_BEFORE)) == 10


@pytest.mark.parametrize("released_at", [AFTER, AS_OF, Instant(AS_OF - 1.0)])
def test_an_order_the_partner_may_not_have_known_comes_off(released_at: Instant) -> None:
    """What was released at about the figure's time, or later, may not be off it."""
    assert ats(AVAILABLE, line(R, released_at=released_at)) == 9


def test_an_order_on_its_way_to_the_partner_comes_off() -> None:
    """A release younger than the order lag had not reached the partner."""
    slow = replace(AVAILABLE, order_lag_s=60.0)

    assert ats(slow, line(R, released_at=JUST_BEFORE)) == 9


def test_an_order_that_was_never_released_comes_off() -> None:
    """However old it is, the partner does not know an unpaid order."""
    assert ats(AVAILABLE, line(W)) == 9


def test_a_unit_freed_after_the_figure_goes_back_on() -> None:
    """The partner had taken it off, and does so no longer."""
    freed = line(C, released_at=LONG_BEFORE, cancelled_at=AFTER, cancelled_not_before=AFTER)

    assert ats(AVAILABLE, freed) == 11


def test_a_unit_freed_before_the_figure_is_inside_it() -> None:
    """The figure had it back already."""
    before = LONG_BEFORE
    freed = line(C, released_at=before, cancelled_at=before, cancelled_not_before=before)

    assert ats(AVAILABLE, freed) == 10


def test_a_unit_freed_at_a_time_nobody_knows_does_not_go_back_on() -> None:
    """Without TikTok's own time the figure may have it already."""
    assert ats(AVAILABLE, line(C, released_at=LONG_BEFORE, cancelled_at=AFTER)) == 10


def test_an_unpaid_order_that_lapses_gives_nothing_back() -> None:
    """The partner never took off what it never knew."""
    assert ats(AVAILABLE, line(C, cancelled_at=AFTER, cancelled_not_before=AFTER)) == 10


def test_an_order_the_partner_may_not_have_known_gives_nothing_back() -> None:
    """Released within the order lag, perhaps never taken off: nothing to add."""
    slow = replace(AVAILABLE, order_lag_s=60.0)
    freed = line(C, released_at=JUST_BEFORE, cancelled_at=AFTER, cancelled_not_before=AFTER)

    assert ats(slow, freed) == 10


# --- doubts and their end --------------------------------------------------------------------


@pytest.mark.parametrize("terms", [ON_HAND, AVAILABLE])
def test_a_missing_unit_comes_off_until_a_recount(terms: FeedTerms) -> None:
    """A doubtful cancellation after the snapshot costs a unit."""
    assert ats(terms, line(M, cancelled_at=AFTER)) == 9


@pytest.mark.parametrize("terms", [ON_HAND, AVAILABLE])
def test_a_recount_ends_the_doubt(terms: FeedTerms) -> None:
    """A snapshot taken after a doubtful cancellation has counted the shelf."""
    assert ats(terms, line(M, cancelled_at=LONG_BEFORE)) == 10


@pytest.mark.parametrize("terms", [ON_HAND, PACK, AVAILABLE])
@pytest.mark.parametrize("state", [D, M])
def test_every_doubt_ends_with_a_later_snapshot(terms: FeedTerms, state: LineState) -> None:
    """What is over stops counting once a snapshot is late enough, or stock would hide for ever."""
    at = LONG_BEFORE
    over = line(state, released_at=at, packed_at=at, departed_at=at, cancelled_at=at)

    assert ats(terms, over) == 10


# --- the sum ---------------------------------------------------------------------------------


def test_each_term_is_kept_apart() -> None:
    """The position says what became of every unit."""
    freed = line(C, released_at=LONG_BEFORE, cancelled_at=AFTER, cancelled_not_before=AFTER)
    late = [line(R, released_at=AFTER), line(D, released_at=AFTER), line(M), freed]
    found = position_of(AVAILABLE, *late, held_units=3)

    assert (
        found.committed_units,
        found.departed_units,
        found.missing_units,
        found.returned_units,
        found.held_units,
    ) == (1, 1, 1, 1, 3)


def test_a_shortage_is_shown_as_a_negative_number() -> None:
    """More orders than goods is a fact to be seen, never clamped."""
    assert ats(ON_HAND, line(R), line(W), units=0) == -2


def test_a_shortage_can_be_sold_to_nobody() -> None:
    """What listings may promise is never negative."""
    assert position_of(ON_HAND, line(R), line(W), units=0).sellable_units == 0


def test_holds_come_off() -> None:
    """What a person set aside is not for sale."""
    assert ats(ON_HAND, held_units=4) == 6


def test_a_claim_of_a_pack_takes_its_units() -> None:
    """One line may take several units of a pool."""
    pack = Claim(line=line(R), units=6)
    found = position(
        Snapshot(units=10, as_of=AS_OF, terms=ON_HAND),
        [pack],
        held_units=0,
        policy=POLICY,
        clock_tolerance_s=TOLERANCE_S,
        now=AFTER,
    )

    assert found.ats_units == 4


def test_a_pool_that_no_feed_has_named_is_unknown() -> None:
    """Nothing is known of it, and that is not the same as zero."""
    unknown = position(
        None,
        [Claim(line=line(R), units=1)],
        held_units=1,
        policy=POLICY,
        clock_tolerance_s=TOLERANCE_S,
        now=AFTER,
    )

    assert (unknown.known, unknown.sellable_units) == (False, 0)


def test_safety_stock_is_not_for_sale() -> None:
    """What listings may promise is what is available less the safety stock."""
    held_back = Position(snapshot_units=10, as_of=AS_OF, safety_units=4)

    assert held_back.sellable_units == 6


instants = st.sampled_from([None, LONG_BEFORE, JUST_BEFORE, AS_OF, AFTER])
lines = st.builds(
    OrderLine,
    state=st.sampled_from(LineState),
    placed_at=st.just(LONG_BEFORE),
    released_at=instants,
    packed_at=instants,
    departed_at=instants,
    cancelled_at=instants,
    cancelled_not_before=instants,
)
terms_of_feeds = st.builds(
    FeedTerms,
    kind=st.sampled_from(FeedKind),
    deducts_at=st.sampled_from(DeductsAt),
    posting_lag_s=st.sampled_from([0.0, 60.0]),
    order_lag_s=st.sampled_from([0.0, 60.0]),
)


@LAW
@given(
    told=st.lists(lines, max_size=6).flatmap(lambda x: st.tuples(st.just(x), st.permutations(x))),
    terms=terms_of_feeds,
)
def test_the_order_of_claims_does_not_matter(
    told: tuple[list[OrderLine], list[OrderLine]], terms: FeedTerms
) -> None:
    """The same claims replayed, in whatever order, make the same position."""
    assert position_of(terms, *told[1]) == position_of(terms, *told[0])


@LAW
@given(others=st.lists(lines, max_size=4), more=lines, terms=terms_of_feeds)
def test_only_a_freed_unit_adds_to_a_figure(
    others: Iterable[OrderLine], more: OrderLine, terms: FeedTerms
) -> None:
    """No claim raises the position but a free cancelled unit, and that by no more than itself."""
    gained = ats(terms, *others, more) - ats(terms, *others)

    assert gained <= (1 if more.state is C and terms.kind is FeedKind.AVAILABLE else 0)


SLOW = 60.0
"""Seconds that a partner's clock may be off, beyond what is assumed of all clocks."""


def off_by_a_minute(terms: FeedTerms) -> FeedTerms:
    """The same feed, whose clock is declared to be a minute off at most."""
    return replace(terms, clock_tolerance_s=SLOW)


@pytest.mark.parametrize(
    ("terms", "sold"),
    [
        (PACK, line(P, packed_at=Instant(AS_OF - SLOW + 1.0))),
        (AVAILABLE, line(R, released_at=Instant(AS_OF - SLOW + 1.0))),
    ],
)
def test_a_clock_that_may_be_off_widens_the_doubt(terms: FeedTerms, sold: OrderLine) -> None:
    """What lies within its tolerance may not be in its figure yet, so it comes off."""
    assert ats(terms, sold) == 10
    assert ats(off_by_a_minute(terms), sold) == 9


def test_a_clock_that_may_be_off_gives_back_later() -> None:
    """A figure may be younger than it says, and hold the cancelled unit already."""
    freed = line(C, released_at=LONG_BEFORE, cancelled_not_before=Instant(AS_OF + SLOW - 1.0))

    assert ats(AVAILABLE, freed) == 11
    assert ats(off_by_a_minute(AVAILABLE), freed) == 10
