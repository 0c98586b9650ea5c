"""One item followed through a replay: what was there, what each shop showed, what was oversold."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from .contenders import policy_of
from .history import Demand
from .market import Market
from .policy import Policy, Sale
from .scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An item after something happened to it; `at` counts seconds of the replay."""

    at: float
    free_units: int
    shown_units: tuple[int, ...]
    oversold_orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What became of one item under a policy."""

    policy: str
    sku: str
    intensity: float
    moments: tuple[Moment, ...]


class _Watched(Market):
    """A market that notes everything that happens to one item, and counts what it oversells."""

    def __init__(self, demand: Demand, scene: Scene, policy: Policy, seed: int) -> None:
        super().__init__(demand, scene, policy, seed)
        self.oversold: Counter[int] = Counter()
        self.moments: list[Moment] = []
        self.watched = 0

    def _sell(self, item: int, shop: int, units: int, webhook_s: float) -> Sale:
        sale = super()._sell(item, shop, units, webhook_s)
        self.oversold[item] += sale.short
        self._note(item)
        return sale

    def _land(self, landing: tuple[int, int]) -> None:
        super()._land(landing)
        self._note(landing[0] // self.shops)

    def _arrive(self, item: Any) -> None:  # noqa: ANN401 - as every action of the clock
        super()._arrive(item)
        self._note(item)

    def _note(self, item: int) -> None:
        if item != self.watched:
            return
        first = item * self.shops
        self.moments.append(
            Moment(
                at=self.now,
                free_units=self.goods[item].free_units,
                shown_units=tuple(self.shown[first : first + self.shops]),
                oversold_orders=self.oversold[item],
            )
        )


def trace(name: str, demand: Demand, scene: Scene, seed: int, item: int) -> Trace:
    """Return what becomes of an item under a policy that writes listings."""
    market = _Watched(demand, scene, policy_of(name, scene), seed)
    market.watched = item
    market.run()
    return Trace(
        policy=name,
        sku=demand.skus[item],
        intensity=scene.intensity,
        moments=tuple(market.moments),
    )


def most_oversold(name: str, demand: Demand, scene: Scene, seed: int) -> int:
    """Return the item of which a policy oversells the most orders, the first of equals."""
    market = _Watched(demand, scene, policy_of(name, scene), seed)
    market.run()
    return max(range(market.items), key=lambda item: (market.oversold[item], -item))
