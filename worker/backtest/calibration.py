"""How true the told risk of a race is: what was expected to be cancelled, and what was cancelled.

For each order the guard tells how many will be cancelled because of it (`reconciliation.race`).
Here that is put beside what came: whether the next order of the same item was oversold. The first
half of the record is left to learning. Besides the guard as it is, ones with large budgets are
followed, since a guard that keeps its risk low says little of high ones.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .contenders import GUARD, raced
from .history import Demand, History
from .market import Market
from .player import Player
from .policy import Sale
from .racing import Raced
from .run import Request, sampled, scenes
from .scene import WARM_UP_S, Scene


WEIGHED = (GUARD, f"{GUARD}_5", f"{GUARD}_1000")
"""The guards that are followed."""

SEEDS = 4
"""How many seeds, of those of the backtest, are looked at."""

LEARNING_SHARE = 0.5
"""Of the record, what is left to learning."""

EDGES = (1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
"""Where one of the ten bins of told risk ends and the next begins."""


@dataclass(slots=True, kw_only=True)
class Weighed:
    """An order that was taken: what was expected to be cancelled for it, and whether that came."""

    risk_orders: float
    happened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The orders of like risk: how many, what was expected of each, and what came of each."""

    orders: int
    told: float
    happened: float


def mean_error(bins: Sequence[Bin]) -> float:
    """Return how far the told risk is from what happened, on average over the orders."""
    orders = sum(each.orders for each in bins)
    return sum(abs(each.told - each.happened) * each.orders for each in bins) / max(orders, 1)


def calibration(history: History, request: Request) -> list[Bin]:
    """Replay the guards in races, and return the bins that are not empty, lowest risk first."""
    player, total = Player(history), len(history.skus)
    races = [scene for scene in scenes(request, total) if scene.feed.exact]
    orders: list[Weighed] = []
    for seed in range(request.first_seed, request.first_seed + min(SEEDS, request.seeds)):
        for scene in races:
            demand = player.demand(seed, sampled(request, total, scene.feed), scene.shops)
            for name in WEIGHED:
                orders += _weighed(name, demand, scene, seed)
    return list(_bins(orders))


def _weighed(name: str, demand: Demand, scene: Scene, seed: int) -> list[Weighed]:
    market = _Weighing(demand, scene, raced(name, scene), seed)
    market.run()
    return market.weighed


def _bins(orders: Sequence[Weighed]) -> Iterator[Bin]:
    sorted_out: list[list[Weighed]] = [[] for _ in range(len(EDGES) + 1)]
    for order in orders:
        sorted_out[bisect_right(EDGES, order.risk_orders)].append(order)
    for some in filter(None, sorted_out):
        yield Bin(
            orders=len(some),
            told=sum(each.risk_orders for each in some) / len(some),
            happened=sum(each.happened for each in some) / len(some),
        )


class _Weighing(Market):
    """A market that asks the guard for its risk before each order."""

    def __init__(self, demand: Demand, scene: Scene, policy: Raced, seed: int) -> None:
        super().__init__(demand, scene, policy, seed)
        self._guard = policy
        self._counts_from = WARM_UP_S + scene.compressed_s(demand.ends_at) * LEARNING_SHARE
        self._latest: dict[int, Weighed] = {}
        self.weighed: list[Weighed] = []

    def _sell(self, item: int, shop: int, units: int, webhook_s: float) -> Sale:
        order = Weighed(risk_orders=self._guard.risk_orders(item))
        sale = super()._sell(item, shop, units, webhook_s)
        before, self._latest[item] = self._latest.get(item), order
        if sale.short and before is not None:
            before.happened = True
        if self.now >= self._counts_from:
            self.weighed.append(order)
        return sale
