"""An order line moves by the table, and how often or late it is looked at does not matter."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.cancellation import BLAME
from reconciliation.orders import (
    CANCELLED,
    COMMITTED,
    SEEN_BY_STATUS,
    STEPS,
    TIME_GRAIN_S,
    LineSeen,
    LineState,
    OrderLine,
    Seen,
    record,
)
from reconciliation.quantities import Instant

from ..support.boards import LAW


WANT_OF_STOCK = "seller_cancel_reason_out_of_stock"


def seen(status: str, at: float = 100.0, *, reason: str = "") -> LineSeen:
    """One look at the line."""
    return LineSeen(
        shop="A",
        order_id="1",
        line_id="1",
        sku_id="1",
        warehouse_id="w",
        status=status,
        placed_at=Instant(50.0),
        updated_at=Instant(at),
        cancel_reason=reason,
    )


def after(*looks: LineSeen) -> OrderLine:
    """The ledger's line after some looks."""
    line = None
    for look in looks:
        line = record(line, look)
    assert line is not None
    return line


def state_after(*statuses: str) -> LineState:
    """The line's state after some statuses."""
    return after(*(seen(status) for status in statuses)).state


times = st.one_of(st.none(), st.integers(60, 90).map(lambda s: Instant(float(s))))
looks = st.builds(
    replace,
    st.builds(
        seen,
        st.sampled_from([*sorted(SEEN_BY_STATUS), "TELEPORTED"]),
        st.integers(51, 200).map(float),
        reason=st.sampled_from(["", WANT_OF_STOCK, "out_of_stock", "pricing_error"]),
    ),
    placed_at=st.integers(40, 50).map(lambda s: Instant(float(s))),
    packed_at=times,
    departed_at=times,
    cancelled_at=times,
    cancelled_by=st.sampled_from([*BLAME, "WIZARD"]),
    shipping_due_at=times,
    collection_due_at=times,
)


# --- the table -------------------------------------------------------------------------------


def test_the_table_is_total() -> None:
    """Every state answers every sign."""
    assert {state: set(steps) for state, steps in STEPS.items()} == {
        state: set(Seen) for state in LineState
    }


@pytest.mark.parametrize("state", LineState)
@pytest.mark.parametrize("sign", Seen)
def test_a_sign_seen_twice_moves_once(state: LineState, sign: Seen) -> None:
    """After a sign has moved a line, the same sign leaves it there."""
    moved = STEPS[state][sign]

    assert STEPS[moved][sign] is moved


@pytest.mark.parametrize("state", LineState)
@pytest.mark.parametrize("first", Seen)
@pytest.mark.parametrize("second", Seen)
def test_two_signs_move_alike_in_either_order(state: LineState, first: Seen, second: Seen) -> None:
    """Whichever of two signs is heard first, the line ends in one place."""
    assert STEPS[STEPS[state][first]][second] is STEPS[STEPS[state][second]][first]


@pytest.mark.parametrize("sign", Seen)
def test_what_has_left_stays_gone(sign: Seen) -> None:
    """Departed has no way out."""
    assert STEPS[LineState.DEPARTED][sign] is LineState.DEPARTED


@pytest.mark.parametrize("state", sorted(CANCELLED))
@pytest.mark.parametrize("sign", Seen)
def test_a_cancelled_line_is_never_committed_again(state: LineState, sign: Seen) -> None:
    """Late news of a cancelled line never revives it."""
    assert STEPS[state][sign] not in COMMITTED


@pytest.mark.parametrize("sign", Seen)
def test_a_missing_unit_is_never_free(sign: Seen) -> None:
    """No news makes a unit free again that was missing."""
    assert STEPS[LineState.CANCELLED_MISSING][sign] is not LineState.CANCELLED


# --- looks in any order ----------------------------------------------------------------------


@LAW
@given(told=st.lists(looks, min_size=1, max_size=5), chance=st.randoms(use_true_random=False))
def test_the_order_and_number_of_looks_do_not_matter(told: list[LineSeen], chance: Random) -> None:
    """Any order of the same looks, each told once or more, ends in the same line, times too."""
    again = [*told, *chance.choices(told, k=3)]
    chance.shuffle(again)

    assert after(*again) == after(*told)


@LAW
@given(told=st.lists(looks, min_size=1, max_size=4), more=looks)
def test_a_time_once_known_only_gets_earlier(told: list[LineSeen], more: LineSeen) -> None:
    """A bound on when something happened, or must, is never loosened by another look."""
    before, later_line = after(*told), after(*told, more)

    for name in (
        "released_at",
        "packed_at",
        "departed_at",
        "cancelled_at",
        "shipping_due_at",
        "collection_due_at",
    ):
        known = getattr(before, name)
        assert known is None or getattr(later_line, name) <= known


@LAW
@given(told=st.lists(looks, min_size=1, max_size=4), more=looks)
def test_what_is_known_of_a_cancellation_is_not_lost(told: list[LineSeen], more: LineSeen) -> None:
    """A look that says nothing of who and why takes away nothing."""
    silent = replace(more, cancelled_by="", cancel_reason="")
    before, later_line = after(*told), after(*told, silent)

    assert later_line.cancelled_by == before.cancelled_by
    assert later_line.cancel_reason == before.cancel_reason


# --- what counts -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["UNPAID", "ON_HOLD", "AWAITING_SHIPMENT"])
def test_an_order_counts_from_the_start(status: str) -> None:
    """A unit is promised when it is ordered, paid or not, on hold or not."""
    assert state_after(status) in COMMITTED


def test_an_order_without_payment_is_not_released() -> None:
    """The partner cannot know an order that was never sent to it."""
    assert after(seen("UNPAID"), seen("ON_HOLD")).released_at is None


@pytest.mark.parametrize("status", ["IN_TRANSIT", "DELIVERED", "COMPLETED"])
def test_collected_beats_cancelled(status: str) -> None:
    """A unit that left does not come back by a cancellation, whichever is heard first."""
    assert state_after("CANCELLED", status) is LineState.DEPARTED
    assert state_after(status, "CANCELLED") is LineState.DEPARTED


def test_a_collection_time_beats_a_cancelled_status() -> None:
    """A cancelled line whose package was collected has left."""
    look = replace(seen("CANCELLED"), departed_at=Instant(70.0))

    assert after(look).state is LineState.DEPARTED


def test_a_cancellation_on_the_shelf_frees_the_unit() -> None:
    """What was never packed is free once cancelled."""
    assert state_after("AWAITING_SHIPMENT", "CANCELLED") is LineState.CANCELLED


def test_a_cancellation_after_packing_frees_nothing() -> None:
    """A packed unit may be anywhere."""
    assert state_after("AWAITING_COLLECTION", "CANCELLED") is LineState.CANCELLED_MISSING


def test_want_of_stock_frees_nothing() -> None:
    """A unit cancelled because it was missing is not there to be sold again."""
    look = seen("CANCELLED", reason=WANT_OF_STOCK)

    assert after(look).state is LineState.CANCELLED_MISSING


def test_both_spellings_of_cancelled_mean_the_same() -> None:
    """The search says CANCELLED, the webhook CANCEL."""
    assert after(seen("CANCEL")) == after(seen("CANCELLED"))


def test_an_unknown_status_holds_the_unit() -> None:
    """A new word of TikTok's costs a sale at worst."""
    assert state_after("TELEPORTED") in COMMITTED


@pytest.mark.parametrize("status", sorted(SEEN_BY_STATUS))
def test_an_unknown_status_moves_nothing(status: str) -> None:
    """A line that is somewhere already stays there."""
    assert state_after(status, "TELEPORTED") is state_after(status)


# --- times -----------------------------------------------------------------------------------


def test_a_released_order_is_known_from_its_update() -> None:
    """Where TikTok gives no time, the update tells by when the step had been taken."""
    assert after(seen("AWAITING_SHIPMENT", 120.0)).released_at == 120.0 + TIME_GRAIN_S


def test_an_exact_time_is_better_than_the_update() -> None:
    """The collection's own time counts, not when we were told."""
    look = replace(seen("IN_TRANSIT", 120.0), departed_at=Instant(70.0))

    assert after(look).departed_at == 70.0 + TIME_GRAIN_S


def test_a_later_step_proves_the_earlier_ones() -> None:
    """What is in transit was released and packed by then."""
    line = after(seen("IN_TRANSIT", 120.0))

    assert line.released_at == line.packed_at == line.departed_at


def test_a_lower_bound_is_taken_as_told() -> None:
    """A cancellation was not before its own time, cut to the second as it is."""
    look = replace(seen("CANCELLED", 120.0), cancelled_at=Instant(70.0))

    assert after(look).cancelled_not_before == 70.0


def test_only_tiktoks_own_time_bounds_a_cancellation_from_below() -> None:
    """The update only says that the cancellation had happened by then, not since when."""
    assert after(seen("CANCELLED", 120.0)).cancelled_not_before is None


# --- what a line takes -----------------------------------------------------------------------


def test_a_line_takes_one_of_its_own_sku() -> None:
    """TikTok gives one row per unit."""
    assert seen("UNPAID").decrements() == (("1", 1),)


def test_a_virtual_bundle_takes_its_components() -> None:
    """A bundle without stock of its own takes from the SKUs that it is made of."""
    look = replace(seen("UNPAID"), components=(("2", 1), ("3", 2)))

    assert look.decrements() == (("2", 1), ("3", 2))


def test_a_line_that_ships_from_elsewhere_takes_nothing() -> None:
    """Goods in TikTok's own warehouses are not ours to count."""
    look = replace(seen("UNPAID"), components=(("2", 1),), ships_from_us=False)

    assert look.decrements() == ()
