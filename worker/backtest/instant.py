"""The two bounds that no sync can beat: one counter for all shops, and one that knows all."""

import math
from collections.abc import Callable

from connectors.sandbox.stock import left_after_checkout

from .history import Demand
from .ledger import Ledger
from .market import Market
from .mirrors import Mirror
from .policy import Desk, Sale
from .scene import Scene
from .supply import Supply


class Onlooker(Mirror):
    """Asks for nothing, since its listings need no writing."""

    def begin(self, desk: Desk) -> None:
        """Take no place."""

    def fed(self, items: tuple[int, ...]) -> None:
        """Its counter looks for itself."""

    def told(self, sale: Sale) -> None:
        """It knew at once."""


class InstantMarket(Market):
    """A market whose shops all sell from one counter per item, without any latency."""

    def __init__(
        self,
        demand: Demand,
        scene: Scene,
        seed: int,
        supply: Supply | None = None,
        *,
        knows_goods: bool,
    ) -> None:
        """Count by the feed and all orders, or, if it `knows_goods`, by the shelf itself."""
        super().__init__(demand, scene, Onlooker(), seed, supply)
        self._ledger = Ledger(self)
        exact = knows_goods or scene.feed.exact
        self._counter: Callable[[int], int] = self._free if exact else self._ledger.net_units

    def _free(self, item: int) -> int:
        return self.goods[item].free_units

    def check_out(
        self, item: int, shop: int, units: int, webhook_s: float = math.inf
    ) -> Sale | None:
        """Sell all that is ordered or nothing, from the one counter."""
        if left_after_checkout(self._counter(item), units) is None:
            return None
        sale = self._sell(item, shop, units, webhook_s)
        self._ledger.record(sale)
        return sale
