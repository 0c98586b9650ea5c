"""A shopfront whose partner sends files, and the desk that decides on them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from connectors.store import filed, intake
from connectors.store.engine import reading
from connectors.store.filed import Filed
from connectors.store.intake import PoolRow
from connectors.store.tables import DELIVERIES, POOL_STOCKS
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Sku
from tests.support.shopfront import ITEM, Shopfront, iso, shopfront
from worker.holding import Word
from worker.scheduler import ask_for_rounds
from worker.settings.feeds import FeedSettings


ANN = Word(who="ann", why="the partner was asked")
FILLERS = 12
"""Other items in each file: enough for shares to say something."""


@contextmanager
def opened(folder: Path, goods: int = 20) -> Iterator[Shopfront]:
    """Open a shopfront whose first file is in force, and whose listings are at rest."""
    with shopfront(folder) as front:
        front.shelf.receive(front.pool, goods)
        send(front, goods)
        ask_for_rounds(front.services)
        front.work(8.0)
        yield front


def declare(front: Shopfront, **declared: object) -> None:
    """Have the feed declared otherwise, as a configuration could."""
    settings = front.services.settings
    feed = settings.feeds["east"].model_dump(exclude_unset=True) | declared
    feeds = {"east": FeedSettings.model_validate(feed)}
    front.services = replace(front.services, settings=settings.model_copy(update={"feeds": feeds}))


def stock(units: int, fillers: int = 5) -> dict[str, int]:
    """Return what a file states: the item that is sold, and others that are not."""
    return {ITEM: units, **{f"SPARE-{number:02}": fillers for number in range(FILLERS)}}


def send(
    front: Shopfront,
    units: int,
    *,
    fillers: int = 5,
    name: str = "",
    as_of: float | None = None,
    more: str = "",
) -> None:
    """Drop a whole file into the inbox that speaks of now."""
    moment = iso(front.now if as_of is None else as_of)
    rows = "".join(f"{sku},{count},{moment}\n" for sku, count in stock(units, fillers).items())
    front.drop_file(f"sku,quantity,as_of\n{rows}{more}", name)


def pool(front: Shopfront, sku: str = ITEM) -> PoolRow | None:
    """Return what is in force of an item."""
    key = PoolKey(warehouse="EAST", sku=Sku(sku))
    with reading(front.services.engine) as connection:
        return intake.load_pools(connection, [key]).get(key)


def in_force(front: Shopfront, sku: str = ITEM) -> int | None:
    """Return the units in force of an item."""
    row = pool(front, sku)
    return None if row is None else row.snapshot_units


def follow(front: Shopfront, ats_units: int) -> bool:
    """Tell whether the last decision saw so many units, and the listings show what it allows.

    Up to a fifth less may be shown: a move that gains little is not worth a call.
    """
    stocks = POOL_STOCKS.c
    query = select(stocks.ats_units, stocks.safety_units).where(stocks.sku == ITEM)
    with reading(front.services.engine) as connection:
        ats, safety = connection.execute(query).one()
    shown = sum(front.shown().values())
    return bool(ats == ats_units and 0.8 * (ats - safety) <= shown <= ats - safety)


def last(front: Shopfront) -> Filed:
    """Return the newest delivery."""
    with reading(front.services.engine) as connection:
        (found,) = filed.newest(connection, most=1)
    return found


def receipt(front: Shopfront, name: str) -> Any:  # noqa: ANN401 - a document
    """Return what the partner was told of a file."""
    path = front.services.inboxes["east"].outbox / f"{name}.receipt.json"
    return json.loads(path.read_text())


def kept(front: Shopfront, shelf: str) -> list[str]:
    """Return the names of the files on a shelf, without their hashes."""
    folder = front.services.inboxes["east"].home / shelf
    return sorted(path.name.partition("-")[2] for path in folder.rglob("*") if path.is_file())


def count_of_deliveries(front: Shopfront) -> int:
    """Return how many deliveries are stored."""
    with reading(front.services.engine) as connection:
        return len(connection.execute(select(DELIVERIES.c.id)).all())
