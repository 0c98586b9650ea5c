"""Files that were judged: found by their content, moved whole, forgotten only when they may be."""

import hashlib
import os
from pathlib import Path

import pytest

from connectors.feeds import stored_files
from connectors.feeds.errors import FileGone
from connectors.feeds.inbox import Inbox
from connectors.feeds.stored_files import Shelf
from reconciliation.quantities import Instant

from .dropping import STOCK, claimed, files_in


SHA = hashlib.sha256(STOCK).hexdigest()
FAR = Instant(4_000_000_000.0)
"""Beyond the time of any file that a test writes, whatever the real clock says."""


def held(inbox: Inbox, name: str = "stock.csv") -> Path:
    """Put a file into quarantine."""
    return inbox.quarantine(claimed(inbox, name))


def test_a_kept_file_is_found_by_its_content(inbox: Inbox) -> None:
    """By name among several of one content, else whichever there is."""
    first, other = held(inbox, "a.csv"), held(inbox, "b.csv")

    assert stored_files.find(inbox.home, Shelf.QUARANTINE, SHA, "b.csv") == other
    assert stored_files.find(inbox.home, Shelf.QUARANTINE, SHA, "c.csv") == first


def test_what_is_not_kept_is_told(inbox: Inbox) -> None:
    """Without a path of this machine."""
    with pytest.raises(FileGone, match=r"^stock.csv is no longer in quarantine$"):
        stored_files.find(inbox.home, Shelf.QUARANTINE, SHA, "stock.csv")


def test_a_link_is_no_kept_file(inbox: Inbox, tmp_path: Path) -> None:
    """What lies outside is never read in a kept file's place."""
    outside = tmp_path / "outside.csv"
    outside.write_bytes(STOCK)
    path = held(inbox)
    path.unlink()
    path.symlink_to(outside)

    with pytest.raises(FileGone):
        stored_files.find(inbox.home, Shelf.QUARANTINE, SHA, "stock.csv")


def test_a_changed_file_is_not_read(inbox: Inbox) -> None:
    """What is put in force is what was judged."""
    path = held(inbox)
    assert stored_files.content(path, SHA) == STOCK
    path.write_bytes(b"sku,qty\nTEE,500\n")

    with pytest.raises(FileGone, match="not what was judged"):
        stored_files.content(path, SHA)


def test_a_decided_file_moves_whole(inbox: Inbox) -> None:
    """It is on the other shelf and nowhere else."""
    moved = stored_files.move(inbox.home, held(inbox), Shelf.ARCHIVE)

    assert moved.read_bytes() == STOCK
    assert files_in(inbox.home) == [moved]
    assert moved.is_relative_to(inbox.home / "archive")


@pytest.mark.parametrize("shelf", Shelf)
def test_old_files_are_forgotten_on_every_shelf(inbox: Inbox, shelf: Shelf) -> None:
    """Those that are needed stay, however old; so do those that are young enough."""
    stored_files.move(inbox.home, held(inbox), shelf)

    assert stored_files.forget(inbox.home, before=FAR, kept={SHA}) == 0
    assert stored_files.forget(inbox.home, before=Instant(1.0), kept=()) == 0
    assert stored_files.forget(inbox.home, before=FAR, kept=()) == 1
    assert files_in(inbox.home) == []


def test_a_partner_cannot_date_a_file_to_be_forgotten(inbox: Inbox) -> None:
    """A file of last year that came today is kept from today on."""
    path = stored_files.move(inbox.home, held(inbox), Shelf.ARCHIVE)
    os.utime(path, (0, 0))

    assert stored_files.forget(inbox.home, before=Instant(1_000_000_000.0), kept=()) == 0


def test_old_receipts_are_forgotten(inbox: Inbox) -> None:
    """And what waits in the inbox is never touched."""
    (inbox.outbox / "stock.csv.receipt.json").write_text("{}")
    (inbox.home / "inbox" / "new.csv").write_bytes(STOCK)

    assert stored_files.forget(inbox.home, before=FAR, kept=()) == 1
    assert [path.name for path in files_in(inbox.home)] == ["new.csv"]
