"""A shop with very many raises waiting, and decreases that come in between: on a virtual clock.

The rows of work are asked for as the planner asks for them, with the ranks of their writes. What
a round takes, whose turn it is under the quota, the call and the end of a row are the program's
own; only the decision between them is left out, which `plan_throughput` measures. The shop
answers each call after `CALL_S`, and a decrease is proven by a read of what the shop then shows.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx

from connectors.store import leases, work, work_due
from connectors.store.engine import reading, writing
from reconciliation.catalog import ListingKey
from reconciliation.quantities import Instant
from reconciliation.verdict import Write, WriteClass
from worker.bootstrap import build_services, close
from worker.queues import PUSH, push_work
from worker.services import Services
from worker.settings.model import Settings
from worker.steps.intents import Claimed
from worker.steps.push_listings import take, wait_for_turns

from .catalogue_scene import values


SHOP = "north"
WAREHOUSE_ID = "w"
START = 1_000_000.0
CALL_S = 0.1
"""How long a call takes; those of a round are made side by side."""
READ_STALENESS_S = 0.1
"""How old what a read tells may be, as in `latency`."""
UNITS = 9
ROWS_AT_ONCE = 10_000


@dataclass(slots=True)
class Clock:
    """A clock that moves by sleeping alone."""

    now: float = START

    def __call__(self) -> float:
        """Return the moment it shows."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds


@dataclass(slots=True)
class Shop:
    """What the shop shows, by SKU; it takes every write at once."""

    units: dict[str, int] = field(default_factory=dict)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Take a write, or tell what is shown."""
        asked = json.loads(request.content)
        if request.url.path.endswith("/inventory/search"):
            return _said({"inventory": [self._inventory(each) for each in asked["sku_ids"]]})
        for sku in asked["skus"]:
            self.units[sku["id"]] = sku["inventory"][0]["quantity"]
        return _said({})

    def _inventory(self, sku_id: str) -> dict[str, Any]:
        stock = {"warehouse_id": WAREHOUSE_ID, "available_quantity": self.units[sku_id]}
        stock |= {"committed_quantity": 0}
        sku = {"id": sku_id, "seller_sku": sku_id, "warehouse_inventory": [stock]}
        return {"product_id": f"P{sku_id}", "skus": [sku]}


def _said(data: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"code": 0, "message": "Success", "data": data})


@dataclass(slots=True, kw_only=True)
class Scene:
    """The shop, its guard, and how long each kind of write took to be done.

    `arrivals` holds when decreases come and of which product, the last first. Without `ranks` all
    rows are as urgent as can be: the first in is the first out, and may use the whole quota.
    """

    services: Services
    clock: Clock
    ranks: bool
    arrivals: list[tuple[float, str]]
    arrived_at: dict[str, float] = field(default_factory=dict)
    answers_s: list[float] = field(default_factory=list)
    decreases_s: list[float] = field(default_factory=list)
    raises_s: list[float] = field(default_factory=list)

    def fill(self, raises: int) -> None:
        """Ask for so many raises, half of them from zero, all at once."""
        classes = (WriteClass.RAISE_FROM_ZERO, WriteClass.RAISE)
        for first in range(0, raises, ROWS_AT_ONCE):
            numbers = range(first, min(first + ROWS_AT_ONCE, raises))
            for parity, write_class in enumerate(classes):
                some = [f"R{number:06}" for number in numbers if number % 2 == parity]
                self._ask(some, write_class, START)

    def _ask(self, products: Sequence[str], write_class: WriteClass, at: float) -> None:
        rank = write_class if self.ranks else WriteClass.OVERSELL_DECREASE
        keys = [push_work(SHOP, product) for product in products]
        with writing(self.services.engine) as connection:
            work.ask(connection, PUSH, keys, due_at=Instant(at), rank=rank)

    def drain(self) -> None:
        """Write until nothing is left to be written."""
        while True:
            self._arrive()
            claimed = take(self.services, "")
            if claimed:
                self._write(claimed)
            elif not self._wait():
                return

    def _arrive(self) -> None:
        """Ask for the decreases that have come meanwhile."""
        while self.arrivals and self.arrivals[-1][0] <= self.clock.now:
            at, product = self.arrivals.pop()
            self.arrived_at[product] = at
            self._ask([product], WriteClass.OVERSELL_DECREASE, at)

    def _wait(self) -> bool:
        """Wait for what is due next; tell whether there is anything."""
        with reading(self.services.engine) as connection:
            rows = work_due.open_rows(connection, until=Instant(float("inf")))
        moments: list[float] = [each.due_at for each in rows if each.queue == PUSH]
        moments += [at for at, _ in self.arrivals[-1:]]
        self.clock.now = max(self.clock.now, min(moments, default=0.0))
        return bool(moments)

    def _write(self, claimed: Sequence[Claimed]) -> None:
        """Do what a round does but for its decision: wait for turns, call, finish the rows."""
        ready = wait_for_turns(self.services, claimed)
        for each in ready:
            self._send(each.product[1])
        if ready:
            self.clock.sleep(CALL_S)
        with writing(self.services.engine) as connection:
            for each in ready:
                work.finish_at_the_end(connection, each.job)
            leases.give_up(connection, *{each.lease for each in claimed})
        for each in ready:
            self._note(each.product[1])

    def _send(self, product: str) -> None:
        is_decrease = product in self.arrived_at
        write = Write(
            key=_listing(product),
            units=0 if is_decrease else UNITS,
            shown_units=UNITS if is_decrease else 0,
            write_class=WriteClass.OVERSELL_DECREASE if is_decrease else WriteClass.RAISE,
            reason="a benchmark",
        )
        self.services.tiktok.write_stock(SHOP, product, [write], deadline_s=5.0)

    def _note(self, product: str) -> None:
        """Note how long a write took; a decrease is done once a read has shown it."""
        arrived_at = self.arrived_at.pop(product, None)
        if arrived_at is None:
            self.raises_s.append(self.clock.now - START)
            return
        key = _listing(product)
        read = self.services.tiktok.read_stock(SHOP, [key]).reads[key]
        if read.units != 0:
            raise RuntimeError(f"{product} still shows {read.units}")
        self.answers_s.append(self.clock.now - arrived_at)
        # Reads have a quota of their own and are made while the next round is written.
        self.decreases_s.append(self.answers_s[-1] + READ_STALENESS_S + CALL_S)


def _listing(product: str) -> ListingKey:
    return ListingKey(shop=SHOP, product_id=product, sku_id=product, warehouse_id=WAREHOUSE_ID)


@contextmanager
def scene(*, ranks: bool, decreases: int, every_s: float, seed: int) -> Iterator[Scene]:
    """Yield a shop whose decreases come at random, one `every_s` on average."""
    rng, at = Random(seed), START
    arrivals = []
    for number in range(decreases):
        at += rng.expovariate(1 / every_s)
        arrivals.append((at, f"D{number:06}"))
    clock, shop = Clock(), Shop()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'record.sqlite3'}"
        place = {"database_url": url, "data_dir": folder}
        assumed = {"assumptions": {"read_staleness_s": READ_STALENESS_S}}
        settings = Settings.model_validate(values() | place | assumed)
        services = build_services(
            settings,
            transport=httpx.MockTransport(shop.answer),
            clock=clock,
            sleep=clock.sleep,
        )
        try:
            yield Scene(services=services, clock=clock, ranks=ranks, arrivals=arrivals[::-1])
        finally:
            close(services)
