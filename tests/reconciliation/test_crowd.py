"""How many orders follow an order: a guess at first, then what was counted."""

import pytest

from reconciliation.crowd import FIRST_FACTOR, SPAN_S, Crowd, CrowdHistory, in_one_crowd
from reconciliation.quantities import Instant


RATE = 0.02
"""Orders per second of the other listings, as they are forecast."""


def after(orders: int, *, seen_each: float) -> CrowdHistory:
    """What is known after so many orders, each of which so many others followed."""
    history = CrowdHistory()
    for order in range(orders):
        seen = int((order + 1) * seen_each) - int(order * seen_each)
        history = history.with_order(others_per_s=RATE, seen=seen)
    return history


def followers_per_s(crowd: Crowd) -> float:
    """Orders per second that follow an order of a listing with the usual rate."""
    return crowd.factor * RATE + crowd.orders_per_s


def test_before_anything_was_counted_the_guess_counts() -> None:
    """A first order says nothing of those that follow it."""
    assert followers_per_s(CrowdHistory().crowd()) == pytest.approx(0.7 * FIRST_FACTOR * RATE)


def test_what_was_counted_replaces_the_guess() -> None:
    """A tenth of the orders were followed by another within some two and a half seconds."""
    crowd = after(5_000, seen_each=0.1).crowd()

    assert followers_per_s(crowd) == pytest.approx(0.1 / 2.5, rel=0.02)


def test_a_quiet_trade_is_told_apart_from_a_crowded_one() -> None:
    """The same rates, and other company."""
    quiet, crowded = (after(1_000, seen_each=each).crowd() for each in (0.02, 0.2))

    assert followers_per_s(crowded) > 5.0 * followers_per_s(quiet)


def test_a_part_is_the_same_for_every_item() -> None:
    """What an item's own rate tells too low is made up for by the mean of all."""
    assert after(1_000, seen_each=0.1).crowd().orders_per_s > 0.0


@pytest.mark.parametrize(("apart_s", "together"), [(0.0, True), (SPAN_S, True), (3.0, False)])
def test_orders_of_a_moment_are_one_crowd(*, apart_s: float, together: bool) -> None:
    """Whichever of the two is told first."""
    one, other = Instant(1_000.0), Instant(1_000.0 + apart_s)

    assert in_one_crowd(one, other) is in_one_crowd(other, one) is together


@pytest.mark.parametrize("wrong", [{"factor": -1.0}, {"orders_per_s": -0.1}])
def test_fewer_than_no_orders_are_refused(wrong: dict[str, float]) -> None:
    """A slip of a sum must not become a risk below nothing."""
    with pytest.raises(ValueError, match="not fewer than no orders"):
        Crowd(**wrong)
