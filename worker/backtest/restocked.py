"""One item's shelf under the replay's rule of ordering, without the market around it."""

import math
from collections.abc import Iterator

from .goods import Goods
from .scene import LEAD_TIME_S, REVIEW_EVERY_S


class Restocked:
    """The goods of one item, reviewed every week of the recorded time."""

    def __init__(self, units_per_week: float, stock_weeks: float) -> None:
        """Begin with a full shelf."""
        self.goods = Goods(units_per_week, stock_weeks)
        self._review_at = REVIEW_EVERY_S
        self._arrives_at = math.inf

    def until(self, moment: float) -> Iterator[float]:
        """Let the time pass; yield when new stock comes, once it is on the shelf."""
        while (at := min(self._review_at, self._arrives_at)) <= moment:
            if self._arrives_at <= self._review_at:
                self._arrives_at = math.inf
                self.goods.arrive()
                yield at
                continue
            if self.goods.order():
                self._arrives_at = at + LEAD_TIME_S
            self._review_at = at + REVIEW_EVERY_S

    def fill(self, units: int) -> bool:
        """Fill an order; False where the goods are too few."""
        return self.goods.promise(units, math.inf)
