"""The goods themselves, and the two ways to fail them: promising too many, showing too few.

Theory of operation. A pool is one item in one of the partner's buildings. Each listing draws on
pools by its recipe. The shelf sees every step of every order: a new order is a promise, a
cancellation takes it back, a collection turns goods into a departure. No listing's number is
believed here.

Oversold units. When an order is placed, promised = units of live orders that have not departed,
and the goods are what is on the shelf; the same as (live + departed) against all goods ever
present, less those that vanished. Of the units in this order, those that lie beyond the goods
are oversold: min(units ordered, promised − goods), if positive. Each unit counts once, at the
moment it is promised. That a later restock covers it, or a cancellation frees it, takes nothing
back: for a while somebody had been sold what was not there.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from .orders import Order, OrderStatus
from .refusals import NotOnShelf
from .stock import StockKey
from .world import SandboxWorld


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Pool:
    """One item in one of the partner's buildings."""

    warehouse: str
    item: str


Recipe = Mapping[Pool, int]
"""The units of each pool that one sale takes: a single, a multipack or a bundle."""


class Shelf:
    """What is physically there. It shares the world's lock and hears of every order."""

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._recipes: dict[StockKey, Recipe] = {}
        self._present: Counter[Pool] = Counter()
        self._live: Counter[Pool] = Counter()
        self._departed: Counter[Pool] = Counter()
        self._unseen: Counter[Pool] = Counter()
        self._oversold: Counter[Pool] = Counter()
        self._worst: Counter[Pool] = Counter()
        self._promises: dict[str, Counter[Pool]] = {}
        self._mirror_writes = 0
        self._withheld_unit_s = 0.0
        self._sampled_at: float | None = None
        world.listen(self._hear)

    # --- what is where -----------------------------------------------------------------------

    def map_listing(self, sku_id: str, warehouse_id: str, recipe: Recipe) -> None:
        """Say which goods a listing sells. A virtual bundle needs none: its parts have theirs."""
        if not recipe or min(recipe.values()) < 1:
            raise ValueError(f"a sale of SKU {sku_id} takes at least one unit of something")
        with self._world.turn():
            self._recipes[sku_id, warehouse_id] = dict(recipe)

    def recipes(self) -> dict[StockKey, Recipe]:
        """Return which goods each listing sells."""
        with self._world.turn():
            return dict(self._recipes)

    def receive(self, pool: Pool, units: int) -> None:
        """Put goods on the shelf, with papers: the partner's book knows of them."""
        with self._world.turn():
            self._present[pool] += units

    def find(self, pool: Pool, units: int) -> None:
        """Add goods that no book knows of."""
        with self._world.turn():
            self._present[pool] += units
            self._unseen[pool] += units

    def lose(self, pool: Pool, units: int) -> None:
        """Let goods vanish unseen: theft, damage, a miscount. Raises `NotOnShelf`."""
        with self._world.turn():
            self._require(pool, units)
            self._present[pool] -= units
            self._unseen[pool] -= units

    def take_unseen(self, pool: Pool) -> int:
        """Return by how much the goods moved unseen since the last stocktake, and forget it."""
        with self._world.turn():
            return self._unseen.pop(pool, 0)

    # --- the figures -------------------------------------------------------------------------

    def pools(self) -> tuple[Pool, ...]:
        """Every pool that ever held goods or is named in a recipe."""
        with self._world.turn():
            named = {pool for recipe in self._recipes.values() for pool in recipe}
            return tuple(sorted(named | set(self._present)))

    def on_shelf(self, pool: Pool) -> int:
        """Return the units physically there, packed parcels included until their collection."""
        with self._world.turn():
            return self._present[pool]

    def live_units(self, pool: Pool) -> int:
        """Return the units promised by live orders and not departed."""
        with self._world.turn():
            return self._live[pool]

    def departed_units(self, pool: Pool) -> int:
        """Return the units that ever left with a carrier."""
        with self._world.turn():
            return self._departed[pool]

    def sellable_units(self, pool: Pool) -> int:
        """Return the truth that nobody knows: goods less live orders; negative is a shortage."""
        with self._world.turn():
            return self._present[pool] - self._live[pool]

    def oversold_units(self, pool: Pool | None = None) -> int:
        """Return the units sold beyond the goods (see the module), of one pool or of all."""
        with self._world.turn():
            return self._oversold.total() if pool is None else self._oversold[pool]

    def worst_shortage_units(self, pool: Pool) -> int:
        """Return the most units that were ever promised beyond the goods at one order."""
        with self._world.turn():
            return self._worst[pool]

    def shown_units_now(self) -> Counter[Pool]:
        """Return the units of each pool that its listings, taken together, offer now."""
        with self._world.turn():
            shown: Counter[Pool] = Counter()
            for (sku_id, warehouse_id), recipe in self._recipes.items():
                quantity = self._world.shown_stock(sku_id, warehouse_id).orderable
                for pool, units in recipe.items():
                    shown[pool] += quantity * units
            return shown

    def withheld_units_now(self) -> dict[Pool, int]:
        """Return the units of each pool that could be sold and are not offered anywhere."""
        with self._world.turn():
            shown = self.shown_units_now()
            return {pool: max(0, self.sellable_units(pool) - shown[pool]) for pool in self.pools()}

    def sample_withheld(self) -> float:
        """Add the present figure to the integral and return it, in unit-seconds withheld."""
        with self._world.turn() as now:
            if self._sampled_at is not None:
                held = sum(self.withheld_units_now().values())
                self._withheld_unit_s += held * (now - self._sampled_at)
            self._sampled_at = now
            return self._withheld_unit_s

    def mirror_writes(self) -> int:
        """Return the writes a naive mirror would have made: per order, every other listing."""
        with self._world.turn():
            return self._mirror_writes

    # --- hearing of orders -------------------------------------------------------------------

    def needs_of(self, order: Order) -> Counter[Pool]:
        """Return the goods an order takes; nothing for a listing without a recipe."""
        needs: Counter[Pool] = Counter()
        for sku_id, units in order.stock_units().items():
            for pool, per_sale in self._recipes.get((sku_id, order.warehouse_id), {}).items():
                needs[pool] += units * per_sale
        return needs

    def _hear(self, order: Order, before: Order | None) -> None:
        if before is None:
            self._promise(order)
        elif order.status is OrderStatus.IN_TRANSIT:
            self._depart(order)
        elif order.is_cancelled:
            # Collected beats cancelled: a promise already kept is not in the list any more.
            self._live.subtract(self._promises.pop(order.order_id, Counter()))

    def _promise(self, order: Order) -> None:
        needs = self.needs_of(order)
        self._promises[order.order_id] = needs
        self._live.update(needs)
        for pool, units in needs.items():
            beyond = self._live[pool] - self._present[pool]
            self._oversold[pool] += max(0, min(units, beyond))
            self._worst[pool] = max(self._worst[pool], beyond)
        self._mirror_writes += self._others_sharing(order, needs)

    def _depart(self, order: Order) -> None:
        needs = self._promises.get(order.order_id, Counter())
        for pool, units in needs.items():
            self._require(pool, units)
        self._promises.pop(order.order_id, None)
        self._live.subtract(needs)
        self._present.subtract(needs)
        self._departed.update(needs)

    def _require(self, pool: Pool, units: int) -> None:
        if self._present[pool] < units:
            raise NotOnShelf(f"{pool} holds {self._present[pool]} units, not {units}")

    def _others_sharing(self, order: Order, needs: Mapping[Pool, int]) -> int:
        own = {(sku_id, order.warehouse_id) for sku_id in order.stock_units()}
        return sum(
            key not in own and not needs.keys().isdisjoint(recipe)
            for key, recipe in self._recipes.items()
        )
