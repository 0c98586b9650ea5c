"""When a shop crosses its limit: now, on a day to come, or never at this pace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.pace import Pace

from ..support.boards import LAW


LIMIT = 0.025


def pace(*ages: float, at_once: float = 0.0, per_day: float = 0.0) -> Pace:
    """A shop with a thousand orders in thirty days: 25 may be cancelled."""
    return Pace(
        orders=1_000,
        window_days=30.0,
        cancelled_ages_days=ages,
        at_once=at_once,
        per_day=per_day,
    )


def test_a_shop_without_cancellations_never_crosses() -> None:
    """Nothing was, nothing is to come."""
    assert pace().days_until(LIMIT) is None


def test_what_is_wrong_already_crosses_at_once() -> None:
    """Twenty were cancelled, six more will be: 26 of 25."""
    assert pace(*[20.0] * 20, at_once=6.0).days_until(LIMIT) == 0.0


@pytest.mark.parametrize(("per_day", "days"), [(0.5, None), (1.0, 26.0), (5.0, 6.0)])
def test_a_pace_crosses_on_a_day_that_can_be_told(per_day: float, days: float | None) -> None:
    """From nothing, with five a day, 25 are there after five days, and more after six."""
    assert pace(per_day=per_day).days_until(LIMIT) == days


def test_old_cancellations_leave_the_window_meanwhile() -> None:
    """24 of a month ago are gone tomorrow: two a day take 13 days instead of one."""
    assert pace(*[29.5] * 24, per_day=2.0).days_until(LIMIT) == 13.0
    assert pace(*[8.0] * 24, per_day=2.0).days_until(LIMIT) == 1.0


def test_what_was_cancelled_of_late_tells_the_pace() -> None:
    """Fourteen in a week are two a day, though less is expected: 26 on the sixth day."""
    assert pace(*[3.0] * 14, per_day=0.1).cancelled_per_day == 2.0
    assert pace(*[3.0] * 14, per_day=0.1).days_until(LIMIT) == 6.0


def test_a_shop_without_orders_is_above_its_limit_with_the_first() -> None:
    """Of no orders any is too many; none is not."""
    none = Pace(orders=0, window_days=7.0, cancelled_ages_days=(), at_once=0.0, per_day=0.0)
    some = Pace(orders=0, window_days=7.0, cancelled_ages_days=(), at_once=0.5, per_day=0.0)

    assert none.days_until(LIMIT) is None
    assert some.days_until(LIMIT) == 0.0


@LAW
@given(
    ages=st.lists(st.floats(0.0, 30.0), max_size=30),
    at_once=st.floats(0.0, 30.0),
    per_day=st.floats(0.0, 3.0),
    more=st.floats(0.0, 3.0),
)
def test_more_cancellations_never_put_off_the_day(
    ages: list[float], at_once: float, per_day: float, more: float
) -> None:
    """Neither those that are expected at once nor those of each day."""

    def day(now: float, daily: float) -> float:
        found = pace(*ages, at_once=now, per_day=daily).days_until(LIMIT)
        return 1e9 if found is None else found

    assert day(at_once + more, per_day) <= day(at_once, per_day)
    assert day(at_once, per_day + more) <= day(at_once, per_day)


@pytest.mark.parametrize("fields", [{"orders": -1}, {"window_days": 0.0}, {"per_day": -1.0}])
def test_a_pace_that_cannot_be_is_refused(fields: dict[str, float]) -> None:
    """A window lasts some days, and orders are counted from 0."""
    plain = {"orders": 1, "window_days": 7.0, "at_once": 0.0, "per_day": 0.0}

    with pytest.raises(ValueError, match="window"):
        Pace(cancelled_ages_days=(), **plain | fields)  # type: ignore[arg-type]  # names its fields
