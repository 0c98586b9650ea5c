"""Reaction windows as a mixture: what webhooks, polls and close reads make of them."""

import math

from reconciliation.reaction import Reaction


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
