"""How many pools a second are decided, from a gathered board to a plan, on one core."""

import json
import statistics
import sys
import time

from reconciliation.board import Board, ListingFacts, PoolFacts
from reconciliation.catalog import Ingredient, Listing, ListingKey, PoolKey
from reconciliation.exposure import ListingBook, ListingRead
from reconciliation.plan import decide
from reconciliation.policy import GuardPolicy
from reconciliation.position import Position
from reconciliation.quantities import Instant, Sku


NOW = Instant(1_000_000.0)
POOLS = 400
ROUNDS = 5


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


def per_second(shops: int) -> float:
    """Return the median number of pools decided in a second, over several rounds."""
    boards = [board(number, shops) for number in range(POOLS)]
    rates = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for each in boards:
            decide(each)
        rates.append(POOLS / (time.perf_counter() - began))
    return statistics.median(rates)


def main() -> int:
    """Print the rates for pools with one and with three listings."""
    line = {
        "bench": "plan",
        "single_per_s": round(per_second(1)),
        "three_shop_per_s": round(per_second(3)),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
