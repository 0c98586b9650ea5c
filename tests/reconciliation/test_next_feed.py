"""When the next file is to be expected: by its schedule, by habit, and late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.next_feed import MEND_S, UNSCHEDULED_S, NextFeed, next_feed

from ..support.boards import LAW


HOUR_S = 3_600.0


@pytest.mark.parametrize(
    ("waited_h", "in_h", "overdue_h"),
    [(0, 10, 0), (4, 6, 0), (9.5, 1, 0), (10, 1, 0), (10.5, 1, 0.5), (13, 3, 3), (99, 24, 89)],
)
def test_a_feed_of_every_ten_hours_comes_as_late_again(
    waited_h: float, in_h: float, overdue_h: float
) -> None:
    """It comes at its time or an hour about it; late, as late again; and within a day at last."""
    feed = next_feed(waited_s=waited_h * HOUR_S, expected_every_s=10 * HOUR_S)

    assert (feed.in_s, feed.overdue_s) == (in_h * HOUR_S, overdue_h * HOUR_S)
    assert feed.is_overdue == (overdue_h > 0)


def test_a_feed_without_a_schedule_comes_as_often_as_it_did() -> None:
    """By what was learned, else daily; and it is never overdue."""
    usual = next_feed(waited_s=0.0, expected_every_s=None, usual_every_s=HOUR_S)
    unknown = next_feed(waited_s=2 * UNSCHEDULED_S, expected_every_s=None)

    assert usual == NextFeed(in_s=HOUR_S, every_s=HOUR_S)
    assert unknown == NextFeed(in_s=MEND_S, every_s=UNSCHEDULED_S)


def test_a_clock_that_was_set_back_makes_no_feed_come_later() -> None:
    """A file from the future is one of just now."""
    assert next_feed(waited_s=-5.0, expected_every_s=60.0) == NextFeed(in_s=60.0, every_s=60.0)


@LAW
@given(waited=st.floats(0.0, 1e6), more=st.floats(0.0, 1e6), every=st.floats(60.0, 1e6))
def test_an_overdue_feed_never_comes_sooner_for_being_later(
    waited: float, more: float, every: float
) -> None:
    """Once it is overdue, waiting longer only makes it later."""
    late = next_feed(waited_s=every + waited, expected_every_s=every)
    later = next_feed(waited_s=every + waited + more, expected_every_s=every)

    assert later.in_s >= late.in_s
    assert later.overdue_s >= late.overdue_s


@pytest.mark.parametrize("fields", [{"in_s": -1.0}, {"overdue_s": -1.0}, {"every_s": 0.0}])
def test_a_feed_that_cannot_be_is_refused(fields: dict[str, float]) -> None:
    """Nothing comes in the past, and not twice at once."""
    with pytest.raises(ValueError, match="file"):
        NextFeed(**{"in_s": 1.0} | fields)
