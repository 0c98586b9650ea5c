"""A shop's record on SQLite, which knows a partner's exports of two days and takes the next."""

import time
from pathlib import Path

from tests.benchmarks.feed_scene import DAY_S, exports
from tests.support.shopfront import Shopfront, shopfront
from worker.steps.take_feed import Taken, take_file


def store_seconds(rows: int, folder: Path, *, quoted: bool) -> float:
    """Return how long the last of three exports takes from its file to the commit.

    That is the snapshots in force, the work due by them, and the receipt. Raises `ValueError`
    where the file did not get so far.
    """
    with shopfront(folder) as front:
        # Two before it: of a pool's second file the pool's history is begun, and only once.
        two = [
            exports(rows, arrived_at=front.now - days * DAY_S, quoted=quoted) for days in (1, 0)
        ]
        for number, exported in enumerate(two):
            _take(front, exported.before.decode(), f"before-{number}.csv")
        began = time.process_time()
        taken = _take(front, two[-1].after.decode(), "after.csv")
        seconds = time.process_time() - began
    if taken.rows_accepted < rows / 2:
        raise ValueError(f"the benchmark's file was not taken: {taken}")
    return seconds


def _take(front: Shopfront, text: str, name: str) -> Taken:
    front.drop_file(text, name)
    inbox = front.services.inboxes["east"]
    claim = inbox.claim(inbox.home / "inbox" / name)
    if claim is None:
        raise ValueError(f"the benchmark's file {name} was not found")
    return take_file(front.services, "east", inbox, claim)
