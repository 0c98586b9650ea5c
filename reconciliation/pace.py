"""When a shop will cross its market's limit, if orders go on being cancelled at the present pace.

The rate is that of the orders in a window of some days. As days go by, orders that were cancelled
leave the window with the day on which they were placed, and others come in: those that are
expected at once, for want of goods or as late, and each day as many as are cancelled a day by now.
The pace is what is expected of the days until the next feed, or what was cancelled a day of late,
whichever is more. The shop is taken to sell as much as over the window. After one window all that
was is forgotten: what has not crossed the limit by then never does at this pace.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


RECENT_DAYS = 7.0
"""Over so many days what was cancelled tells a pace: weekends are in it once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A shop's cancellations at its fault: those in the window, and how fast others come.

    `cancelled_ages_days` is how long ago each of those that count was placed. `at_once` are
    expected to be cancelled by what is wrong already, `per_day` each day.
    """

    orders: int
    window_days: float
    cancelled_ages_days: Sequence[float]
    at_once: float
    per_day: float

    def __post_init__(self) -> None:
        """Refuse a window without days, and orders below 0."""
        if self.window_days <= 0 or min(self.orders, self.at_once, self.per_day) < 0:
            raise ValueError("a window lasts some days, and orders are counted from 0")

    @property
    def cancelled_per_day(self) -> float:
        """Return how many orders a day are to be expected to be cancelled."""
        recent_days = min(RECENT_DAYS, self.window_days)
        recent = sum(age < recent_days for age in self.cancelled_ages_days)
        return max(self.per_day, recent / recent_days)

    def cancelled_on(self, day: float) -> float:
        """Return how many cancelled orders are in the window after so many days."""
        left = sum(age + day < self.window_days for age in self.cancelled_ages_days)
        return left + self.at_once + self.cancelled_per_day * day

    def days_until(self, limit_ratio: float) -> float | None:
        """Return in how many days the rate is above the limit, None if it never is.

        0 where it is by now; else looked at day by day.
        """
        allowed = limit_ratio * self.orders
        for day in range(math.ceil(self.window_days) + 1):
            at = min(float(day), self.window_days)
            if self.cancelled_on(at) > allowed:
                return at
        return None
