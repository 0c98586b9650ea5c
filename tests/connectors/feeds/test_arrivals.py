"""What our own servers took: there whole or not at all, at once, and every version of it."""

from pathlib import Path

import pytest

from connectors.errors import TryLater
from connectors.feeds.inbox import Inbox

from .dropping import STOCK, Clock, files_in


def arrive(inbox: Inbox, name: str = "stock.csv", content: bytes = STOCK) -> None:
    """Hand a file over, as a server does."""
    temporary = inbox.arrivals.arriving / ".1.part"
    temporary.write_bytes(content)
    inbox.arrivals.arrive(temporary, name)


def test_what_arrived_is_taken_at_once(inbox: Inbox) -> None:
    """It is whole: no time has to pass in which nobody writes to it."""
    arrive(inbox)

    (path,) = inbox.waiting()
    claim = inbox.claim(path)

    assert claim is not None
    assert (claim.name, inbox.read(claim)) == ("stock.csv", STOCK)


def test_a_claim_leaves_nothing_behind(inbox: Inbox) -> None:
    """Neither the file nor the folder that it arrived in."""
    arrive(inbox)
    (path,) = inbox.waiting()

    inbox.claim(path)

    assert not path.parent.exists()


def test_a_second_file_of_a_name_is_another_version(inbox: Inbox, clock: Clock) -> None:
    """Both are taken, the older first: a delta that was overwritten would be lost."""
    arrive(inbox, content=b"old")
    clock.now += 0.000_01
    arrive(inbox, content=b"new")

    claims = [inbox.claim(path) for path in inbox.waiting()]

    assert [inbox.read(each) for each in claims if each is not None] == [b"old", b"new"]


def test_what_is_being_written_does_not_wait(inbox: Inbox) -> None:
    """Nobody looks where uploads are written."""
    (inbox.arrivals.arriving / "stock.csv").write_bytes(STOCK)

    assert inbox.waiting() == ()


def test_a_claim_left_by_a_crash_is_put_back(inbox: Inbox, clock: Clock) -> None:
    """Into the inbox, where whatever was taken back is."""
    arrive(inbox)
    (path,) = inbox.waiting()
    inbox.claim(path)
    clock.now += 60.0

    (back,) = inbox.recover(60.0)

    assert back.read_bytes() == STOCK


def test_a_hand_over_that_fails_leaves_the_file_where_it_was(inbox: Inbox) -> None:
    """Whoever took it can try again."""
    temporary = inbox.arrivals.arriving / ".1.part"
    temporary.write_bytes(STOCK)

    with pytest.raises(TryLater):
        inbox.arrivals.arrive(temporary, "n" * 300)

    assert files_in(inbox.arrivals.arriving) == [temporary]


def test_a_waiting_file_is_renamed(inbox: Inbox) -> None:
    """As its sender asks."""
    arrive(inbox)
    (path,) = inbox.waiting()

    assert inbox.arrivals.rename(path, "other.csv")
    assert [each.name for each in inbox.waiting()] == ["other.csv"]


def test_a_file_that_was_claimed_is_not_renamed(inbox: Inbox) -> None:
    """It is not there any more."""
    arrive(inbox)
    (path,) = inbox.waiting()
    inbox.claim(path)

    assert not inbox.arrivals.rename(path, "other.csv")


def test_a_start_removes_what_a_killed_server_was_writing(inbox: Inbox) -> None:
    """What bears its mark, wherever it stopped; what others write stays."""
    arriving = inbox.arrivals.arriving
    (arriving / ".1.drop.part").write_bytes(STOCK)
    (arriving / ".2.drop.part.d").mkdir()
    (arriving / ".2.drop.part.d" / "stock.csv").write_bytes(STOCK)
    (arriving / ".3.pull.part").write_bytes(STOCK)

    inbox.arrivals.clear(".drop.part")

    assert [path.name for path in arriving.iterdir()] == [".3.pull.part"]


def test_strangers_in_the_folder_are_passed_over(inbox: Inbox, tmp_path: Path) -> None:
    """Links and folders of other names are none of ours."""
    arrived = inbox.home / "arrived"
    (arrived / "stock.csv").write_bytes(STOCK)
    parcel = arrived / f"{'0' * 18}-{'a' * 32}"
    parcel.mkdir()
    (parcel / "link.csv").symlink_to(tmp_path)

    assert inbox.waiting() == ()
