"""How recorded goods are ordered while they are nearly gone: what the bound rests on.

Goods that sell about alike are taken together. Everything is counted with the whole record in
view, and in recorded seconds: how long there were few units and no more than so many, how often
new stock ended that, how many orders came, of which size, and by how many others each was followed
within the delay. Where stock ran low is where one counter for all shops has it run low.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from .bound import LatePool, Mood
from .history import Arrival, Demand
from .restocked import Restocked
from .scene import UNITS_PER_ORDER_MAX


SECONDS_PER_HOUR = 3_600.0

ALIKE_RATIO = 1.5
"""Goods whose orders differ by less, from class to class, are taken together."""

FOLLOWERS_MAX = 4
"""More orders within one delay are counted as so many, which only makes the bound lower."""

HOUR_ORDERS_MAX = 4
"""Hours with more orders of an item are counted as such hours."""


class Known(Enum):
    """How orders come, and what the sync of a bound knows of it beyond what it is told."""

    ALONE = "alone"
    """How often such goods are ordered; and no order has to do with another, as none really is."""

    RATES = "rates"
    """How often such goods are ordered, and how the orders bunch."""

    HOURS = "hours"
    """The same, and of each hour, as it begins, how many orders it will bring."""


@dataclass(slots=True, kw_only=True)
class NearlyGone:
    """Counts of goods that sell alike, while `units_max` or fewer were left.

    Followers are orders within `delay_s`, in recorded seconds.
    `begins` counts by the units that are left when it begins; it, `seconds` and `orders`, and
    `followers`, by the orders of the hour as well. `filled` are all orders that were filled.
    """

    delay_s: float
    filled: int = 0
    restocks: int = 0
    sizes: Counter[int] = field(default_factory=Counter)
    begins: Counter[tuple[int, int]] = field(default_factory=Counter)
    seconds: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    orders: Counter[int] = field(default_factory=Counter)
    followers: defaultdict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def has_races(self) -> bool:
        """Tell whether goods were nearly gone, and orders may be followed."""
        return bool(self.begins and self.orders and sum(self.seconds.values()) > 0.0)

    def is_followed(self) -> bool:
        """Tell whether any order was followed by another within the delay."""
        return any(orders for counts in self.followers.values() for orders in counts)

    def hours(self, known: Known) -> tuple[frozenset[int], ...]:
        """Return the kinds of hours that a sync can tell apart: by how many orders they bring."""
        kinds = sorted(each for each, seconds in self.seconds.items() if seconds > 0.0)
        if known is Known.HOURS:
            return tuple(frozenset({each}) for each in kinds)
        return (frozenset(kinds),)

    def pool(self, known: Known, shops: int) -> LatePool:
        """Return such goods as a pool; its seconds are recorded ones."""
        total_s = math.fsum(self.seconds.values())
        ordered = sum(self.sizes.values())
        return LatePool(
            shops=shops,
            sizes=tuple(self.sizes[size] / ordered for size in range(1, UNITS_PER_ORDER_MAX + 1)),
            moods=tuple(self._mood(kinds, total_s, known) for kinds in self.hours(known)),
            changes_per_s=1.0 / SECONDS_PER_HOUR if known is Known.HOURS else 0.0,
            # Where none came in half a year, half of one: it cannot be never.
            restocks_per_s=max(self.restocks, 0.5) / total_s,
        )

    def _mood(self, hours: frozenset[int], total_s: float, known: Known) -> Mood:
        seconds = math.fsum(self.seconds[hour] for hour in hours)
        rate = sum(self.orders[hour] for hour in hours) / seconds
        if known is Known.ALONE:
            followers = _poisson(rate * self.delay_s)
            return Mood(heads_per_s=rate, followers=followers)
        followers = self._followers(hours)
        each = math.fsum(n * chance for n, chance in enumerate(followers))
        return Mood(chance=seconds / total_s, heads_per_s=rate / (1.0 + each), followers=followers)

    def _followers(self, hours: frozenset[int]) -> tuple[float, ...]:
        counts = Counter[int]()
        for hour in hours:
            counts.update(self.followers[hour])
        orders = max(sum(counts.values()), 1)
        return _law([counts[n] / orders for n in range(1, FOLLOWERS_MAX + 1)])


def _poisson(mean: float) -> tuple[float, ...]:
    """Return the law of a Poisson number; what is beyond the most counts as none."""
    chances = [mean**n / math.factorial(n) for n in range(1, FOLLOWERS_MAX + 1)]
    return _law([math.exp(-mean) * each for each in chances])


def _law(some: Sequence[float]) -> tuple[float, ...]:
    """Return the chances of 0, 1, 2 … by those of 1, 2 …: they sum to 1."""
    return (1.0 - math.fsum(some), *some)


Classes = dict[int, NearlyGone]
"""Goods by how often they are ordered (`alike`)."""


def alike(orders: int) -> int:
    """Return the class of goods of which so many order lines are recorded."""
    return round(math.log(max(orders, 1)) / math.log(ALIKE_RATIO))


def by_item(demand: Demand) -> list[list[Arrival]]:
    """Return the orders of each item, in their order."""
    items: list[list[Arrival]] = [[] for _ in demand.skus]
    for arrival in demand.arrivals:
        items[arrival.item].append(arrival)
    return items


def count(
    demand: Demand, classes: Classes, *, delay_s: float, units_max: int, stock_weeks: float
) -> None:
    """Add what a demand shows to the counts; `delay_s` is in recorded seconds."""
    for arrivals, per_week in zip(by_item(demand), demand.units_per_week, strict=True):
        counts = classes.setdefault(alike(len(arrivals)), NearlyGone(delay_s=delay_s))
        looked = _Look(arrivals, counts, units_max)
        looked.follow(delay_s)
        looked.sell_out(Restocked(per_week, stock_weeks), demand.ends_at)


class _Look:
    """One item's orders, looked through."""

    def __init__(self, arrivals: Sequence[Arrival], counts: NearlyGone, units_max: int) -> None:
        self._arrivals = arrivals
        self._counts = counts
        self._units_max = units_max
        self._hours = Counter(int(each.at // SECONDS_PER_HOUR) for each in arrivals)
        self._since: float | None = None

    def follow(self, delay_s: float) -> None:
        """Count how many orders followed each; the lines of one order come as one."""
        ends = 0
        for at, head in enumerate(self._arrivals):
            while ends < len(self._arrivals) and self._arrivals[ends].at <= head.at + delay_s:
                ends += 1
            later = sum(each.at > head.at for each in self._arrivals[at + 1 : ends])
            self._counts.followers[self._orders_of_hour(head.at)][min(later, FOLLOWERS_MAX)] += 1
            self._counts.sizes[head.units] += 1

    def sell_out(self, shelf: Restocked, ends_at: float) -> None:
        """Sell from one counter, and count what happens while few units are left."""
        self._begin(0.0, shelf.goods.free_units)
        for order in self._arrivals:
            self._restock(shelf, order.at)
            if self._since is not None:
                self._counts.orders[self._orders_of_hour(order.at)] += 1
            if shelf.fill(order.units):
                self._counts.filled += 1
                self._sold(order.at, shelf.goods.free_units)
        self._restock(shelf, ends_at)
        self._end(ends_at)

    def _restock(self, shelf: Restocked, moment: float) -> None:
        for at in shelf.until(moment):
            self._counts.restocks += self._since is not None
            self._end(at)
            self._begin(at, shelf.goods.free_units)

    def _sold(self, at: float, units: int) -> None:
        if units == 0:
            self._end(at)
        elif self._since is None:
            self._begin(at, units)

    def _begin(self, at: float, units: int) -> None:
        if 1 <= units <= self._units_max:
            self._since = at
            self._counts.begins[units, self._orders_of_hour(at)] += 1

    def _end(self, at: float) -> None:
        if self._since is not None:
            for hour, seconds in _hours(self._since, at):
                self._counts.seconds[min(self._hours[hour], HOUR_ORDERS_MAX)] += seconds
        self._since = None

    def _orders_of_hour(self, at: float) -> int:
        return min(self._hours[int(at // SECONDS_PER_HOUR)], HOUR_ORDERS_MAX)


def _hours(since: float, until: float) -> Iterator[tuple[int, float]]:
    """Yield the hours that a span touches, and how many seconds of each."""
    for hour in range(int(since // SECONDS_PER_HOUR), math.ceil(until / SECONDS_PER_HOUR)):
        begins, ends = hour * SECONDS_PER_HOUR, (hour + 1) * SECONDS_PER_HOUR
        yield hour, min(until, ends) - max(since, begins)
