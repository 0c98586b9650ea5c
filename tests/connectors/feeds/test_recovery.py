"""After a crash at any point every file is somewhere, once, and none has overwritten another."""

import pytest

from connectors.feeds.errors import ClaimLost
from connectors.feeds.inbox import Inbox

from .dropping import NOW, STOCK, Clock, claimed, drop, files_in, run_together


def test_a_claim_left_by_a_crash_is_put_back(inbox: Inbox, clock: Clock) -> None:
    """Under its own name and with its own time, once the claim is old."""
    path = drop(inbox, "stock.csv")
    inbox.claim(path)

    clock.now += 59.0
    assert inbox.recover(60.0) == ()
    clock.now += 1.0
    assert inbox.recover(60.0) == (path,)

    again = inbox.claim(path)
    assert again is not None
    assert again.arrived_at == NOW - 60.0
    assert len(list((inbox.home / "claimed").iterdir())) == 1


def test_a_slow_worker_loses_a_recovered_claim(inbox: Inbox, clock: Clock) -> None:
    """Whoever comes back after the claim was recovered cannot move the file."""
    claim = claimed(inbox)
    clock.now += 60.0
    (path,) = inbox.recover(60.0)

    with pytest.raises(ClaimLost):
        inbox.archive(claim)
    assert path.read_bytes() == STOCK


def test_recovery_does_not_overwrite_a_newer_file(inbox: Inbox, clock: Clock) -> None:
    """The old file stays claimed until the newer one of its name is taken."""
    path = drop(inbox, "stock.csv", b"old")
    inbox.claim(path)
    drop(inbox, "stock.csv", b"new")
    clock.now += 60.0

    assert inbox.recover(60.0) == ()
    newer = inbox.claim(path)
    assert newer is not None
    assert inbox.read(newer) == b"new"
    assert inbox.recover(60.0) == (path,)
    assert path.read_bytes() == b"old"


def test_a_release_does_not_overwrite_a_newer_file(inbox: Inbox) -> None:
    """It says so, and recovery does it later."""
    claim = claimed(inbox, content=b"old")
    path = drop(inbox, "stock.csv", b"new")

    assert inbox.release(claim) is False
    assert path.read_bytes() == b"new"
    path.unlink()
    assert inbox.recover(0.0) == (path,)


def test_a_recovery_cut_short_is_finished(inbox: Inbox, clock: Clock) -> None:
    """A crash between the two halves of a move leaves one file under two names."""
    claim = claimed(inbox)
    path = inbox.home / "inbox" / "stock.csv"
    path.hardlink_to(claim.path)
    assert inbox.waiting() == ()
    clock.now += 60.0

    assert inbox.recover(60.0) == (path,)

    assert inbox.waiting() == (path,)
    assert files_in(inbox.home / "claimed") == []


def test_a_claim_cut_short_is_cleared(inbox: Inbox, clock: Clock) -> None:
    """A crash before the file was moved leaves an empty folder."""
    (inbox.home / "claimed" / f"{int(NOW * 1000):015d}-{'0' * 32}").mkdir()
    clock.now += 60.0

    assert inbox.recover(60.0) == ()
    assert list((inbox.home / "claimed").iterdir()) == []


def test_what_is_no_claim_is_left_alone(inbox: Inbox, clock: Clock) -> None:
    """Strange things among the claims do not stop the recovery of others."""
    stray = inbox.home / "claimed" / f"{int(NOW * 1000):015d}-{'0' * 32}" / "folder"
    stray.mkdir(parents=True)
    (inbox.home / "claimed" / "notes.txt").write_text("mine")
    inbox.claim(path := drop(inbox, "stock.csv"))
    clock.now += 60.0

    assert inbox.recover(60.0) == (path,)
    assert inbox.recover(60.0) == ()
    assert (inbox.home / "claimed" / "notes.txt").exists()


def test_claims_and_recoveries_at_once_lose_nothing(inbox: Inbox) -> None:
    """Claimers that all crash and recoverers that never wait: every file is somewhere, once."""
    paths = [drop(inbox, f"stock-{number}.csv", f"{number}".encode()) for number in range(20)]

    def take() -> None:
        for path in paths * 30:
            inbox.claim(path)

    def put_back() -> None:
        for _ in range(100):
            inbox.recover(0.0)

    run_together([take, put_back] * 3)
    inbox.recover(0.0)

    assert {path.name: path.read_bytes() for path in inbox.waiting()} == {
        f"stock-{number}.csv": f"{number}".encode() for number in range(20)
    }
    assert files_in(inbox.home / "claimed") == []
