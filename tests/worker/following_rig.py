"""One history of a feed, taken in twice: by columns, of which pools follow, and row by row."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

from sqlalchemy import select

from connectors.feeds.stated_columns import columns_of
from connectors.store import declines, filed, intake, spares
from connectors.store.engine import reading, writing
from connectors.store.recorded import recorded_figures
from connectors.store.tables import LISTINGS, POOL_STOCKS
from reconciliation.catalog import PoolKey
from reconciliation.feed import AsOfColumn, FeedRow, ParsedFeed
from reconciliation.feed_gate import Ruling
from reconciliation.quantities import Instant, Sku
from tests.support.shopfront import ITEM, Shopfront, shopfront
from worker.steps.feed_in_force import ask_for_decisions, put_in_force


OTHERS = tuple(f"ITEM-{letter}" for letter in "ABCDEF")
SKUS = (ITEM, *OTHERS)

Stated = Mapping[str, tuple[int, float]]
"""What a file states: units, and as of when, by SKU."""


def take(front: Shopfront, stated: Stated, *, by_columns: bool, feed: str = "east") -> int:
    """Put an accepted file in force, as columns or row by row; return its number."""
    rows: Any = tuple(
        FeedRow(sku=Sku(sku), units=units, as_of=Instant(as_of), row=row)
        for row, (sku, (units, as_of)) in enumerate(stated.items(), start=2)
    )
    parsed = ParsedFeed(
        file_name=f"{front.now}.csv",
        sha256=f"{front.now}",
        dated_by=AsOfColumn(name="as_of"),
        header=("sku", "quantity", "as_of"),
        rows=columns_of(rows) if by_columns else rows,
    )
    services = front.services
    with writing(services.engine) as connection:
        number = intake.record_delivery(connection, _delivery(front, parsed, feed))
        came = put_in_force(connection, services, feed, number, parsed)
        seen = {"unmapped": came.unmapped}
        filed.keep_details(connection, number, header=parsed.header, seen=seen)
        ask_for_decisions(connection, services, came.pools, new_items=came.names_new_items)
    return number


def _delivery(front: Shopfront, parsed: ParsedFeed, feed: str) -> intake.Delivery:
    return intake.Delivery(
        feed=feed,
        file_name=parsed.file_name,
        sha256=parsed.sha256,
        arrived_at=Instant(front.now),
        as_of=parsed.as_of,
        verdict=Ruling.ACCEPT.value,
        reasons=(),
        rows_accepted=len(parsed.rows),
        rows_refused=0,
    )


@contextmanager
def both_ways(folder: Path) -> Iterator[tuple[Shopfront, Shopfront]]:
    """Open two shopfronts that are the same, whose listings are at rest."""
    for name in ("columns", "rows"):
        (folder / name).mkdir()
    with shopfront(folder / "columns") as columns, shopfront(folder / "rows") as rows:
        for front in (columns, rows):
            front.open_for_business(40)
        yield columns, rows


class Partner:
    """Makes up what a partner's next file states: mostly what the one before it did."""

    def __init__(self, rng: random.Random) -> None:
        """Begin with some units of everything."""
        self._rng = rng
        self.units = {ITEM: 40, **{sku: rng.randrange(9) for sku in OTHERS}}
        self._before: dict[str, tuple[int, float]] = {}

    def next_file(self, now: float) -> dict[str, tuple[int, float]]:
        """Return what is stated as of now; a few rows change, are gone, or keep their moment."""
        stated = {}
        for sku in SKUS:
            chance = self._rng.random()
            if chance < 0.15:
                self.units[sku] = max(self.units[sku] + self._rng.randint(-3, 4), 0)
            if chance > 0.9 and sku in self._before:
                stated[sku] = self._before[sku]
            elif chance < 0.95 or sku == ITEM:
                stated[sku] = (self.units[sku], now)
        self._before.update(stated)
        return stated


# -- what the record says -------------------------------------------------------------------------


def in_force(front: Shopfront) -> dict[str, tuple[object, ...]]:
    """Return what is in force of each item: units, moment and delivery."""
    pools = [PoolKey(warehouse="EAST", sku=Sku(sku)) for sku in SKUS]
    with reading(front.services.engine) as connection:
        found = intake.load_pools(connection, pools)
    return {
        pool.sku: (row.snapshot_units, row.as_of, row.delivery_id, row.feed)
        for pool, row in sorted(found.items())
    }


def learned(front: Shopfront) -> dict[str, list[float]]:
    """Return what is known of each pool's errors, and of all together."""
    with reading(front.services.engine) as connection:
        known = declines.of_warehouse(connection, "EAST")
        totals = declines.totals_by_warehouse(connection)["EAST"]
    return {**{sku: list(astuple(each)) for sku, each in known.items()}, "": list(astuple(totals))}


def told(front: Shopfront) -> list[object]:
    """Return what the record says of the past: the last file, every figure, and every rise."""
    pools = [PoolKey(warehouse="EAST", sku=Sku(sku)) for sku in SKUS]
    with reading(front.services.engine) as connection:
        last = intake.last_accepted(connection, "east")
        figures = list(recorded_figures(connection))
        rises = spares.deliveries_to(connection, pools, Instant(0.0))
    return [None if last is None else asdict(last), figures, rises]


def decided(front: Shopfront) -> list[object]:
    """Return what listings show, in which state they are, and the stock that was decided on."""
    listing, stock = LISTINGS.c, POOL_STOCKS.c
    stocks = (stock.sku, stock.ats_units, stock.safety_units, stock.exposure_units)
    with reading(front.services.engine) as connection:
        states = connection.execute(select(listing.shop, listing.state).order_by(listing.shop))
        held = connection.execute(select(*stocks).where(stock.sku == ITEM))
        return [front.shown(), [tuple(row) for row in states], [tuple(row) for row in held]]
