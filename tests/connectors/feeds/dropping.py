"""A partner that drops files, and a clock that stands still: what these tests share."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from connectors.feeds.inbox import Claim, Inbox
from reconciliation.quantities import Instant


NOW = 1_800_000_000.0
STOCK = b"sku,qty\nTEE,5\n"


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Instant:
        """Return the time."""
        return Instant(self.now)


def drop(inbox: Inbox, name: str, content: bytes = STOCK, *, age_s: float = 60.0) -> Path:
    """Put a file into the inbox, last written to `age_s` before the clock's start."""
    path = inbox.home / "inbox" / name
    path.write_bytes(content)
    os.utime(path, (NOW - age_s, NOW - age_s))
    return path


def claimed(inbox: Inbox, name: str = "stock.csv", content: bytes = STOCK) -> Claim:
    """Put a file into the inbox and claim it."""
    claim = inbox.claim(drop(inbox, name, content))
    assert claim is not None
    return claim


def files_in(folder: Path) -> list[Path]:
    """Return every file below a folder."""
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


def run_together(steps: list[Callable[[], None]]) -> None:
    """Run the steps at the same time, and raise what any of them raised."""
    with ThreadPoolExecutor(len(steps)) as threads:
        for running in [threads.submit(step) for step in steps]:
            running.result()
