"""When a feed's age alone changes a decision."""

from dataclasses import replace

from reconciliation.ageing import LOOK_EVERY_S, ageing_moments
from reconciliation.policy import GuardPolicy
from reconciliation.position import HELD_AHEAD_S, Position, SafetyRule, SafetyStock
from reconciliation.quantities import Instant

from ..support.boards import UNKNOWN_GOODS


HOUR_S = 3_600.0


def moments(*, grows_after_s: float, now: float = 0.0) -> list[float]:
    """The moments of a figure as of 0, of a feed that comes daily."""
    stock = Position(
        snapshot_units=9,
        as_of=Instant(0.0),
        expected_every_s=24 * HOUR_S,
        safety=SafetyStock(units=1, rule=SafetyRule.DECLINE, grows_after_s=grows_after_s),
    )
    return sorted(ageing_moments(stock, GuardPolicy(), Instant(now)))


def test_each_rung_and_the_growth_of_what_is_held_back_are_moments() -> None:
    """A daily feed is overdue after 30 hours, frozen after 36, and so on."""
    assert moments(grows_after_s=5 * HOUR_S)[:3] == [5 * HOUR_S, 30 * HOUR_S, 36 * HOUR_S]


def test_what_grows_all_the_time_is_looked_at_every_ten_minutes() -> None:
    """Never at once again: that would have no end."""
    assert moments(grows_after_s=HOUR_S, now=HOUR_S)[0] == HOUR_S + LOOK_EVERY_S


def test_what_is_held_back_lasts_until_the_next_look() -> None:
    """With minutes to spare for the write."""
    assert HELD_AHEAD_S >= LOOK_EVERY_S + 300.0


def test_what_no_feed_told_does_not_age() -> None:
    """Nor does what is held back by no rule."""
    unknown = UNKNOWN_GOODS.position
    nothing = replace(unknown, safety=None)

    assert not [*ageing_moments(unknown, GuardPolicy(), Instant(0.0))]
    assert not [*ageing_moments(nothing, GuardPolicy(), Instant(0.0))]
