"""A dropped file is taken once, whole, by one process, and is never lost or overwritten."""

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.errors import ConnectorError
from connectors.feeds.errors import (
    ClaimLost,
    FileChanged,
    FileTooLarge,
    FoldersUnavailable,
    NotInInbox,
)
from connectors.feeds.inbox import Claim, Inbox

from .dropping import NOW, STOCK, Clock, claimed, drop, files_in, run_together


# --- what waits ------------------------------------------------------------------------------


def test_files_wait_in_the_order_they_came(inbox: Inbox) -> None:
    """The longest waiting comes first, whatever it is called."""
    drop(inbox, "a.csv", age_s=10)
    drop(inbox, "b.csv", age_s=30)
    drop(inbox, "c.csv", age_s=20)

    assert [path.name for path in inbox.waiting()] == ["b.csv", "c.csv", "a.csv"]


@pytest.mark.parametrize("age_s", [0.0, 4.9])
def test_a_file_still_written_to_does_not_wait(inbox: Inbox, clock: Clock, age_s: float) -> None:
    """It waits, and can be claimed, once nobody has written to it for a while."""
    path = drop(inbox, "stock.csv", age_s=age_s)

    assert inbox.waiting() == ()
    assert inbox.claim(path) is None
    clock.now += 5.0
    assert inbox.waiting() == (path,)


def test_a_time_of_modification_ahead_does_not_hold_a_file_for_ever(
    inbox: Inbox, clock: Clock
) -> None:
    """Then the kernel's own time of change tells whether it has settled."""
    path = drop(inbox, "stock.csv", age_s=-1e9)
    changed_at = path.stat().st_ctime

    clock.now = changed_at + 1.0
    assert inbox.waiting() == ()
    clock.now = changed_at + 6.0
    claim = inbox.claim(path)
    assert claim is not None
    assert claim.arrived_at == clock.now


@pytest.mark.parametrize(
    "name", [".stock.csv", "stock.csv.part", "stock.csv.PART", "stock.tmp", "s.csv.filepart", "."]
)
def test_unfinished_and_hidden_names_do_not_wait(inbox: Inbox, name: str) -> None:
    """Upload clients use such names until a file is whole."""
    if name != ".":
        drop(inbox, name)

    assert inbox.waiting() == ()
    with pytest.raises(NotInInbox):
        inbox.claim(inbox.home / "inbox" / name)


def test_only_plain_files_wait(inbox: Inbox, tmp_path: Path) -> None:
    """Folders, links of both kinds and pipes are passed over, and cannot be claimed."""
    secret = tmp_path / "secret.csv"
    secret.write_bytes(STOCK)
    os.utime(secret, (NOW - 60, NOW - 60))
    folder = inbox.home / "inbox"
    (folder / "folder.csv").mkdir()
    (folder / "soft.csv").symlink_to(secret)
    (folder / "hard.csv").hardlink_to(secret)
    os.mkfifo(folder / "pipe.csv")

    assert inbox.waiting() == ()
    assert [inbox.claim(path) for path in sorted(folder.iterdir())] == [None] * 4
    assert secret.read_bytes() == STOCK


# --- claiming --------------------------------------------------------------------------------


def test_a_claim_tells_of_the_file(inbox: Inbox) -> None:
    """Name, size, hash, and when it was last written to."""
    claim = claimed(inbox)

    assert claim.name == "stock.csv"
    assert claim.bytes_found == len(STOCK)
    assert claim.sha256 == hashlib.sha256(STOCK).hexdigest()
    assert claim.arrived_at == NOW - 60.0
    assert inbox.read(claim) == STOCK
    assert inbox.waiting() == ()


def test_a_file_that_is_gone_cannot_be_claimed(inbox: Inbox) -> None:
    """Whoever comes second gets nothing, and no error."""
    path = drop(inbox, "stock.csv")

    assert inbox.claim(path) is not None
    assert inbox.claim(path) is None


def test_of_many_claimers_exactly_one_wins(inbox: Inbox) -> None:
    """Each of fifty files goes to one of eight claimers, and no file is lost."""
    paths = [drop(inbox, f"stock-{number}.csv", f"{number}".encode()) for number in range(50)]
    start = threading.Barrier(8)
    won: list[Claim] = []

    def take_all() -> None:
        start.wait()
        won.extend(claim for path in paths if (claim := inbox.claim(path)) is not None)

    run_together([take_all] * 8)

    assert sorted(claim.name for claim in won) == sorted(path.name for path in paths)
    assert sorted(inbox.read(claim) for claim in won) == sorted(
        f"{number}".encode() for number in range(50)
    )
    assert len(list((inbox.home / "claimed").iterdir())) == 50


def test_a_path_from_elsewhere_cannot_be_claimed(inbox: Inbox, tmp_path: Path) -> None:
    """Neither beside the inbox, nor below it, nor by way of it."""
    outside = tmp_path / "stock.csv"
    outside.write_bytes(STOCK)
    folder = inbox.home / "inbox"

    for path in (outside, folder / ".." / "stock.csv", folder / "..", folder / "a" / "stock.csv"):
        with pytest.raises(NotInInbox):
            inbox.claim(path)
    assert outside.read_bytes() == STOCK


def test_a_large_file_is_never_read(tmp_path: Path, clock: Clock) -> None:
    """Over the cap it can only be moved."""
    inbox = Inbox(tmp_path, "acme", clock=clock, bytes_max=len(STOCK) - 1)
    claim = claimed(inbox)

    with pytest.raises(FileTooLarge) as caught:
        inbox.read(claim)
    assert caught.value.bytes_found == len(STOCK)
    assert inbox.reject(claim).read_bytes() == STOCK


@pytest.mark.parametrize("change", [b"MUG,1\n", b""])
def test_a_file_written_to_after_the_claim_is_not_believed(inbox: Inbox, change: bytes) -> None:
    """An upload that goes on through an open handle follows the file into the claim."""
    path = drop(inbox, "stock.csv")
    with path.open("r+b") as upload:
        claim = inbox.claim(path)
        assert claim is not None
        upload.seek(0, os.SEEK_END if change else os.SEEK_SET)
        upload.write(change)
        upload.truncate()

    with pytest.raises(FileChanged):
        inbox.read(claim)
    assert inbox.release(claim)
    assert path.exists()


# --- finishing -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "store"),
    [
        ("archive", Inbox.archive),
        ("quarantine", Inbox.quarantine),
        ("rejected", Inbox.reject),
    ],
)
def test_a_finished_file_is_stored_under_its_hash(
    inbox: Inbox, folder: str, store: Callable[[Inbox, Claim], Path]
) -> None:
    """Wherever it goes, it is found by its content, and nothing stays claimed."""
    claim = claimed(inbox)

    stored = store(inbox, claim)

    assert stored == inbox.home / folder / claim.sha256[:2] / f"{claim.sha256}-stock.csv"
    assert stored.read_bytes() == STOCK
    assert list((inbox.home / "claimed").iterdir()) == []


def test_the_same_file_twice_is_stored_once(inbox: Inbox) -> None:
    """Same name and content is the same record."""
    first = inbox.archive(claimed(inbox))

    assert inbox.archive(claimed(inbox)) == first
    assert files_in(inbox.home / "archive") == [first]


def test_a_finished_claim_is_finished(inbox: Inbox) -> None:
    """It cannot be read, moved or released again."""
    claim = claimed(inbox)
    inbox.archive(claim)

    for again in (inbox.read, inbox.archive, inbox.quarantine, inbox.reject, inbox.release):
        with pytest.raises(ClaimLost):
            again(claim)


def test_a_claim_belongs_to_its_inbox(inbox: Inbox, tmp_path: Path, clock: Clock) -> None:
    """Another feed's inbox cannot move it."""
    other = Inbox(tmp_path / "feeds", "other", clock=clock)

    with pytest.raises(NotInInbox):
        other.archive(claimed(inbox))


def test_a_disk_that_fails_is_told_apart_from_a_lost_claim(inbox: Inbox) -> None:
    """A folder in the way of the archive leaves the claim as it was."""
    claim = claimed(inbox)
    (inbox.home / "archive").rmdir()
    (inbox.home / "archive").write_text("in the way")

    with pytest.raises(FoldersUnavailable) as caught:
        inbox.archive(claim)

    assert caught.value.retry_after_s > 0
    assert inbox.read(claim) == STOCK


def test_folders_that_cannot_be_made_are_reported(tmp_path: Path, clock: Clock) -> None:
    """A root that is a file cannot hold feeds."""
    (tmp_path / "feeds").write_text("in the way")

    with pytest.raises(FoldersUnavailable):
        Inbox(tmp_path / "feeds", "acme", clock=clock)


def test_an_inbox_that_was_removed_is_reported(inbox: Inbox) -> None:
    """No folder is not the same as nothing waiting."""
    (inbox.home / "inbox").rmdir()

    with pytest.raises(ConnectorError):
        inbox.waiting()


@pytest.mark.parametrize("feed", ["", ".", "..", "a/b", "a b", "-rf", ".hidden", "a" * 300, "é"])
def test_a_feed_has_a_plain_name(tmp_path: Path, clock: Clock, feed: str) -> None:
    """A feed's name is a folder's name."""
    with pytest.raises(ValueError, match="name"):
        Inbox(tmp_path, feed, clock=clock)


@pytest.mark.parametrize("wrong", [{"settle_s": -1.0}, {"bytes_max": 0}])
def test_an_inbox_with_impossible_limits_is_never_made(
    tmp_path: Path, clock: Clock, wrong: dict[str, float]
) -> None:
    """No negative waits, and no cap that refuses everything."""
    with pytest.raises(ValueError, match="must"):
        Inbox(tmp_path, "acme", clock=clock, **wrong)  # type: ignore[arg-type]  # on purpose
