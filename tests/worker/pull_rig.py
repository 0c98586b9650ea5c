"""A shopfront whose partner's files are fetched, from a folder of this machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from connectors.pull.source import Source
from connectors.store.engine import reading
from connectors.store.tables import WORK
from tests.support.shopfront import ITEM, Shopfront, iso, shopfront
from worker.pull_sources import sources_of
from worker.queues import PULL
from worker.scheduler import ask_for_rounds
from worker.settings.pulls import PullSettings


EVERY_S = 10.0


@contextmanager
def pulling(folder: Path, **changes: object) -> Iterator[Shopfront]:
    """Open a shopfront that fetches from `folder/outgoing`, with settings of the pull changed."""
    outgoing(folder).mkdir()
    values = {"url": f"file://{outgoing(folder)}", "every_s": EVERY_S, **changes}
    with shopfront(folder) as front:
        settings = front.services.settings
        east = settings.feeds["east"].model_copy(
            update={"pull": PullSettings.model_validate(values)}
        )
        changed = settings.model_copy(update={"feeds": {"east": east}})
        front.services = replace(
            front.services,
            settings=changed,
            sources=sources_of(changed, clock=front.services.clock),
        )
        front.shelf.receive(front.pool, 20)
        ask_for_rounds(front.services)
        yield front


def outgoing(folder: Path) -> Path:
    """Return where the partner lays its files."""
    return folder / "outgoing"


def lay(front: Shopfront, folder: Path, text: str, name: str = "stock.csv") -> None:
    """Have the partner lay a file out, now."""
    path = outgoing(folder) / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (front.now, front.now))


def stock(front: Shopfront, units: int) -> str:
    """Return a file that states units of the item as of now."""
    return f"sku,quantity,as_of\n{ITEM},{units},{iso(front.now)}\n"


def fetched_from(front: Shopfront, source: Source) -> None:
    """Have the feed's files come from another source."""
    front.services = replace(front.services, sources={"east": source})


def last_error(front: Shopfront) -> str:
    """Return what the row of work says of its last attempt."""
    query = select(WORK.c.last_error).where(WORK.c.queue == PULL, WORK.c.key == "east")
    with reading(front.services.engine) as connection:
        return connection.execute(query).scalar_one() or ""
