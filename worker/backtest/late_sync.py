"""Recorded orders against a sync that is late and otherwise perfect.

It knows every order a fixed time after it was placed, changes all listings at that moment, and
shows what it was told to: everything, or what was found to be best (`frontier.plans`).
"""

from collections import deque

from .frontier import Plans
from .history import Arrival, Demand
from .nearly_gone import alike, by_item
from .restocked import Restocked
from .tally import Tally


def replay_late(
    demand: Demand, plans: Plans, *, delay_s: float, stock_weeks: float, intensity: float = 1.0
) -> Tally:
    """Replay a demand; where no plan says what to show, everything is shown everywhere."""
    tally = Tally()
    for arrivals, per_week in zip(by_item(demand), demand.units_per_week, strict=True):
        shown = plans.get(alike(len(arrivals)), ())
        item = _LateItem(Restocked(per_week, stock_weeks), shown, delay_s * intensity)
        for order in arrivals:
            item.check_out(order, tally)
    return tally


class _LateItem:
    """One item: its shelf, and the orders that nobody has heard of yet."""

    def __init__(
        self, shelf: Restocked, shown: tuple[tuple[int, ...], ...], delay_s: float
    ) -> None:
        self._shelf = shelf
        self._shown = shown
        self._delay_s = delay_s
        self._unheard: deque[tuple[Arrival, bool]] = deque()

    def check_out(self, order: Arrival, tally: Tally) -> None:
        for _ in self._shelf.until(order.at):
            pass
        unheard = self._unheard
        while unheard and unheard[0][0].at <= order.at - self._delay_s:
            unheard.popleft()
        known = self._shelf.goods.free_units + sum(
            each.units for each, filled in unheard if filled
        )
        own = sum(each.units for each, _ in unheard if each.shop == order.shop)
        if order.units <= self._shows(known, order.shop) - own:
            filled = self._shelf.fill(order.units)
            tally.count(order.units, filled=filled)
            unheard.append((order, filled))

    def _shows(self, known: int, shop: int) -> int:
        if known >= len(self._shown):
            return known
        # The first shop shows the most: which one does is all the same.
        return self._shown[known][-1 - shop]
