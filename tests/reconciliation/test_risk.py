"""What orders are lost: chances and expectations added up, taken apart, and made a rate."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.risk import (
    EXPECTED_CAUSES,
    NOTHING,
    Cause,
    Loss,
    LossSum,
    any_of,
    projected_sfcr,
    sum_of,
    surely,
    unmapped_chance,
)

from ..support.boards import LAW


CHANCES = st.lists(st.floats(0.0, 1.0), max_size=6)


# --- losses ----------------------------------------------------------------------------------


@LAW
@given(chances=CHANCES)
def test_any_of_some_orders_is_one_less_none_of_them(chances: list[float]) -> None:
    """Every outcome written out: the chance of all those in which some order is lost."""
    plain = math.fsum(
        math.prod(c if lost else 1.0 - c for c, lost in zip(chances, outcome, strict=True))
        for outcome in product((False, True), repeat=len(chances))
        if any(outcome)
    )

    assert any_of(map(surely, chances)) == pytest.approx(plain, abs=1e-12)


@LAW
@given(chances=CHANCES, more=st.floats(0.0, 1.0))
def test_what_was_added_can_be_taken_out(chances: list[float], more: float) -> None:
    """An order that counts already is taken out of all that are late; even a certain one."""
    with_it, without = LossSum(), LossSum()
    for chance in chances:
        with_it.add(surely(chance))
        without.add(surely(chance))
    with_it.add(surely(more))
    with_it.add(surely(more), times=-1)

    assert with_it.loss.chance == pytest.approx(without.loss.chance, abs=1e-9)
    assert with_it.loss.orders == pytest.approx(without.loss.orders, abs=1e-9)


def test_many_alike_are_added_at_once() -> None:
    """Three orders of a half each: one and a half, and one chance in eight of none."""
    some = LossSum()
    some.add(surely(0.5), times=3)

    assert some.loss.chance == pytest.approx(7 / 8)
    assert some.loss.orders == 1.5


@LAW
@given(
    chance=st.floats(0.0, 1.0),
    more=st.floats(0.0, 9.0),
    weights=st.lists(st.floats(0.01, 1.0), min_size=1, max_size=5),
)
def test_shares_sum_to_the_whole(chance: float, more: float, weights: list[float]) -> None:
    """Shops that share a pool's loss count it once, and no smaller a chance than is theirs."""
    loss = Loss(chance=chance, orders=chance + more)
    shares = [loss.share(weight / sum(weights)) for weight in weights]

    assert math.fsum(share.orders for share in shares) == pytest.approx(loss.orders)
    assert math.fsum(share.chance for share in shares) >= loss.chance - 1e-9
    assert all(share.chance <= loss.chance for share in shares)


def test_a_part_of_a_loss_is_taken_off() -> None:
    """Of two orders one is put down to something else: half an order is no certain one."""
    whole = Loss(chance=1.0, orders=2.0)

    assert whole.less(Loss(chance=1.0, orders=1.5)) == Loss(chance=0.5, orders=0.5)
    assert whole.less(whole) == NOTHING
    assert whole.at_most(0.25) == Loss(chance=0.25, orders=2.0)


@pytest.mark.parametrize(("chance", "orders"), [(1.1, 1.0), (-0.1, 1.0), (0.5, -1.0)])
def test_a_loss_that_cannot_be_is_refused(chance: float, orders: float) -> None:
    """A chance lies between 0 and 1, and orders are not negative."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        Loss(chance=chance, orders=orders)


@pytest.mark.parametrize(
    ("failed", "filled", "chance"), [(0, 0, 1 / 2), (0, 99, 0.5 / 100), (3, 0, 3.5 / 4)]
)
def test_an_order_for_unknown_goods_fares_like_those_before(
    failed: int, filled: int, chance: float
) -> None:
    """The first fails as often as not; after a hundred that were filled hardly one does."""
    assert unmapped_chance(failed=failed, filled=filled) == pytest.approx(chance)


# --- the rate --------------------------------------------------------------------------------


def test_the_rate_is_what_was_and_what_is_expected_over_all_orders() -> None:
    """2 cancelled, 3 short and half a race of 100 orders: 5.5 percent, in its parts."""
    parts = projected_sfcr(
        orders=100, cancelled=2, expected={Cause.SHORTAGE: 3.0, Cause.RACE: 0.5}
    )

    assert sum_of(parts) == pytest.approx(0.055)
    assert {cause: part for cause, part in parts.items() if part} == {
        Cause.ALREADY_CANCELLED: 0.02,
        Cause.SHORTAGE: 0.03,
        Cause.RACE: 0.005,
    }


@pytest.mark.parametrize(
    ("cancelled", "expected", "ratio"), [(0, 0.0, 0.0), (0, 0.1, 1.0), (1, 0.0, 1.0)]
)
def test_without_orders_the_rate_is_all_or_nothing(
    cancelled: int, expected: float, ratio: float
) -> None:
    """Whatever is expected where nothing was ordered is everything."""
    parts = projected_sfcr(orders=0, cancelled=cancelled, expected={Cause.RACE: expected})

    assert sum_of(parts) == ratio


@LAW
@given(
    orders=st.integers(0, 10_000),
    cancelled=st.integers(0, 10_000),
    expected=st.dictionaries(st.sampled_from(EXPECTED_CAUSES), st.floats(0.0, 1e5)),
)
def test_the_rate_lies_between_nothing_and_all(
    orders: int, cancelled: int, expected: dict[Cause, float]
) -> None:
    """Every cause has its part, and the parts sum to a rate between 0 and 1."""
    parts = projected_sfcr(orders=orders, cancelled=cancelled, expected=expected)

    assert set(parts) == set(Cause)
    assert all(0 <= part <= 1 for part in parts.values())
    assert 0 <= sum_of(parts) <= 1
    assert math.fsum(parts.values()) == pytest.approx(sum_of(parts))


def test_where_nothing_can_be_lost_the_chance_is_a_plain_zero() -> None:
    """Never a negative zero, which would be printed with its sign."""
    assert math.copysign(1.0, any_of([])) == 1.0
