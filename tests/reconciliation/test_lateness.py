"""The chance to miss a due time: by hand, by law, and against partners whose truth is known."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.lateness import (
    HOUR_S,
    LEFT_EDGES_S,
    PRIOR_ORDERS,
    UNMEASURED,
    Punctuality,
    all_together,
    late_chance,
    left_s_below,
    prior_chance,
    step_of,
)

from ..support.boards import LAW


STEPS = len(LEFT_EDGES_S)

COUNTS = st.dictionaries(st.integers(0, STEPS - 1), st.integers(0, 10_000))
PUNCTUALITIES = st.builds(Punctuality, late=st.integers(0, 10_000), in_time=COUNTS)


def chance(measured: Punctuality, hours_left: float) -> float:
    """The chance to be late with some hours left."""
    return late_chance(measured.chances(), hours_left * HOUR_S)


# --- by hand ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours_left", "expected"),
    [(-1.0, 1.0), (0.0, 1.0), (6.0, 1 / 2), (12.0, 1 / 4), (24.0, 1 / 16), (48.0, 1 / 256)],
)
def test_a_partner_of_whom_nothing_is_known_halves_what_is_open(
    hours_left: float, expected: float
) -> None:
    """Every six hours; what is past its due time is late for sure."""
    assert chance(UNMEASURED, hours_left) == pytest.approx(expected)


def test_the_measured_share_is_of_those_still_open() -> None:
    """Of a thousand orders 20 were late and 180 packed in the last two hours: 20 of 200."""
    measured = Punctuality(
        late=20, in_time={step_of(1.5 * HOUR_S): 180, step_of(30 * HOUR_S): 800}
    )

    found = chance(measured, 2.0)

    assert found == pytest.approx((20 + PRIOR_ORDERS * prior_chance(2 * HOUR_S)) / (200 + 20))


def test_an_order_counts_as_if_it_had_the_least_time_of_its_step() -> None:
    """Seven hours and fifty minutes are counted as six: the dearer guess."""
    assert chance(UNMEASURED, 7.9) == chance(UNMEASURED, 6.0)


def test_the_time_left_from_which_on_a_chance_is_small() -> None:
    """Below one in twenty it is, of a partner unknown, from thirty hours on."""
    assert left_s_below(UNMEASURED.chances(), 0.05) == 30 * HOUR_S
    assert left_s_below(Punctuality(late=10_000, in_time={}).chances(), 0.05) == float("inf")


def test_the_counts_of_two_shops_are_one_partners() -> None:
    """Lates and orders in time are added up, step by step."""
    one, other = Punctuality(late=1, in_time={3: 4}), Punctuality(late=2, in_time={3: 1, 5: 6})

    assert all_together([one, other]) == Punctuality(late=3, in_time={3: 5, 5: 6})


@pytest.mark.parametrize(
    ("late", "in_time"), [(-1, {}), (0, {0: -1}), (0, {-1: 1}), (0, {STEPS: 1})]
)
def test_counts_that_cannot_be_are_refused(late: int, in_time: dict[int, int]) -> None:
    """Orders are counted from 0, in steps that are there."""
    with pytest.raises(ValueError, match=r"from 0|steps"):
        Punctuality(late=late, in_time=in_time)


# --- what must hold --------------------------------------------------------------------------


@LAW
@given(measured=PUNCTUALITIES)
def test_less_time_never_lowers_the_chance(measured: Punctuality) -> None:
    """It falls from 1 with the time left, and is a chance."""
    chances = measured.chances()

    assert chances[0] == 1.0
    assert list(chances) == sorted(chances, reverse=True)
    assert min(chances) >= 0


@LAW
@given(measured=PUNCTUALITIES, step=st.integers(0, STEPS - 1), more=st.integers(1, 100))
def test_a_late_order_raises_the_chance_and_one_in_time_lowers_it(
    measured: Punctuality, step: int, more: int
) -> None:
    """At every time left; nobody gets better by being late."""
    later = all_together([measured, Punctuality(late=more, in_time={})])
    better = all_together([measured, Punctuality(in_time={step: more})])

    chances = measured.chances()
    assert all(a >= b for a, b in zip(later.chances(), chances, strict=True))
    assert all(a <= b for a, b in zip(better.chances(), chances, strict=True))


@LAW
@given(step=st.integers(0, STEPS - 1), inside=st.floats(0.0, 0.999))
def test_a_step_begins_at_its_edge(step: int, inside: float) -> None:
    """Every time left has the step whose edge is the last at or below it."""
    end = LEFT_EDGES_S[step + 1] if step + 1 < STEPS else LEFT_EDGES_S[step] + HOUR_S

    assert step_of(LEFT_EDGES_S[step] + inside * (end - LEFT_EDGES_S[step])) == step


# --- against a known truth -------------------------------------------------------------------


@pytest.mark.parametrize("mean_hours", [12.0, 20.0, 30.0])
@pytest.mark.parametrize("hours_left", [6.0, 12.0, 24.0])
def test_the_chance_is_what_becomes_of_other_orders(mean_hours: float, hours_left: float) -> None:
    """Measured on 20,000 orders with 48 hours each, and true of 20,000 others."""
    rng = random.Random(11)
    left_at_end = [48.0 - rng.expovariate(1 / mean_hours) for _ in range(40_000)]
    known, others = left_at_end[:20_000], left_at_end[20_000:]
    counts: dict[int, int] = {}
    for left in known:
        if left >= 0:
            step = step_of(left * HOUR_S)
            counts[step] = counts.get(step, 0) + 1
    measured = Punctuality(late=sum(left < 0 for left in known), in_time=counts)

    still_open = [left for left in others if left < hours_left]
    truth = sum(left < 0 for left in still_open) / max(len(still_open), 1)

    # Reason of the width: three standard deviations of some six hundred orders, and the prior.
    assert chance(measured, hours_left) == pytest.approx(truth, abs=0.06)
