"""The shops' checkouts, the shelf and the clock: where a policy's listings meet the buyers.

Theory of operation
-------------------
One heap of timed events runs on a virtual clock. Buyers come from the recorded orders; each
checkout takes all of an order or nothing, by the sandbox's own rule, from what its listing
shows. Only then is looked whether the goods were there: an order that the listing took and the
shelf cannot fill is oversold, and is cancelled as soon as the seller hears of it.

Everything that a policy learns comes through an event with its own delay. What chance decides
is drawn per order (`history`) or from one generator per replay, so that a replay can be had
again to the byte.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

from connectors.sandbox.stock import left_after_checkout

from .close_reads import CloseReads, ReadsAtPace
from .goods import Goods
from .history import Demand
from .partner import Partner
from .policy import Feed, Policy, Sale
from .scene import (
    CLOSE_READ_S_MIN,
    HANDLING_S,
    LEAD_TIME_S,
    REVIEW_EVERY_S,
    WARM_UP_S,
    Scene,
)
from .supply import Change, Supply
from .tally import Tally
from .turnstile import Turnstile


class Market:
    """A replay: the desk of one policy over one seed's demand."""

    def __init__(
        self,
        demand: Demand,
        scene: Scene,
        policy: Policy,
        seed: int,
        supply: Supply | None = None,
    ) -> None:
        """Open the shops; each listing shows 0. Stock is ordered by rule, or comes as recorded."""
        self.scene = scene
        self.now = 0.0
        self.shops = scene.shops
        self.items = len(demand.skus)
        self.tally = Tally()
        self.goods = [Goods(each, scene.stock_weeks) for each in demand.units_per_week]
        self.shown = [0] * (self.items * self.shops)
        self._demand = demand
        self._policy = policy
        self._rng = Random(f"{seed}/latencies")  # noqa: S311 - seeded, so that a replay can be had again
        self._events: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._scheduled = 0
        self._untold: list[deque[Sale]] = [deque() for _ in range(self.shops)]
        self._polled_up_to = [-math.inf] * self.shops
        self._busy = [False] * len(self.shown)
        self._wanted = [False] * len(self.shown)
        self._ranks = [0] * len(self.shown)
        share = scene.quota_share
        self._writers = self._turnstiles(self._write_turn, share)
        self._readers = self._turnstiles(self._read_turn, share)
        self._pollers = self._turnstiles(self._poll_turn, share)
        self._poll_wanted = [False] * self.shops
        self._close_reads = [
            CloseReads(
                self.later,
                partial(self._read_close, shop),
                CLOSE_READ_S_MIN * shop / self.shops,
            )
            for shop in range(self.shops)
        ]
        self._supply = supply
        files = () if supply is None else supply.files
        self._partner = Partner(self, scene, Random(f"{seed}/partner"), files)  # noqa: S311 - as above

    def _turnstiles(self, grant: Callable[[int], None], share: float) -> list[Turnstile]:
        return [Turnstile(self.later, grant, share) for _ in range(self.shops)]

    def run(self) -> Tally:
        """Replay every order and return what came of it."""
        self._begin()
        per_s = 1.0 / self.scene.intensity
        for arrival in self._demand.arrivals:
            moment = WARM_UP_S + arrival.at * per_s
            self._run_until(moment)
            self.now = moment
            self.check_out(arrival.item, arrival.shop, arrival.units, arrival.webhook_s)
        self.tally.reads += sum(each.calls(self.now) for each in self._close_reads)
        return self.tally

    def _begin(self) -> None:
        if self._supply is None:
            review_s = self.scene.compressed_s(REVIEW_EVERY_S)
            self.later(WARM_UP_S + review_s, self._review, 0)
        else:
            self._begin_as_recorded(self._supply)
        self._policy.begin(self)
        self._partner.begin(self._policy)

    def _run_until(self, moment: float) -> None:
        events = self._events
        while events and events[0][0] <= moment:
            self.now, _, action, argument = heapq.heappop(events)
            action(argument)

    def later(self, at: float, action: Callable[[Any], None], argument: Any) -> None:  # noqa: ANN401 - each action knows its own
        """Run an action at a moment."""
        self._scheduled += 1
        heapq.heappush(self._events, (at, self._scheduled, action, argument))

    # -- buying -------------------------------------------------------------------------------

    def check_out(
        self, item: int, shop: int, units: int, webhook_s: float = math.inf
    ) -> Sale | None:
        """Sell all that is ordered or nothing, whether it is there or not."""
        place = item * self.shops + shop
        left = left_after_checkout(self.shown[place], units)
        if left is None:
            return None
        self.shown[place] = left
        self._close_reads[shop].changed(item, self.now)
        return self._sell(item, shop, units, webhook_s)

    def _sell(self, item: int, shop: int, units: int, webhook_s: float) -> Sale:
        leaves_at = self.now + self.scene.compressed_s(HANDLING_S)
        filled = self.goods[item].promise(units, leaves_at)
        self.tally.count(units, filled=filled)
        sale = Sale(
            item=item,
            shop=shop,
            units=units,
            placed_at=float(math.floor(self.now)),
            leaves_at=leaves_at,
            short=not filled and self.scene.feed.exact,
        )
        polled = self.scene.next_poll_at(shop, self.now) + self.scene.latencies.read_s
        self._untold[shop].append(sale)
        self.later(min(self.now + webhook_s, polled), self._tell, sale)
        if filled and (self._policy.hears_departures or not self.scene.feed.exact):
            self.later(leaves_at, self._depart, item)
        if not filled and not sale.short:
            self.later(leaves_at, self._policy.missed, sale)
        return sale

    def _tell(self, sale: Sale) -> None:
        if sale.told:
            return
        sale.told = True
        untold = self._untold[sale.shop]
        while untold and untold[0].told:
            untold.popleft()
        self._policy.told(sale)

    def _depart(self, item: int) -> None:
        self._partner.shelf_changed(item)

    # -- stock --------------------------------------------------------------------------------

    def _review(self, _: int) -> None:
        lead_s = self.scene.compressed_s(LEAD_TIME_S)
        for item, goods in enumerate(self.goods):
            if goods.order():
                self.later(self.now + lead_s, self._arrive, item)
        self.later(self.now + self.scene.compressed_s(REVIEW_EVERY_S), self._review, 0)

    def _begin_as_recorded(self, supply: Supply) -> None:
        for goods, units in zip(self.goods, supply.opening_units, strict=True):
            goods.free_units = units
        for change in supply.changes:
            self.later(WARM_UP_S + change.at, self._change, change)

    def _change(self, change: Change) -> None:
        goods = self.goods[change.item]
        if change.units > 0:
            goods.deliver(change.units)
        else:
            goods.vanish(-change.units)
        self._partner.shelf_changed(change.item)

    def _arrive(self, item: int) -> None:
        self.goods[item].arrive()
        self._partner.shelf_changed(item, delivered=True)

    # -- the policy's desk --------------------------------------------------------------------

    def feed(self, item: int) -> Feed:
        """Return what the last feed that arrived states of an item."""
        return self._partner.feed(item)

    def complete_up_to(self, shop: int) -> float:
        """Return the moment up to which every order of a shop has been told."""
        return max(self._polled_up_to[shop], self.scene.last_poll_at(shop, self.now))

    def wake(self, item: int, at: float) -> None:
        """Call the policy for an item at a moment."""
        self.later(at, self._policy.woken, item)

    def ask_write(self, item: int, shop: int, rank: int = 0) -> None:
        """Give a listing its turn to be written: after the write that is under way, if any."""
        place = item * self.shops + shop
        if self._wanted[place]:
            return
        self._wanted[place] = True
        self._ranks[place] = rank
        if not self._busy[place]:
            self._writers[shop].ask(self.now, place, rank)

    def _write_turn(self, place: int) -> None:
        self._wanted[place] = False
        item, shop = divmod(place, self.shops)
        units = self._policy.quantity(item, shop)
        if units is None:
            self._writers[shop].give_back()
            return
        self._busy[place] = True
        self.tally.writes += 1
        self.later(self._after(self.scene.latencies.write_s), self._land, (place, units))

    def _land(self, landing: tuple[int, int]) -> None:
        place, units = landing
        self.shown[place] = units
        self._busy[place] = False
        item, shop = divmod(place, self.shops)
        self._policy.answered(item, shop)
        if self._wanted[place]:
            self._writers[shop].ask(self.now, place, self._ranks[place])

    def ask_read(self, item: int, shop: int) -> None:
        """Read what a listing shows."""
        self._readers[shop].ask(self.now, item * self.shops + shop)

    def _read_turn(self, place: int) -> None:
        self.tally.reads += 1
        self.later(self._after(self.scene.latencies.read_s), self._have_read, (place, self.now))

    def _have_read(self, reading: tuple[int, float]) -> None:
        place, began_at = reading
        item, shop = divmod(place, self.shops)
        self._policy.read(item, shop, self.shown[place], began_at)

    def read_closely(self, item: int, shop: int, every_s: float | None) -> None:
        """Read an item of a shop every so often from now on; None: no more."""
        self._close_reads[shop].take(item, self.now, every_s)

    def look_again(self, item: int, shop: int) -> None:
        """Ask to be told what the next close read shows, even if nothing has changed."""
        self._close_reads[shop].changed(item, self.now)

    def seen_again(self, item: int, shop: int) -> tuple[float, float] | None:
        """Return when the last close read that showed no change of an item began and ended."""
        return self._close_reads[shop].unchanged_at(item, self.now, self.scene.latencies.read_s)

    def _read_close(self, shop: int, reads: ReadsAtPace) -> None:
        items = reads.begin(self.now)
        answer_at = self._after(self.scene.latencies.read_s)
        self.later(answer_at, self._have_read_close, (reads, items, shop, self.now))

    def _have_read_close(self, reading: tuple[ReadsAtPace, tuple[int, ...], int, float]) -> None:
        reads, items, shop, began_at = reading
        reads.end(items)
        for item in items:
            self._have_read((item * self.shops + shop, began_at))

    def ask_poll(self, shop: int) -> None:
        """Poll a shop's orders; a poll is a call like a read, and one serves all who wait."""
        if not self._poll_wanted[shop]:
            self._poll_wanted[shop] = True
            self._pollers[shop].ask(self.now, shop)

    def _poll_turn(self, shop: int) -> None:
        self._poll_wanted[shop] = False
        self.tally.reads += 1
        self.later(self._after(self.scene.latencies.read_s), self._have_polled, (shop, self.now))

    def _have_polled(self, poll: tuple[int, float]) -> None:
        shop, began_at = poll
        for sale in list(self._not_told(shop, began_at)):
            self._tell(sale)
        self._polled_up_to[shop] = max(self._polled_up_to[shop], began_at)
        self._policy.polled(shop)

    def _not_told(self, shop: int, began_at: float) -> Iterator[Sale]:
        return (sale for sale in self._untold[shop] if not sale.told and sale.placed_at < began_at)

    def _after(self, mean_s: float) -> float:
        """Return when a call that takes `mean_s` on average has its effect."""
        sigma = self.scene.latencies.tail_sigma
        return self.now + mean_s * math.exp(sigma * self._rng.gauss(0.0, 1.0) - sigma**2 / 2.0)
