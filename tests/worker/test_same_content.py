"""The same rows packed or saved anew: other bytes, and no newer statement."""

import gzip
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]  # it has no types
import pytest

from connectors.store.filed import State
from reconciliation.feed import Compression
from tests.support.shopfront import ITEM, Shopfront
from worker.feed_desk import refuse
from worker.settings.formats import FileFormat

from .feed_rig import ANN, declare, in_force, last, opened, pool, receipt, stock


Pack = Callable[[dict[str, int], int], bytes]


def zipped(stated: dict[str, int], time: int) -> bytes:
    """Return a packed file; the head of it says when it was packed."""
    rows = "".join(f"{sku},{units}\n" for sku, units in stated.items())
    return gzip.compress(f"sku,quantity\n{rows}".encode(), mtime=time)


def saved(stated: dict[str, int], time: int) -> bytes:
    """Return a workbook, which says when it was saved."""
    book = openpyxl.Workbook()
    book.properties.title = str(time)
    book.active.append(["sku", "quantity"])
    for row in stated.items():
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


DECLARED: dict[Pack, dict[str, object]] = {
    zipped: {"compression": Compression.GZIP},
    saved: {"format": FileFormat.XLSX},
}


@pytest.fixture(params=[zipped, saved])
def pack(request: pytest.FixtureRequest) -> Pack:
    """Return how a file is packed."""
    made: Pack = request.param
    return made


@pytest.fixture
def front(tmp_path: Path, pack: Pack) -> Iterator[Shopfront]:
    """A feed that is dated by its arrival, and packed."""
    with opened(tmp_path) as front:
        declare(front, as_of_column=None, as_of_lag_s=5.0, **DECLARED[pack])
        yield front


def drop(front: Shopfront, content: bytes, name: str) -> None:
    """Have a file taken a minute later."""
    front.pass_time(60.0)
    path = front.services.inboxes["east"].home / "inbox" / name
    path.write_bytes(content)
    os.utime(path, (front.now, front.now))
    front.work(4.0)


def test_the_same_rows_packed_anew_keep_their_first_as_of(front: Shopfront, pack: Pack) -> None:
    """Between the two a unit left: dated anew, the old figure would put it back on sale."""
    drop(front, pack(stock(15), 1), "first")
    drop(front, pack(stock(14), 2), "second")
    before = pool(front)
    drop(front, pack(stock(15), 3), "stale")

    assert (pool(front), in_force(front)) == (before, 14)
    assert receipt(front, "stale")["repeats"] == last(front).delivery_id - 2


def test_the_last_rows_packed_anew_are_no_news(front: Shopfront, pack: Pack) -> None:
    """Quiet: it is told as a repeat, with the as-of of the first."""
    drop(front, pack(stock(15), 1), "first")
    before = pool(front)
    drop(front, pack(stock(15), 2), "again")

    told = (receipt(front, "first"), receipt(front, "again"))
    assert pool(front) == before
    assert told[0]["as_of"] == told[1]["as_of"]
    assert told[0]["sha256"] != told[1]["sha256"]


def test_other_rows_count(front: Shopfront, pack: Pack) -> None:
    """However they are packed: what differs in one cell is another content."""
    drop(front, pack(stock(15), 1), "first")
    drop(front, pack(stock(16), 1), "second")

    assert (last(front).state, in_force(front)) == (State.TAKEN, 16)


def test_refused_rows_packed_anew_stay_refused(front: Shopfront, pack: Pack) -> None:
    """A person's word is on what a file says, not on its bytes."""
    drop(front, pack(stock(15), 1), "first")
    odd = {ITEM: 15} | dict.fromkeys(stock(15, 0).keys() - {ITEM}, 0)
    drop(front, pack(odd, 2), "odd")
    refuse(front.services, last(front).delivery_id, ANN)
    drop(front, pack(odd, 3), "again")

    assert last(front).state is State.REFUSED
    assert "refused the same content" in receipt(front, "again")["reasons"][0]["cause"]
