"""How many pools a second are decided on one core, and how long a whole catalogue takes.

`single_per_s` and `three_shop_per_s` go from a gathered board to its plan, in pools whose units
are promised once each; `raced_per_s` is of three shops that may promise the same units, in pools
of 0 to 59. For each store, a million pools are then decided for end to end: gathered from the
record, decided, and kept with the writes that follow. `million_s` is the time for all, and the
seconds for smaller catalogues show how it grows. Each is made in a process of its own, for its
memory.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

from connectors.store import work_due
from connectors.store.engine import reading
from reconciliation.board import Board, ListingFacts, PoolFacts
from reconciliation.catalog import Ingredient, Listing, ListingKey, PoolKey
from reconciliation.demand import Demand
from reconciliation.exposure import ListingBook, ListingRead
from reconciliation.plan import decide
from reconciliation.policy import GuardPolicy
from reconciliation.position import Position
from reconciliation.quantities import Instant, Sku
from reconciliation.race_terms import RaceTerms, Window
from tests.support.servers import postgres
from worker.bootstrap import build_services, close
from worker.queues import PLAN
from worker.services import Services
from worker.settings.model import Settings
from worker.steps.plan_backlog import plan_backlog

from .catalogue_scene import fill, values


NOW = Instant(1_000_000.0)
POOLS = 400
ROUNDS = 15
CATALOGUES = (10_000, 100_000, 1_000_000)

RACE = RaceTerms(
    price=100.0,
    windows=(Window(chance=0.98, seconds=5.0), Window(chance=0.02, seconds=60.0)),
    close_windows=(Window(chance=1.0, seconds=5.0),),
    restock_every_s=7 * 86_400.0,
)
ORDERS_A_DAY = (0.03, 10.0)
"""The rates of a raced pool's listings lie between these."""


# -- without a record -----------------------------------------------------------------------------


def board(number: int, shops: int) -> Board:
    """Return a pool of 50 units with a listing in each shop, some of them sold down."""
    pool = PoolKey(warehouse="EAST", sku=Sku(f"SKU-{number}"))
    read = ListingRead(units=number % 7, began_at=NOW, finished_at=NOW)
    return Board(
        now=NOW,
        pools={pool: PoolFacts(position=Position(snapshot_units=50, as_of=NOW))},
        listings=tuple(
            ListingFacts(
                listing=Listing(
                    key=ListingKey(
                        shop=f"shop-{shop}", product_id="p", sku_id=str(number), warehouse_id="w"
                    ),
                    seller_sku=pool.sku,
                    recipe=(Ingredient(pool=pool, units=1),),
                ),
                book=ListingBook(read=read, shown_units=read.units),
                policy=GuardPolicy(),
                ledger_complete_up_to=NOW,
                rank=shop,
            )
            for shop in range(shops)
        ),
    )


def raced(number: int) -> Board:
    """Return a pool of 0 to 59 units that three shops sell, each at a rate of its own."""
    rng = Random(number)
    sold = board(number, 3)
    return replace(
        sold,
        pools={
            pool: replace(
                facts, race=RACE, position=Position(snapshot_units=number % 60, as_of=NOW)
            )
            for pool, facts in sold.pools.items()
        },
        listings=tuple(
            replace(
                facts,
                forecast=Demand(
                    orders_per_s=rng.uniform(*ORDERS_A_DAY) / 86_400.0,
                    sizes=(0.9, 0.07, 0.03),
                    shape=2.0,
                ),
            )
            for facts in sold.listings
        ),
    )


def per_second(make: Callable[[int], Board]) -> int:
    """Return the median number of pools decided in a second of processor time."""
    boards = [make(number) for number in range(POOLS)]
    rates = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for each in boards:
            decide(each)
        rates.append(POOLS / (time.process_time() - began))
    return round(statistics.median(rates))


# -- from record to record ------------------------------------------------------------------------


@contextmanager
def record(store: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty record."""
    if store == "sqlite":
        yield f"sqlite:///{folder / 'record.sqlite3'}"
        return
    with postgres(durable=True) as server:
        yield server.url(server.make_database())


def planned(store: str, pools: int) -> dict[str, object]:
    """Fill a record, decide for all of it, and return what that took."""
    with tempfile.TemporaryDirectory() as name, record(store, Path(name)) as url:
        settings = Settings.model_validate(values() | {"database_url": url, "data_dir": name})
        # The clock stands still: what is read stays fresh however long the rest takes.
        services = build_services(settings, clock=lambda: NOW)
        fill(services.engine, pools, NOW)
        began, worked = time.perf_counter(), time.process_time()
        plan_backlog(services, "all")
        took_s, cpu_s = time.perf_counter() - began, time.process_time() - worked
        left = _left(services)
        close(services)
    if left:
        raise RuntimeError(f"{left} was not decided for")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"s": round(took_s, 1), "cpu_s": round(cpu_s, 1), "peak_mb": round(peak_mb)}


def _left(services: Services) -> tuple[str, ...]:
    with reading(services.engine) as connection:
        return work_due.due_keys(connection, PLAN, services.now(), most=1)


def apart(store: str, pools: int) -> dict[str, float]:
    """Do the same in a process of its own, whose memory is its own as well."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_plan_throughput"]
    asked = [*command, "--one", store, str(pools)]
    made = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(made.stdout)
    return figures


def line(store: str, catalogues: Sequence[int]) -> dict[str, object]:
    """Return a store's line, the largest catalogue's figures under their own names."""
    figures = {pools: apart(store, pools) for pools in sorted(catalogues)}
    largest = figures[max(figures)]
    whole = {"million_s": largest["s"]} if max(figures) == max(CATALOGUES) else {}
    return {
        **whole,
        "pools": max(figures),
        "pools_per_s": round(max(figures) / largest["s"]),
        "cpu_s": largest["cpu_s"],
        "peak_mb": largest["peak_mb"],
        "s_by_pools": {str(pools): each["s"] for pools, each in figures.items()},
    }


def main() -> int:
    """Print the rates once, in the lines of both stores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pools", type=int, action="append", help="a catalogue's size")
    parser.add_argument("--store", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--one", nargs=2, metavar=("STORE", "POOLS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        store, pools = asked.one
        sys.stdout.write(json.dumps(planned(store, int(pools))) + "\n")
        return 0
    rates = {
        "single_per_s": per_second(lambda number: board(number, 1)),
        "three_shop_per_s": per_second(lambda number: board(number, 3)),
        "raced_per_s": per_second(raced),
    }
    for store in asked.store or ["sqlite", "postgresql"]:
        told = {"bench": "plan_throughput", "store": store, **rates}
        sys.stdout.write(json.dumps(told | line(store, asked.pools or CATALOGUES)) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
