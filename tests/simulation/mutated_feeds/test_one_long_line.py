"""A file of one endless line costs no memory: it is refused by its size, before it is decoded."""

import os
import tracemalloc
from pathlib import Path

import pytest

from connectors.feeds.errors import FileTooLarge
from connectors.feeds.inbox import Inbox
from connectors.feeds.opening import open_feed
from reconciliation.feed import Dialect, FileCause, FileFault
from reconciliation.feed_dialect import BYTES_MAX
from reconciliation.quantities import Instant

from .other_seeds import LINES, PACKED, SHEET
from .seed import NOON, PLAIN


MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize("dialect", [PLAIN, LINES, SHEET, PACKED])
def test_one_byte_too_many_is_refused_before_it_is_decoded(dialect: Dialect) -> None:
    """The bytes are no letters, and nobody looked; nor was any memory taken to look."""
    content = b"\xff" * (BYTES_MAX + 1)
    tracemalloc.start()
    with pytest.raises(FileFault) as caught:
        open_feed(content, dialect, file_name="stock", arrived_at=NOON)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (caught.value.cause, peak_bytes < MEBIBYTE) == (FileCause.TOO_LARGE, True)


def test_a_large_file_is_claimed_and_refused_without_being_held_in_memory(tmp_path: Path) -> None:
    """Its hash is taken piece by piece, so that a gibibyte takes no more than this."""
    inbox = Inbox(tmp_path, "acme", clock=lambda: Instant(NOON + 600))
    path = inbox.home / "inbox" / "stock.csv"
    with path.open("wb") as file:
        file.truncate(BYTES_MAX + 1)
    os.utime(path, (NOON, NOON))
    tracemalloc.start()
    claim = inbox.claim(path)
    assert claim is not None
    with pytest.raises(FileTooLarge) as caught:
        inbox.read(claim)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (caught.value.bytes_found, peak_bytes < MEBIBYTE) == (BYTES_MAX + 1, True)
