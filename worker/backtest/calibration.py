"""How true the told risk of a race is: what was expected to be cancelled, and what was cancelled.

For each order the guard tells how many will be cancelled because of it (`reconciliation.race`).
Here that is put beside what came: whether the next order of the same item was oversold.

The guard learns as it goes. What it tells counts from the month nearest to the middle of the
record on, since the constants of its demand model were fitted to the months before
(`tests/benchmarks/fit_demand.py`). The same orders replayed under two budgets are no new evidence,
so each seed is replayed under one: the guard as it is, or one that may let nearly anything be
cancelled. A guard that keeps its risk low says little of high ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from .calibration_bins import Weighed
from .contenders import GUARD, raced
from .history import Demand, History
from .market import Market
from .player import Player
from .policy import Sale
from .racing import Raced
from .run import Request, sampled, scenes
from .scene import SECONDS_PER_DAY, WARM_UP_S, Scene


WEIGHED = (GUARD, f"{GUARD}_1000")
"""The guards that are followed: the first under the first seed, and so on by turns."""

NEAR_DAYS = 15.0
"""How far from the middle of the record the month may begin from which orders count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calendar:
    """Which recorded moment a moment of the replay is."""

    begins_at: float
    intensity: float

    def recorded_s(self, moment: float) -> float:
        """Return the seconds since the record began."""
        return (moment - WARM_UP_S) * self.intensity

    def month(self, moment: float) -> str:
        """Return the month, as in 2011-03."""
        return f"{_date(self.begins_at + self.recorded_s(moment)):%Y-%m}"


def judged_from_s(history: History) -> float:
    """Return from when on orders count, in seconds of the record.

    The beginning of the month nearest to its middle; the middle where none is near.
    """
    middle = history.ends_at / 2.0
    at = history.begins_at + middle
    begins = [_month_begins(at + days * SECONDS_PER_DAY) for days in (-NEAR_DAYS, NEAR_DAYS)]
    nearest = min(begins, key=lambda each: abs(each - at))
    is_near = abs(nearest - at) <= min(NEAR_DAYS * SECONDS_PER_DAY, middle / 4.0)
    return nearest - history.begins_at if is_near else middle


def _month_begins(at: float) -> float:
    first = _date(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.timestamp()


def _date(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def calibration(history: History, request: Request) -> tuple[Weighed, ...]:
    """Replay the guards in races, and return the orders that were taken in the later months."""
    player, judged_from = Player(history), judged_from_s(history)
    orders: list[Weighed] = []
    for seed, name in _turns(request):
        for scene in scenes(request, len(history.skus)):
            if not scene.feed.exact:
                continue
            skus = sampled(request, len(history.skus), scene.feed)
            demand = player.demand(seed, skus, scene.shops)
            calendar = _Calendar(begins_at=history.begins_at, intensity=scene.intensity)
            market = _Weighing(demand, scene, raced(name, scene), seed, calendar)
            market.run()
            orders += [each for at, each in market.weighed if at >= judged_from]
    return tuple(orders)


def _turns(request: Request) -> Iterator[tuple[int, str]]:
    """Yield each seed with the guard whose turn it is."""
    for turn in range(request.seeds):
        yield request.first_seed + turn, WEIGHED[turn % len(WEIGHED)]


class _Weighing(Market):
    """A market that asks the guard for its risk before each order.

    `weighed` has each order with its recorded moment.
    """

    def __init__(
        self, demand: Demand, scene: Scene, policy: Raced, seed: int, calendar: _Calendar
    ) -> None:
        super().__init__(demand, scene, policy, seed)
        self._guard = policy
        self._calendar = calendar
        self._latest: dict[int, Weighed] = {}
        self.weighed: list[tuple[float, Weighed]] = []

    def _sell(self, item: int, shop: int, units: int, webhook_s: float) -> Sale:
        order = Weighed(
            risk_orders=self._guard.risk_orders(item), month=self._calendar.month(self.now)
        )
        sale = super()._sell(item, shop, units, webhook_s)
        before, self._latest[item] = self._latest.get(item), order
        if sale.short and before is not None:
            before.happened = True
        self.weighed.append((self._calendar.recorded_s(self.now), order))
        return sale
