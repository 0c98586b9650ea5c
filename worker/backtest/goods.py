"""What is physically there of one item: free, promised, on its way, and gone."""

import math
from collections import deque

from .scene import SECONDS_PER_WEEK


class Goods:
    """The units of one item on the partner's shelf.

    `free_units` are on the shelf and promised to nobody. An order that finds enough of them is
    filled: its units stay on the shelf until its parcel leaves. One that does not is oversold.
    """

    __slots__ = (
        "_leaving",
        "_promised",
        "free_units",
        "level_units",
        "on_the_way_units",
        "sold_per_s",
    )

    def __init__(self, units_per_week: float, stock_weeks: float) -> None:
        """Fill the shelf up to `stock_weeks` of mean demand, at least one unit."""
        self.sold_per_s = units_per_week / SECONDS_PER_WEEK
        self.level_units = max(1, math.ceil(units_per_week * stock_weeks))
        self.free_units = self.level_units
        self.on_the_way_units = 0
        self._promised = 0
        self._leaving: deque[tuple[float, int]] = deque()

    def promise(self, units: int, leaves_at: float) -> bool:
        """Fill an order whose parcel leaves at a moment; False where the goods are too few."""
        if units > self.free_units:
            return False
        self.free_units -= units
        self._promised += units
        self._leaving.append((leaves_at, units))
        return True

    def on_hand_units(self, now: float) -> int:
        """Return what lies on the shelf: free or promised, and not yet gone."""
        leaving = self._leaving
        while leaving and leaving[0][0] <= now:
            self._promised -= leaving.popleft()[1]
        return self.free_units + self._promised

    def order(self) -> int:
        """Order stock up to the level, unless some is on its way; return the units ordered."""
        wanted = self.level_units - self.free_units
        if self.on_the_way_units or wanted <= 0:
            return 0
        self.on_the_way_units = wanted
        return wanted

    def arrive(self) -> None:
        """Put what was on its way on the shelf."""
        self.free_units += self.on_the_way_units
        self.on_the_way_units = 0

    def deliver(self, units: int) -> None:
        """Put units on the shelf that a recorded delivery brought."""
        self.free_units += units

    def vanish(self, units: int) -> None:
        """Lose units that nobody was promised, as many as there are."""
        self.free_units -= min(units, self.free_units)
