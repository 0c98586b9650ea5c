"""Seeded shoppers: who buys what and when is settled by the seed, not by what is in stock.

A pure step machine. Each buyer's whole behaviour (size, payment, change of mind) is drawn when
his arrival is, so that two runs with one seed send the same shoppers to the same listings, and
differ only in what those listings had to sell.
"""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from .orders import OrderStatus, Role
from .refusals import NotForSale, SoldOut
from .world import BUYER_REASON, SandboxWorld


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A listing as shoppers meet it, and how often one comes by to buy."""

    shop: str
    sku_id: str
    warehouse_id: str
    buyers_per_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A crowd for one item: `buyers` in all, spread over its windows and over `over_s` seconds."""

    at: float
    over_s: float
    buyers: int
    windows: tuple[Window, ...]

    def __post_init__(self) -> None:
        """Refuse a crowd with nowhere to go."""
        if not self.windows:
            raise ValueError("a burst needs at least one listing to fall upon")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopperProfile:
    """How shoppers behave. `starts_at` is Unix seconds; spans are (least, most) seconds."""

    starts_at: float
    windows: tuple[Window, ...]
    burst: Burst | None = None
    size_weights: tuple[float, ...] = (0.85, 0.11, 0.04)
    """How likely an order is for 1, 2, 3 ... units."""

    pays_after_s: tuple[float, float] = (0.2, 2.0)
    unpaid_share: float = 0.06
    """The share of buyers who never pay; the system cancels them when their time is up."""

    cancel_share: float = 0.05
    """The share of paying buyers who call off before shipment, if they are in time."""

    cancels_after_s: tuple[float, float] = (0.5, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopperCounts:
    """What came of the shoppers so far; `refused` found too little in stock."""

    arrived: int = 0
    ordered: int = 0
    units_ordered: int = 0
    refused: int = 0
    units_refused: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Buyer:
    window: Window
    units: int
    pays_after_s: float | None
    cancels_after_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Due:
    at: float
    ticket: int
    act: Callable[[float], None] = field(compare=False)


class Shoppers:
    """All shoppers of all shops. Call `step` as often as you like; it never looks ahead."""

    def __init__(self, world: SandboxWorld, rng: random.Random, profile: ShopperProfile) -> None:
        self._world = world
        self._rng = rng
        self._profile = profile
        self._due: list[_Due] = []
        self._tickets = itertools.count()
        self._tally: dict[str, int] = {}
        for window in profile.windows:
            self._expect_next(window, profile.starts_at)
        if profile.burst is not None:
            self._expect_crowd(profile.burst)

    def step(self, now: float) -> None:
        """Let everybody act who is due by `now` (Unix seconds), in the order of their times."""
        while self._due and self._due[0].at <= now:
            due = heapq.heappop(self._due)
            due.act(due.at)

    def counts(self) -> ShopperCounts:
        """Return what came of them so far."""
        return ShopperCounts(**self._tally)

    def _expect_next(self, window: Window, since: float) -> None:
        if window.buyers_per_s <= 0:
            return
        at = since + self._rng.expovariate(window.buyers_per_s)
        buyer = self._draw_buyer(window)

        def arrive(moment: float) -> None:
            self._expect_next(window, moment)
            self._buy(buyer, moment)

        self._at(at, arrive)

    def _expect_crowd(self, burst: Burst) -> None:
        for number in range(burst.buyers):
            at = burst.at + self._rng.uniform(0.0, burst.over_s)
            buyer = self._draw_buyer(burst.windows[number % len(burst.windows)])
            self._at(at, partial(self._buy, buyer))

    def _draw_buyer(self, window: Window) -> _Buyer:
        profile, rng = self._profile, self._rng
        sizes = range(1, len(profile.size_weights) + 1)
        units = rng.choices(sizes, profile.size_weights)[0]
        pays, cancels = rng.random() >= profile.unpaid_share, rng.random() < profile.cancel_share
        pays_after_s, cancels_after_s = (
            rng.uniform(*profile.pays_after_s),
            rng.uniform(*profile.cancels_after_s),
        )
        return _Buyer(
            window=window,
            units=units,
            pays_after_s=pays_after_s if pays else None,
            cancels_after_s=cancels_after_s if pays and cancels else None,
        )

    def _buy(self, buyer: _Buyer, moment: float) -> None:
        window = buyer.window
        self._count("arrived")
        try:
            order = self._world.checkout(
                window.shop, window.sku_id, buyer.units, window.warehouse_id
            )
        except (SoldOut, NotForSale):
            self._count("refused")
            self._count("units_refused", buyer.units)
            return
        self._count("ordered")
        self._count("units_ordered", buyer.units)
        if buyer.pays_after_s is not None:
            self._at(moment + buyer.pays_after_s, lambda at: self._pay(order.order_id, buyer, at))

    def _pay(self, order_id: str, buyer: _Buyer, moment: float) -> None:
        with self._world.turn():
            if self._world.orders[order_id].status is not OrderStatus.UNPAID:
                return
            self._world.pay(order_id)
        if buyer.cancels_after_s is not None:
            self._at(moment + buyer.cancels_after_s, lambda _: self._call_off(order_id))

    def _call_off(self, order_id: str) -> None:
        with self._world.turn():
            order = self._world.orders[order_id]
            if order.status in {OrderStatus.ON_HOLD, OrderStatus.AWAITING_SHIPMENT}:
                self._world.cancel(order_id, Role.BUYER, BUYER_REASON)
                self._count("cancelled")

    def _at(self, at: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self._due, _Due(at=at, ticket=next(self._tickets), act=act))

    def _count(self, what: str, by: int = 1) -> None:
        self._tally[what] = self._tally.get(what, 0) + by
