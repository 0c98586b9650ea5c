"""How likely recorded orders were by what was known before each: what constants are fitted by.

Theory of operation
-------------------
Each listing is forecast when it came on sale, after each of its orders, and again and again while
none comes. Between two looks the number of orders is a Poisson number of a gamma rate, so that the
chance of no order until a moment, and the density of the first one there, are known. Their
logarithms add up to the likelihood of the whole record. No forecast knows what came after it.
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from reconciliation import sales_history
from reconciliation.demand import Forecast, Level, catalogue_level, forecast, shop_level
from reconciliation.quantities import Instant
from reconciliation.sales_history import Contribution, SalesHistory
from reconciliation.week_shape import (
    EVEN_WEEK,
    HOURS,
    WeekShape,
    hour_of_week,
    hour_weight_at,
    learned_week,
)
from worker.backtest.history import Arrival, Demand


HOUR_S = 3_600.0
DAY_S = 86_400.0

LOOKS_S = (10.0, 60.0, 600.0, HOUR_S, 6 * HOUR_S, DAY_S)
"""How long after an order, or after the last of these daily, a listing is forecast anew."""


@dataclass(slots=True, kw_only=True)
class Score:
    """The log likelihood of a day's orders: of when they came, and of how large they were."""

    orders: int = 0
    moments: float = 0.0
    sizes: float = 0.0

    @property
    def total(self) -> float:
        """Return both together."""
        return self.moments + self.sizes


@dataclass(slots=True, kw_only=True)
class _Listing:
    """A listing while the record is gone through: what is known, and the last forecast."""

    history: SalesHistory
    looked_at: Instant
    ordered_at: Instant
    known: Forecast | None = None
    looks: int = field(default=0)

    def next_look(self) -> float:
        """Return when it is forecast anew unless an order comes first."""
        passed_s = self.looked_at - self.ordered_at
        return self.ordered_at + next(
            (each for each in LOOKS_S if each > passed_s + 1e-6), passed_s + DAY_S
        )


class Record:
    """Recorded orders, told one by one to all that the program keeps of demand."""

    def __init__(self, demand: Demand, hours: "Hours", *, begins_at: float, shops: int) -> None:
        """All listings are on sale from the beginning."""
        self._begins_at, self._shops, self._hours = begins_at, shops, hours
        self._demand = demand
        opening = Instant(begins_at)
        first = sales_history.first_seen(opening, is_on_sale=True)
        self._listings = [
            _Listing(history=first, looked_at=opening, ordered_at=opening)
            for _ in range(len(demand.skus) * shops)
        ]
        none = sales_history.summed([sales_history.contribution(first)] * len(demand.skus))
        self._sums: list[Contribution] = [none] * shops
        self._levels: dict[tuple[int, int], Level] = {}
        self._scores: dict[int, Score] = {}

    def run(self) -> dict[int, Score]:
        """Return the score of each day, counted from the beginning, all orders told."""
        looks: list[tuple[float, int, int]] = []
        for place in range(len(self._listings)):
            self._look(place, Instant(self._begins_at), looks)
        for arrival in self._demand.arrivals:
            moment = Instant(self._begins_at + arrival.at)
            self._look_until(moment, looks)
            self._order(arrival, moment, looks)
        self._look_until(Instant(self._begins_at + self._demand.ends_at), looks)
        return self._scores

    def _score(self, at: Instant) -> Score:
        return self._scores.setdefault(int((at - self._begins_at) // DAY_S), Score())

    def _look_until(self, moment: Instant, looks: list[tuple[float, int, int]]) -> None:
        while looks and looks[0][0] <= moment:
            at, place, number = heapq.heappop(looks)
            listing = self._listings[place]
            if number == listing.looks:
                self._pass(place, Instant(at))
                self._look(place, Instant(at), looks)

    def _look(self, place: int, now: Instant, looks: list[tuple[float, int, int]]) -> None:
        """Forecast a listing, and say when to do so again."""
        listing = self._listings[place]
        level = self._level(place % self._shops, now)
        listing.known = forecast(listing.history, level, now)
        listing.looked_at, listing.looks = now, listing.looks + 1
        heapq.heappush(looks, (listing.next_look(), place, listing.looks))

    def _pass(self, place: int, until: Instant) -> None:
        """Score that no order came since the last look."""
        known = self._listings[place].known
        assert known is not None
        expected = known.expected_orders(known.now, until)
        shape = _shape(known, until)
        self._score(until).moments -= shape * math.log1p(expected / shape)

    def _order(self, arrival: Arrival, now: Instant, looks: list[tuple[float, int, int]]) -> None:
        """Score an order, and learn from it."""
        place = arrival.item * self._shops + arrival.shop
        listing, score = self._listings[place], self._score(now)
        known = listing.known
        assert known is not None
        self._pass(place, now)
        expected = known.expected_orders(known.now, now)
        rate = known.expected_orders(now, Instant(now + 1.0))
        score.orders += 1
        score.moments += math.log(rate) - math.log1p(expected / _shape(known, now))
        score.sizes += math.log(known.demand.sizes[arrival.units - 1])
        before = listing.history
        after = sales_history.record_order(before, units=arrival.units, placed_at=now)
        change = sales_history.difference(
            sales_history.contribution(after), sales_history.contribution(before)
        )
        listing.history, listing.ordered_at = after, now
        self._sums[arrival.shop] = sales_history.summed((self._sums[arrival.shop], change))
        self._look(place, now, looks)

    def _level(self, shop: int, now: Instant) -> Level:
        """Return a shop's level, looked up once an hour."""
        hour = int(now // HOUR_S)
        level = self._levels.get((shop, hour))
        if level is None:
            catalogue = catalogue_level(sales_history.summed(self._sums), now)
            week = self._hours.week(shop, now)
            level = shop_level(self._sums[shop], catalogue, now=now, week=week)
            self._levels[shop, hour] = level
        return level


def _shape(known: Forecast, until: Instant) -> float:
    """Return how sure the rate is until a moment: within the hour as now, later as usual."""
    return known.demand.shape if until - known.now <= HOUR_S else known.usual_shape


class Hours:
    """What each shop knows of the hours of the week, at the beginning of each day."""

    def __init__(self, orders: Sequence[tuple[float, int]], shops: int) -> None:
        """Learn from orders, each a moment and a shop, in their sequence."""
        self._weeks: list[dict[int, WeekShape]] = [{} for _ in range(shops)]
        for shop, weeks in enumerate(self._weeks):
            counts = [0.0] * HOURS
            moments = [Instant(at) for at, where in orders if where == shop]
            for before, after in pairwise((*moments, Instant(math.inf))):
                counts[hour_of_week(before)] += hour_weight_at(before)
                if before // DAY_S != after // DAY_S:
                    now = hour_weight_at(before)
                    weeks[int(before // DAY_S) + 1] = learned_week([c / now for c in counts])

    def week(self, shop: int, now: Instant) -> WeekShape:
        """Return what was known by the midnight before a moment."""
        weeks, day = self._weeks[shop], int(now // DAY_S)
        return next((weeks[day - ago] for ago in range(8) if day - ago in weeks), EVEN_WEEK)
