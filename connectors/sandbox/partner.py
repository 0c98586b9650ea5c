"""The fulfilment partner: he packs and hands over orders, keeps a book, and reports from it.

Theory of operation. Three clocks run apart, and the product has to live with all of them:
TikTok's (the order's status), the shelf's (goods leave when the carrier collects), and the
book's (units come off when the chosen event is posted, some time after it happened).

    released ── order_lag_s ──> received ──> packed ──> ship confirmed ──> carrier scan ──> ...
                                             status:    AWAITING_COLLECTION  IN_TRANSIT

An order for goods that are not there cannot be packed. It waits; after `gives_up_after_s` it is
cancelled as out of stock, at the seller's fault, as an oversell ends in life.
"""

import heapq
import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from .feed_files import BadRow, drop_file, feed_bytes, whole_millisecond
from .orders import Order, OrderStatus, Role
from .refusals import NotOnShelf
from .shelf import Pool, Shelf
from .world import OUT_OF_STOCK_REASON, SandboxWorld


FeedKind = Literal["on_hand", "available"]

NEVER = float("inf")
BEFORE_ALL = float("-inf")


class DeductsAt(StrEnum):
    """The event at which the partner takes units off his book."""

    PACK = "pack"
    SHIP_CONFIRM = "ship_confirm"
    CARRIER_SCAN = "carrier_scan"


class Stage(StrEnum):
    """What happens next to an order in the building."""

    PACK = "pack"
    SHIP_CONFIRM = "ship_confirm"
    CARRIER_SCAN = "carrier_scan"
    DELIVER = "deliver"
    COMPLETE = "complete"


_NEXT_STAGE = dict(itertools.pairwise(Stage))


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerHabits:
    """How the partner works. Spans are (least, most) seconds, drawn evenly."""

    order_lag_s: float = 1.0
    """From an order's release to his receiving it, and from a cancellation to his knowing."""

    pack_s: tuple[float, float] = (60.0, 300.0)
    ship_confirm_s: tuple[float, float] = (10.0, 60.0)
    carrier_scan_s: tuple[float, float] = (300.0, 3600.0)
    deliver_s: tuple[float, float] = (86_400.0, 3 * 86_400.0)
    complete_s: tuple[float, float] = (86_400.0, 2 * 86_400.0)
    deducts_at: DeductsAt = DeductsAt.CARRIER_SCAN
    posting_lag_s: float = 0.0
    """From the deducting event to its showing in the book."""

    repack_s: float = 5.0
    """From a vain attempt to pack to the next."""

    gives_up_after_s: float | None = None
    """From receiving an order to cancelling it for want of goods; None for never."""

    def span_s(self, stage: Stage) -> tuple[float, float]:
        """Return how long an order waits for this stage."""
        span: tuple[float, float] = getattr(self, f"{stage.value}_s")
        return span


@dataclass(slots=True, kw_only=True)
class _Job:
    """An order in the building. Moments are Unix seconds, NEVER until they come."""

    order_id: str
    needs: dict[str, int]
    received_at: float
    cancel_known_at: float = NEVER
    deducted_at: float = NEVER
    is_packed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Due:
    at: float
    ticket: int
    stage: Stage = field(compare=False)
    job: _Job = field(compare=False)


class PartnerWarehouse:
    """One of the partner's buildings; `code` is its name in pools. Seeded by `rng`."""

    def __init__(
        self,
        world: SandboxWorld,
        shelf: Shelf,
        code: str,
        *,
        rng: random.Random,
        habits: PartnerHabits | None = None,
    ) -> None:
        self.code = code
        self.habits = habits or PartnerHabits()
        self._world = world
        self._shelf = shelf
        self._rng = rng
        self._jobs: dict[str, _Job] = {}
        self._due: list[_Due] = []
        self._tickets = itertools.count(1)
        self._files = itertools.count(1)
        self._packed: dict[str, int] = {}
        self._book: list[tuple[float, str, int]] = []
        with world.turn():
            for pool in shelf.pools():
                if pool.warehouse == code:
                    self._post(BEFORE_ALL, {pool.item: shelf.on_shelf(pool)})
        world.listen(self._hear)

    # --- work --------------------------------------------------------------------------------

    def step(self, now: float) -> None:
        """Do everything that is due by `now` (Unix seconds), in the order of its time."""
        with self._world.turn():
            while self._due and self._due[0].at <= now:
                self._do(heapq.heappop(self._due))

    def receive(self, item: str, units: int) -> None:
        """Take in a delivery: onto the shelf and into the book."""
        with self._world.turn() as now:
            self._shelf.receive(self._pool(item), units)
            self._post(now, {item: units})

    def stocktake(self) -> dict[str, int]:
        """Count the shelf and correct the book; returns what had moved unseen, per item."""
        with self._world.turn() as now:
            moved = {item: self._shelf.take_unseen(self._pool(item)) for item in self.items()}
            found = {item: units for item, units in moved.items() if units}
            self._post(now, found)
            return found

    # --- reports -----------------------------------------------------------------------------

    def items(self) -> tuple[str, ...]:
        """The items that the book knows, in order."""
        with self._world.turn():
            return tuple(sorted({item for _, item, _ in self._book}))

    def on_hand(self, as_of: float) -> dict[str, int]:
        """Return the book at a moment: receipts less what was posted as taken off."""
        with self._world.turn():
            units = dict.fromkeys(self.items(), 0)
            for at, item, change in self._book:
                if at <= as_of:
                    units[item] += change
            return units

    def available(self, as_of: float) -> dict[str, int]:
        """Return the book less the live orders he had received by then, never below nothing."""
        with self._world.turn():
            units = self.on_hand(as_of)
            for job in self._jobs.values():
                open_until = min(job.deducted_at, job.cancel_known_at)
                if job.received_at <= as_of < open_until:
                    for item, count in job.needs.items():
                        units[item] = units.get(item, 0) - count
            return {item: max(0, count) for item, count in units.items()}

    def make_feed(
        self,
        now: float,
        kind: FeedKind = "on_hand",
        *,
        bad_rows: int = 0,
        bad_skus: tuple[str, ...] = ("OLD-STOCK-1", "OLD-STOCK-2", "OLD-STOCK-3"),
    ) -> tuple[str, bytes]:
        """Return a feed's file name and bytes, as of `now` cut to the millisecond.

        Bad rows are drawn from `BadRow` and speak of `bad_skus`, which no shop lists: a file's
        faults then cost no item its figure. Hand in listed SKUs to see what it costs if they do.
        """
        as_of = whole_millisecond(now)
        quantities = self.on_hand(as_of) if kind == "on_hand" else self.available(as_of)
        kinds = list(BadRow)
        bad = [(self._rng.choice(kinds), self._rng.choice(bad_skus)) for _ in range(bad_rows)]
        name = f"{self.code.lower()}_{kind}_{int(as_of)}_{next(self._files):04d}.csv"
        return name, feed_bytes(quantities, as_of, bad)

    def drop_feed(
        self, folder: Path, now: float, kind: FeedKind = "on_hand", *, bad_rows: int = 0
    ) -> Path:
        """Make a feed and put it into `folder` in one move; returns its path."""
        return drop_file(folder, *self.make_feed(now, kind, bad_rows=bad_rows))

    # --- inside ------------------------------------------------------------------------------

    def _pool(self, item: str) -> Pool:
        return Pool(warehouse=self.code, item=item)

    def _post(self, at: float, changes: Mapping[str, int], sign: int = 1) -> None:
        self._book.extend((at, item, sign * units) for item, units in changes.items())

    def _hear(self, order: Order, before: Order | None) -> None:
        lag_s = self.habits.order_lag_s
        if order.status is OrderStatus.AWAITING_SHIPMENT and before is not None:
            self._expect(order, order.updated_at + lag_s)
        elif order.is_cancelled and order.order_id in self._jobs:
            self._learn_of_cancellation(self._jobs[order.order_id], order.updated_at + lag_s)

    def _expect(self, order: Order, received_at: float) -> None:
        needs = {
            pool.item: units
            for pool, units in self._shelf.needs_of(order).items()
            if pool.warehouse == self.code
        }
        if needs:
            job = _Job(order_id=order.order_id, needs=needs, received_at=received_at)
            self._jobs[order.order_id] = job
            self._await(Stage.PACK, job, received_at)

    def _learn_of_cancellation(self, job: _Job, known_at: float) -> None:
        job.cancel_known_at = known_at
        collected = self._world.orders[job.order_id].collected_at is not None
        if job.deducted_at != NEVER and not collected:
            # The units never left: the book gets them back, but not before it gave them up.
            self._post(max(known_at, job.deducted_at), job.needs)
        if job.is_packed and not collected:
            self._unpack(job)

    def _await(self, stage: Stage, job: _Job, since: float) -> None:
        at = since + self._rng.uniform(*self.habits.span_s(stage))
        heapq.heappush(self._due, _Due(at=at, ticket=next(self._tickets), stage=stage, job=job))

    def _do(self, due: _Due) -> None:
        job = due.job
        if self._world.orders[job.order_id].is_cancelled:
            return
        if due.stage is Stage.PACK and not self._pack(job):
            self._wait_for_goods(due)
            return
        try:
            self._carry_out(due.stage, job)
        except NotOnShelf:  # they vanished after they were packed
            self._wait_for_goods(due)
            return
        if due.stage in _NEXT_STAGE:
            self._await(_NEXT_STAGE[due.stage], job, due.at)

    def _carry_out(self, stage: Stage, job: _Job) -> None:
        match stage:
            case Stage.SHIP_CONFIRM:
                self._world.confirm_shipment(job.order_id)
            case Stage.CARRIER_SCAN:
                self._world.collect(job.order_id)
                self._unpack(job)
            case Stage.DELIVER:
                self._world.deliver(job.order_id)
            case Stage.COMPLETE:
                self._world.complete(job.order_id)
        if stage.value == self.habits.deducts_at.value:
            self._deduct(job)

    def _deduct(self, job: _Job) -> None:
        with self._world.turn() as now:
            job.deducted_at = now + self.habits.posting_lag_s
            self._post(job.deducted_at, job.needs, sign=-1)

    def _pack(self, job: _Job) -> bool:
        free = {
            item: self._shelf.on_shelf(self._pool(item)) - self._packed.get(item, 0)
            for item in job.needs
        }
        if any(free[item] < units for item, units in job.needs.items()):
            return False
        for item, units in job.needs.items():
            self._packed[item] = self._packed.get(item, 0) + units
        job.is_packed = True
        return True

    def _unpack(self, job: _Job) -> None:
        # Out of the building or back on the shelf: either way no longer set aside.
        job.is_packed = False
        for item, units in job.needs.items():
            self._packed[item] -= units

    def _wait_for_goods(self, due: _Due) -> None:
        limit_s = self.habits.gives_up_after_s
        if limit_s is not None and due.at - due.job.received_at >= limit_s:
            self._world.cancel(due.job.order_id, Role.SELLER, OUT_OF_STOCK_REASON)
            return
        at = due.at + self.habits.repack_s
        again = _Due(at=at, ticket=next(self._tickets), stage=due.stage, job=due.job)
        heapq.heappush(self._due, again)
