"""From a partner's server to the stock in force: each content once, and no trouble unseen."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from connectors.pull.errors import FileChanging, SourceAway
from connectors.pull.folder import FolderSource
from connectors.pull.source import Fetched, Mark, RemoteFile, Source
from connectors.store import pulled_files, trail
from connectors.store.engine import reading
from connectors.store.pull_tables import PULLED_FILES
from connectors.store.tables import WORK
from reconciliation.quantities import Instant
from tests.support.shopfront import Shopfront
from worker.dispatch import work_off
from worker.queues import FEED, PULL
from worker.reports.status import status
from worker.steps.pull_files import FILES_AT_ONCE_MAX

from .feed_rig import count_of_deliveries, in_force, last
from .pull_rig import EVERY_S, fetched_from, last_error, lay, outgoing, pulling, stock


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """A feed that is fetched; nothing lies there yet."""
    with pulling(tmp_path) as front:
        yield front


class Counting:
    """A source that counts what is fetched from it, and may have something done before."""

    def __init__(self, source: Source) -> None:
        """Keep the source."""
        self._source = source
        self.fetches = 0
        self.unconditional = 0
        self.trouble: Exception | None = None
        self.troubled = ""

    def listing(self) -> tuple[RemoteFile, ...]:
        """List, unless there is trouble with all of it."""
        if self.trouble is not None and not self.troubled:
            raise self.trouble
        return self._source.listing()

    def fetch(self, file: RemoteFile, into: IO[bytes], *, known: Mark) -> Fetched | None:
        """Fetch, unless there is trouble with this file."""
        self.fetches += 1
        if self.trouble is not None and file.name == self.troubled:
            into.write(b"half of it")
            raise self.trouble
        return self._source.fetch(file, into, known=known)


def counting(front: Shopfront, folder: Path) -> Counting:
    """Count what is fetched from the partner's folder."""
    source = Counting(FolderSource(outgoing(folder), bytes_max=1_000_000))
    fetched_from(front, source)
    return source


def look(front: Shopfront) -> None:
    """Let the time of one more look pass, and what follows from it."""
    wait(front, EVERY_S)


def wait(front: Shopfront, seconds: float) -> None:
    """Let time pass at once, and then have done what is due."""
    front.pass_time(seconds)
    front.work(0.3)


def test_a_file_that_is_laid_out_comes_into_force(front: Shopfront, tmp_path: Path) -> None:
    """Nobody drops anything."""
    lay(front, tmp_path, stock(front, 17))
    look(front)

    assert in_force(front) == 17


def test_fetching_leaves_nothing_behind_and_takes_nothing_away(
    front: Shopfront, tmp_path: Path
) -> None:
    """The partner's file is the partner's."""
    lay(front, tmp_path, stock(front, 17))
    look(front)

    assert list(front.services.inboxes["east"].arrivals.arriving.iterdir()) == []
    assert [each.name for each in outgoing(tmp_path).iterdir()] == ["stock.csv"]


def test_a_file_that_was_not_changed_is_not_fetched_again(
    front: Shopfront, tmp_path: Path
) -> None:
    """By what the listing shows of it."""
    source = counting(front, tmp_path)
    lay(front, tmp_path, stock(front, 17))
    look(front)
    look(front)

    assert source.fetches == 1


def test_a_changed_file_of_the_same_name_is_taken(front: Shopfront, tmp_path: Path) -> None:
    """Most partners write over their file."""
    lay(front, tmp_path, stock(front, 17))
    look(front)
    lay(front, tmp_path, stock(front, 12))
    look(front)

    assert in_force(front) == 12


def test_the_same_content_under_another_name_is_not_taken(
    front: Shopfront, tmp_path: Path
) -> None:
    """It is fetched to be known, once, and goes nowhere."""
    source, text = counting(front, tmp_path), stock(front, 17)
    lay(front, tmp_path, text)
    look(front)
    lay(front, tmp_path, text, "copy.csv")
    look(front)
    look(front)

    assert (source.fetches, count_of_deliveries(front)) == (2, 1)


def test_the_same_content_with_another_time_is_not_taken(front: Shopfront, tmp_path: Path) -> None:
    """Whoever writes the same again has said nothing new; from then on its new mark is known."""
    source, text = counting(front, tmp_path), stock(front, 17)
    lay(front, tmp_path, text)
    look(front)
    lay(front, tmp_path, text)
    look(front)
    look(front)

    assert (source.fetches, count_of_deliveries(front)) == (2, 1)


def test_a_file_that_went_back_is_for_the_gate_to_judge(front: Shopfront, tmp_path: Path) -> None:
    """It replaces other content under its own name: that is a new word."""
    first = stock(front, 17)
    lay(front, tmp_path, first)
    look(front)
    lay(front, tmp_path, stock(front, 12))
    look(front)
    lay(front, tmp_path, first)
    look(front)

    assert count_of_deliveries(front) == 3


def test_a_fetched_file_is_as_old_as_the_partner_says(front: Shopfront, tmp_path: Path) -> None:
    """What lay there for a day did not arrive now."""
    lay(front, tmp_path, stock(front, 17))
    written_at = front.now
    front.pass_time(86_400.0)
    look(front)

    assert last(front).delivery.arrived_at == written_at


@pytest.mark.parametrize("name", [".hidden.csv", "stock.csv.part", "stock.csv.filepart", "a.tmp"])
def test_what_is_still_being_sent_is_passed_over(
    front: Shopfront, tmp_path: Path, name: str
) -> None:
    """By the names that clients give it."""
    source = counting(front, tmp_path)
    lay(front, tmp_path, stock(front, 17), name)
    look(front)

    assert source.fetches == 0


def test_only_the_names_that_are_asked_for_are_fetched(tmp_path: Path) -> None:
    """Other files may lie beside them."""
    with pulling(tmp_path, names="east*.csv") as front:
        lay(front, tmp_path, stock(front, 3), "west.csv")
        lay(front, tmp_path, stock(front, 17), "east.csv")
        look(front)

        assert (in_force(front), count_of_deliveries(front)) == (17, 1)


def test_a_file_is_left_until_it_has_settled(front: Shopfront, tmp_path: Path) -> None:
    """Whoever pauses in the middle of writing has not finished."""
    east = front.services.settings.feeds["east"].model_copy(update={"settle_s": 60.0})
    front.services.settings.feeds["east"] = east
    source = counting(front, tmp_path)
    lay(front, tmp_path, stock(front, 17))
    look(front)
    early = source.fetches
    wait(front, 60.0)

    assert (early, source.fetches) == (0, 1)


def test_a_hostile_name_stays_in_its_folder(front: Shopfront, tmp_path: Path) -> None:
    """A server may list what it likes."""

    class Hostile(Counting):
        """Lists a name that leads elsewhere."""

        def listing(self) -> tuple[RemoteFile, ...]:
            """List it."""
            return (RemoteFile(name="x/../../../stolen.csv", mark=Mark(modified="1")),)

        def fetch(self, file: RemoteFile, into: IO[bytes], *, known: Mark) -> Fetched | None:
            """Give it the content of the good file."""
            (good,) = FolderSource(outgoing(tmp_path), bytes_max=1_000).listing()
            assert file.name != good.name
            return super().fetch(good, into, known=known)

    fetched_from(front, Hostile(FolderSource(outgoing(tmp_path), bytes_max=1_000)))
    lay(front, tmp_path, stock(front, 17))
    look(front)

    assert in_force(front) == 17
    assert not list(tmp_path.glob("*stolen*"))


def test_a_source_that_is_away_is_told_in_status(front: Shopfront, tmp_path: Path) -> None:
    """With its cause, until it answers again."""
    source = counting(front, tmp_path)
    source.trouble = SourceAway("sftp://partner:22: ConnectionRefusedError")
    look(front)
    told = [each.errors for each in status(front.services).work if each.queue == PULL]
    source.trouble = None
    wait(front, 400.0)

    assert told == [("east: sftp://partner:22: ConnectionRefusedError",)]
    assert last_error(front) == ""


def test_a_source_that_is_away_is_left_alone_for_a_while(front: Shopfront, tmp_path: Path) -> None:
    """A partner that is down is not helped by being called."""
    source = counting(front, tmp_path)
    source.trouble = SourceAway("away")
    front.work_off_due()
    with reading(front.services.engine) as connection:
        due = connection.execute(
            WORK.select().where(WORK.c.queue == PULL, WORK.c.key == "east")
        ).one()

    assert due.due_at - front.now >= 30.0


def test_a_file_in_trouble_does_not_keep_the_others(front: Shopfront, tmp_path: Path) -> None:
    """And its trouble is told all the same; nothing of its half is left."""
    source = counting(front, tmp_path)
    source.trouble, source.troubled = FileChanging("a.csv was written to"), "a.csv"
    lay(front, tmp_path, stock(front, 3), "a.csv")
    lay(front, tmp_path, stock(front, 17), "b.csv")
    look(front)

    assert in_force(front) == 17
    assert "a.csv was written to" in last_error(front)
    assert list(front.services.inboxes["east"].arrivals.arriving.iterdir()) == []


def test_refused_files_do_not_keep_a_good_one_for_ever(tmp_path: Path) -> None:
    """The oldest come first, and a hundred files too large would be all of every round."""
    with pulling(tmp_path) as front:
        fetched_from(front, FolderSource(outgoing(tmp_path), bytes_max=200))
        for number in range(FILES_AT_ONCE_MAX + 1):
            lay(front, tmp_path, "x" * 201, f"{number}.csv")
        front.pass_time(60.0)
        lay(front, tmp_path, stock(front, 17), "good.csv")
        look(front)

        assert in_force(front) == 17
        assert "more than 200 bytes" in last_error(front)


def troubles(front: Shopfront) -> list[str]:
    """Return what the trail tells of failed fetching."""
    with reading(front.services.engine) as connection:
        told = trail.events_of(connection, ["east"], "pull_failed", since=Instant(0.0))
    return [each.detail["reason"] for each in told]


def test_the_trail_tells_of_trouble_once_a_day_and_cause(front: Shopfront, tmp_path: Path) -> None:
    """Whoever asks later why no file came finds it, and nothing is drowned by it."""
    source = counting(front, tmp_path)
    source.trouble = SourceAway("away")
    for wait_s in (EVERY_S, 400.0, 400.0):
        wait(front, wait_s)
    source.trouble = SourceAway("gone")
    wait(front, 400.0)
    source.trouble = SourceAway("away")
    wait(front, 90_000.0)

    assert troubles(front) == ["away", "gone", "away"]


def test_the_trail_tells_of_one_file_in_trouble(front: Shopfront, tmp_path: Path) -> None:
    """The others were taken, so that nothing else tells."""
    source = counting(front, tmp_path)
    source.trouble, source.troubled = FileChanging("a.csv was written to"), "a.csv"
    lay(front, tmp_path, stock(front, 3), "a.csv")
    look(front)

    assert troubles(front) == ["a.csv was written to"]


def test_what_was_fetched_long_ago_is_forgotten(front: Shopfront, tmp_path: Path) -> None:
    """But for what lies there still: it must not be fetched again for having lain long."""
    for name in ("stays.csv", "goes.csv"):
        lay(front, tmp_path, stock(front, len(name)), name)
        look(front)
    (outgoing(tmp_path) / "goes.csv").unlink()
    source = counting(front, tmp_path)
    wait(front, 100 * 86_400.0)
    with reading(front.services.engine) as connection:
        kept = set(pulled_files.newest_of_names(connection, "east"))

    assert (kept, source.fetches) == ({"stays.csv"}, 0)


def test_what_a_name_held_long_ago_is_forgotten(front: Shopfront, tmp_path: Path) -> None:
    """A file that is written over each hour would leave a row for each."""
    for units in (17, 12):
        lay(front, tmp_path, stock(front, units))
        look(front)
    wait(front, 100 * 86_400.0)
    with reading(front.services.engine) as connection:
        rows = connection.execute(PULLED_FILES.select()).all()

    assert len(rows) == 1


def test_a_file_keeps_the_name_that_the_partner_gave_it(front: Shopfront, tmp_path: Path) -> None:
    """As in the drop: its moment may be told by it, and its receipt is found by it."""
    lay(front, tmp_path, stock(front, 17), "Bestand Köln 24.csv")
    look(front)

    assert last(front).delivery.file_name == "Bestand Köln 24.csv"


def test_a_file_that_changed_is_taken_when_it_is_whole(front: Shopfront, tmp_path: Path) -> None:
    """It was not noted as taken."""
    source = counting(front, tmp_path)
    source.trouble, source.troubled = FileChanging("a.csv was written to"), "a.csv"
    lay(front, tmp_path, stock(front, 17), "a.csv")
    look(front)
    source.trouble = None
    wait(front, 400.0)

    assert in_force(front) == 17


def test_a_death_before_the_note_costs_a_repeat_and_no_file(
    front: Shopfront, tmp_path: Path
) -> None:
    """The file arrives first; the second time the gate knows its content."""
    text = stock(front, 17)
    arrivals = front.services.inboxes["east"].arrivals
    half = arrivals.arriving / "before-the-end"
    half.write_text(text, encoding="utf-8")
    os.utime(half, (front.now, front.now))
    arrivals.arrive(half, "stock.csv")
    lay(front, tmp_path, text)
    look(front)

    assert (in_force(front), last(front).delivery.sha256 != "") == (17, True)


def test_a_feed_that_is_no_longer_fetched_ends_quietly(front: Shopfront) -> None:
    """Its row of work may still be there."""
    front.services.sources.clear()

    assert work_off(front.services, PULL, "east")
    assert work_off(front.services, PULL, "east") is False


def test_a_new_file_is_rung_for_at_once(front: Shopfront, tmp_path: Path) -> None:
    """The feed's row is due now, and not at the next scan."""
    front.work(1.0)
    lay(front, tmp_path, stock(front, 17))
    front.now += EVERY_S
    work_off(front.services, PULL, "east")
    with reading(front.services.engine) as connection:
        row = connection.execute(
            WORK.select().where(WORK.c.queue == FEED, WORK.c.key == "east")
        ).one()

    assert row.due_at <= front.now
