"""A product off sale: steps follow from what is seen, and a person counts for more."""

import pytest

from reconciliation.off_sale import AFTER, Call, Move, Seen, Step, Wish, next_move


@pytest.mark.parametrize("step", Step)
def test_the_table_knows_every_status_at_every_step(step: Step) -> None:
    """There is no case that nobody thought of."""
    assert AFTER[step].keys() == set(Seen)


def test_a_product_is_taken_off_sale_when_it_is_wished() -> None:
    """While it is on sale."""
    assert next_move(Step.ON_SALE, "ACTIVATE", Wish.TAKE_OFF) == Move(
        step=Step.LEAVING, call=Call.DEACTIVATE
    )


def test_a_call_that_was_lost_is_made_again() -> None:
    """It is on sale still, and still not wanted there."""
    assert next_move(Step.LEAVING, "ACTIVATE", Wish.TAKE_OFF).call is Call.DEACTIVATE


def test_a_product_that_left_is_off() -> None:
    """Whatever was answered."""
    assert next_move(Step.LEAVING, "SELLER_DEACTIVATED", Wish.TAKE_OFF) == Move(step=Step.OFF)


def test_goods_that_come_back_bring_it_back() -> None:
    """TikTok is asked once they are there."""
    assert next_move(Step.OFF, "SELLER_DEACTIVATED", Wish.PUT_BACK) == Move(
        step=Step.RETURNING, call=Call.ACTIVATE
    )


def test_the_audit_is_waited_for() -> None:
    """Nothing is asked meanwhile, and it ends on sale."""
    assert next_move(Step.RETURNING, "PENDING", Wish.PUT_BACK) == Move(step=Step.IN_AUDIT)
    assert next_move(Step.IN_AUDIT, "ACTIVATE", Wish.NOTHING) == Move(step=Step.ON_SALE)


def test_an_audit_that_fails_waits_for_a_person() -> None:
    """Asking again would fail again."""
    assert next_move(Step.IN_AUDIT, "FAILED", Wish.PUT_BACK) == Move(step=Step.FAILED)
    assert next_move(Step.FAILED, "SELLER_DEACTIVATED", Wish.PUT_BACK) == Move(step=Step.FAILED)


@pytest.mark.parametrize("wish", Wish)
def test_what_a_person_took_off_sale_is_never_put_back(wish: Wish) -> None:
    """Neither one that we never touched nor one that was on its way back."""
    untouched = next_move(Step.ON_SALE, "SELLER_DEACTIVATED", wish)
    on_its_way = next_move(Step.IN_AUDIT, "SELLER_DEACTIVATED", wish)

    assert untouched == on_its_way == Move(step=Step.ON_SALE)


@pytest.mark.parametrize("status", ["ACTIVATE", "PENDING"])
def test_what_somebody_put_back_is_left_alone(status: str) -> None:
    """We had taken it off; whoever put it back knows why."""
    assert next_move(Step.OFF, status, Wish.TAKE_OFF) == Move(step=Step.LEFT_ALONE)


@pytest.mark.parametrize("status", ["FREEZE", "DELETED", "PLATFORM_DEACTIVATED", "NEVER_HEARD"])
def test_what_tiktok_took_away_is_none_of_our_business(status: str) -> None:
    """It is not on sale, and not ours to put back."""
    assert next_move(Step.OFF, status, Wish.PUT_BACK) == Move(step=Step.ON_SALE)
