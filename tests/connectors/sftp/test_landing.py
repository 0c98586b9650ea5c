"""What a landing place keeps, and for how long."""

from pathlib import Path

import pytest
from asyncssh import SFTPNoSuchFile, SFTPPermissionDenied, SFTPQuotaExceeded

from connectors.feeds.arrivals import Arrivals
from connectors.sftp.landing import Landing, LandingLimits
from connectors.sftp.pieces import Pieces
from connectors.sftp.slots import Slot
from reconciliation.quantities import Instant

from .drop_rig import STOCK, now


class Place:
    """One partner's landing place, on a clock that may be moved on."""

    def __init__(self, folder: Path, **names: str) -> None:
        self.later_s = 0.0
        self.folder = folder
        self.landed: list[str] = []
        self.landing = Landing(
            [self._slot(feed, pattern) for feed, pattern in names.items()],
            limits=LandingLimits(files_max=10, bytes_max=1_000),
            clock=self.now,
            landed=self.landed.append,
        )

    def now(self) -> Instant:
        """Return the real time, and what a test has added."""
        return Instant(now() + self.later_s)

    def arrivals(self, feed: str) -> Arrivals:
        """Return the arrivals of a feed."""
        return Arrivals(self.folder / feed, clock=self.now)

    def send(self, name: str) -> None:
        """Send a file whole."""
        upload = self.landing.open(name, exclusive=False)
        upload.write(0, STOCK)
        self.landing.finish(upload)

    def _slot(self, feed: str, pattern: str) -> Slot:
        return Slot(
            feed=feed,
            file_names=pattern,
            bytes_max=1_000,
            arrivals=self.arrivals(feed),
            outbox=self.folder / feed / "outbox",
        )


def test_what_is_on_the_way_is_given_up_together(tmp_path: Path) -> None:
    """When the server ends and nobody is left who could close it."""
    place = Place(tmp_path, east="*")
    place.landing.open("a.csv", exclusive=False)

    place.landing.abandon_all()

    assert list(place.arrivals("east").arriving.iterdir()) == []


def test_what_was_closed_counts_for_what_was_opened_before(tmp_path: Path) -> None:
    """Else whoever opens all files first could fill the disk."""
    place = Place(tmp_path, east="*")
    first, second = (place.landing.open(name, exclusive=False) for name in ("a.csv", "b.csv"))
    first.write(0, b"x" * 900)
    place.landing.finish(first)

    with pytest.raises(SFTPQuotaExceeded):
        place.landing.require_room(second, 900)
    place.landing.abandon_all()


def test_an_unfinished_name_is_kept_for_a_day(tmp_path: Path) -> None:
    """Then nobody will rename it any more."""
    place = Place(tmp_path, east="*")
    place.send("a.csv.tmp")
    place.later_s = 25 * 3_600.0

    assert place.landing.listed() == ()
    assert list(place.arrivals("east").arriving.iterdir()) == []


def test_what_was_taken_is_remembered_for_minutes(tmp_path: Path) -> None:
    """Clients look back within seconds."""
    place = Place(tmp_path, east="*")
    place.send("a.csv")
    place.arrivals("east").waiting()[0].unlink()

    assert place.landing.find("a.csv") is not None
    place.later_s = 300.0
    assert place.landing.find("a.csv") is None


def test_the_last_name_decides_the_feed(tmp_path: Path) -> None:
    """However the file was called while it was sent."""
    place = Place(tmp_path, west="west*.csv", east="east*.csv")
    place.send("upload.tmp")

    place.landing.rename("upload.tmp", "east-1.csv")

    assert [path.name for path in place.arrivals("east").waiting()] == ["east-1.csv"]
    assert place.landed == ["east"]


def test_a_last_name_that_no_feed_takes_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """Its sender may try another name."""
    place = Place(tmp_path, west="west*.csv")
    place.send("upload.tmp")

    with pytest.raises(SFTPPermissionDenied, match=r"names taken: west\*\.csv"):
        place.landing.rename("upload.tmp", "north.csv")
    place.landing.rename("upload.tmp", "west.csv")

    assert [path.name for path in place.arrivals("west").waiting()] == ["west.csv"]


def test_a_whole_file_does_not_change_its_feed(tmp_path: Path) -> None:
    """The first may have taken it."""
    place = Place(tmp_path, west="west*.csv", east="east*.csv")
    place.send("west.csv")

    with pytest.raises(SFTPPermissionDenied, match="send another file"):
        place.landing.rename("west.csv", "east.csv")


def test_a_whole_file_does_not_become_unfinished(tmp_path: Path) -> None:
    """Its feed may have taken it."""
    place = Place(tmp_path, east="*")
    place.send("a.csv")

    with pytest.raises(SFTPPermissionDenied, match="send another file"):
        place.landing.rename("a.csv", "a.csv.tmp")


def test_what_is_not_there_is_not_renamed(tmp_path: Path) -> None:
    """And no name comes to be by it."""
    place = Place(tmp_path, east="*")

    with pytest.raises(SFTPNoSuchFile):
        place.landing.rename("a.csv", "b.csv")
    assert place.landing.listed() == ()


def test_a_name_that_is_sent_again_before_its_rename_is_one_file(tmp_path: Path) -> None:
    """The second takes the place of the first, whose bytes are gone."""
    place = Place(tmp_path, east="*")
    place.send("a.csv.tmp")
    place.send("a.csv.tmp")

    assert len(place.landing.listed()) == 1
    assert len(list(place.arrivals("east").arriving.iterdir())) == 1


@pytest.mark.parametrize(
    ("pieces", "is_whole"),
    [
        ([], True),
        ([(0, 0)], True),
        ([(0, 5), (5, 9)], True),
        ([(5, 9), (0, 5)], True),
        ([(0, 5), (3, 9)], True),
        ([(6, 9), (0, 3), (2, 7)], True),
        ([(0, 5), (6, 9)], False),
        ([(1, 9)], False),
    ],
)
def test_a_file_is_whole_where_its_pieces_meet(
    pieces: list[tuple[int, int]], *, is_whole: bool
) -> None:
    """In whatever order they came, overlapping or not."""
    sent = Pieces()
    for start, end in pieces:
        sent.add(start, end)

    assert sent.is_whole is is_whole
