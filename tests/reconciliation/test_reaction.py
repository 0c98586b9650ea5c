"""Reaction windows as a mixture: what webhooks, polls and close reads make of them."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.race_numbers import GRID_RATIO
from reconciliation.reaction import (
    MEASURED_MIN,
    Measured,
    Reaction,
    Unmeasured,
    slowest,
)

from ..support.boards import LAW


REACTION = Reaction(webhook_s=4.0, webhooks_lost=0.02, poll_every_s=60.0, read_s=0.3, write_s=0.4)


def test_windows_are_a_mixture() -> None:
    """Their chances sum to one."""
    assert math.isclose(sum(window.chance for window in REACTION.windows()), 1.0)


def test_lost_webhooks_wait_for_the_poll() -> None:
    """The longest window is theirs, and as likely as they are, and a little more."""
    longest = max(REACTION.windows(), key=lambda window: window.seconds)

    assert longest.seconds > 40.0
    assert 0.02 <= longest.chance < 0.03


def test_each_part_stands_for_its_worst_moment() -> None:
    """So the mean window is told longer than it is, never shorter."""
    mean_s = sum(window.chance * window.seconds for window in REACTION.windows())

    assert mean_s > 0.98 * 4.0 + 0.02 * 30.0 + 0.4


def test_close_reads_end_every_window_soon() -> None:
    """No later than the next read, its answer and a write."""
    assert all(window.seconds <= 1.0 + 0.7 + 1e-9 for window in REACTION.close_windows(1.0))


def test_close_windows_are_a_mixture() -> None:
    """Their chances sum to one."""
    assert math.isclose(sum(window.chance for window in REACTION.close_windows(2.0)), 1.0)


# -- as it is measured ----------------------------------------------------------------------------

UNKNOWN = Unmeasured(poll_every_s=20.0, orders_lag_s=10.0, call_s=10.0)
SECONDS = st.lists(st.floats(0.0, 300.0), min_size=MEASURED_MIN, max_size=80)


def measured(
    heard_s: float = 1.0, acted_s: float = 0.5, calls_s: float = 0.2, *, times: int = MEASURED_MIN
) -> Measured:
    """So many equal measurements."""
    return Measured(
        heard_s=(heard_s,) * times, acted_s=(acted_s,) * times, calls_s=(calls_s,) * times
    )


def test_measured_windows_are_a_mixture() -> None:
    """Their chances sum to one, whether read closely or not."""
    both = (measured().windows(UNKNOWN), measured().close_windows(2.0, UNKNOWN))

    assert [sum(window.chance for window in each) for each in both] == pytest.approx([1.0, 1.0])


def test_a_window_is_the_word_the_look_and_the_deed() -> None:
    """Rounded up to the grid of races."""
    found = measured(heard_s=4.0, acted_s=0.8, calls_s=0.2).windows(UNKNOWN)[0].seconds

    assert 5.0 <= found <= 5.0 * GRID_RATIO


def test_with_too_few_measurements_the_worst_is_taken() -> None:
    """Nobody knows whether webhooks come at all."""
    found = measured(times=MEASURED_MIN - 1).windows(UNKNOWN)

    assert min(window.seconds for window in found) >= 20.0 + 10.0 + 10.0 + 10.0


def test_the_rarest_part_is_never_better_than_the_polls_are() -> None:
    """What was not seen in some hundred orders may still happen in one of a thousand."""
    longest = max(measured().windows(UNKNOWN), key=lambda window: window.seconds)

    assert longest.seconds >= 30.0
    assert longest.chance <= 0.002


def test_what_took_longest_of_twenty_is_in_the_windows() -> None:
    """A mean would hide the orders whose webhook was lost."""
    seldom = Measured(
        heard_s=(1.0,) * 90 + (25.0,) * 10, acted_s=(0.5,) * 100, calls_s=(0.2,) * 100
    )
    late = math.fsum(w.chance for w in seldom.windows(UNKNOWN) if w.seconds > 25.0)

    assert late >= 0.1


@LAW
@given(heard_s=SECONDS, longer_s=st.floats(0.0, 60.0))
def test_later_words_never_shorten_a_window(heard_s: list[float], longer_s: float) -> None:
    """Whichever part it is."""
    before = replace(measured(), heard_s=heard_s).windows(UNKNOWN)
    after = replace(measured(), heard_s=[each + longer_s for each in heard_s]).windows(UNKNOWN)

    assert all(a.seconds >= b.seconds for a, b in zip(after, before, strict=True))


@LAW
@given(acted_s=SECONDS, longer_s=st.floats(0.0, 60.0))
def test_slower_writes_never_shorten_a_close_window(acted_s: list[float], longer_s: float) -> None:
    """Whichever part it is."""
    slower_s = [each + longer_s for each in acted_s]
    before = replace(measured(), acted_s=acted_s).close_windows(2.0, UNKNOWN)
    after = replace(measured(), acted_s=slower_s).close_windows(2.0, UNKNOWN)

    assert all(a.seconds >= b.seconds for a, b in zip(after, before, strict=True))


def test_where_shops_differ_the_slowest_counts() -> None:
    """Its orders are those that the others do not know of."""
    fast, slow = (measured(heard_s=each).windows(UNKNOWN) for each in (1.0, 15.0))

    assert slowest([fast, slow, fast]) == slow
