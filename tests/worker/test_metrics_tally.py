"""Counting in memory and bringing it into the record: nothing raised, nothing lost."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from connectors.store import tallies
from connectors.store.engine import open_engine, reading, writing
from connectors.store.schema import migrate
from connectors.store.tallies import TallyKey
from worker.metrics.flusher import Flusher
from worker.metrics.tally import SERIES_MAX, Miscounted, Tally


SHOP = {"shop": "alpha"}
BREACHES = ("bound_breaches", '{"shop":"alpha"}')


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A migrated store in a file."""
    opened = open_engine(f"sqlite:///{tmp_path / 'record.sqlite3'}")
    migrate(opened)
    yield opened
    opened.dispose()


def stored(engine: Engine) -> dict[TallyKey, float]:
    """Return what has been brought into the record."""
    with reading(engine) as connection:
        return tallies.load(connection)


def rename(engine: Engine, before: str, after: str) -> None:
    """Take the table away, or bring it back."""
    with writing(engine) as connection:
        connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))


# -- counting -----------------------------------------------------------------------------------


def test_counts_add_up_until_they_are_taken() -> None:
    """What was taken is not there a second time."""
    tally = Tally()
    tally.count("bound_breaches", SHOP)
    tally.count("bound_breaches", SHOP, 2.0)

    assert tally.take() == {BREACHES: 3.0}
    assert tally.take() == {}


def test_the_order_of_labels_makes_no_difference() -> None:
    """The same labels are the same tally."""
    tally = Tally()
    tally.count("feed_rows", {"feed": "east", "fate": "accepted"})
    tally.count("feed_rows", {"fate": "accepted", "feed": "east"})

    assert list(tally.take().values()) == [2.0]


@pytest.mark.parametrize(
    ("seconds", "bound"), [(0.0, "0.25"), (0.25, "0.25"), (0.26, "0.5"), (301.0, "+Inf")]
)
def test_a_value_falls_into_the_bucket_that_holds_it(seconds: float, bound: str) -> None:
    """A bound is the last value of its bucket."""
    tally = Tally()
    tally.observe("fact_to_confirmed_seconds", SHOP, seconds)
    labels = f'{{"le":"{bound}","shop":"alpha"}}'

    assert tally.take()["fact_to_confirmed_seconds_bucket", labels] == 1.0


def test_a_time_before_its_beginning_counts_as_none() -> None:
    """Clocks of two machines differ; a sum that falls would look like a restart."""
    tally = Tally()
    tally.observe("fact_to_confirmed_seconds", SHOP, -0.5)

    assert tally.take()["fact_to_confirmed_seconds_sum", '{"shop":"alpha"}'] == 0.0


def miscount(tally: Tally, case: str) -> None:
    """Count in a way that the catalogue does not allow."""
    match case:
        case "unknown name":
            tally.count("no_such_thing", {})
        case "other kind":
            tally.count("fact_to_confirmed_seconds", SHOP)
        case "other labels":
            tally.count("bound_breaches", {"sku": "TEE"})
        case "label missing":
            tally.count("bound_breaches", {})
        case "label is no text":
            tally.count("webhooks", {"type": 1, "outcome": "stored"})  # type: ignore[dict-item]  # the fault
        case "downwards":
            tally.count("bound_breaches", SHOP, -1.0)
        case "no number":
            tally.observe("fact_to_confirmed_seconds", SHOP, float("nan"))


MISCOUNTS = (
    "unknown name",
    "other kind",
    "other labels",
    "label missing",
    "label is no text",
    "downwards",
    "no number",
)


@pytest.mark.parametrize("case", MISCOUNTS)
def test_a_miscount_is_dropped_and_told(case: str) -> None:
    """The step that counts goes on; the log says what was wrong, once."""
    tally = Tally()
    with capture_logs() as logged:
        miscount(tally, case)
        miscount(tally, case)

    assert tally.take() == {}
    assert [line["event"] for line in logged] == ["miscounted"]


@pytest.mark.parametrize("case", MISCOUNTS)
def test_a_miscount_fails_a_test(case: str) -> None:
    """The programs of the tests count strictly, so that no such fault is released."""
    with pytest.raises(Miscounted):
        miscount(Tally(strict=True), case)


def test_a_tally_has_a_limit() -> None:
    """Labels that nobody bounded fill no memory; what was there before still counts."""
    tally = Tally()
    for number in range(SERIES_MAX + 10):
        tally.count("api_requests", {"route": str(number), "method": "GET", "status": "200"})
    tally.count("api_requests", {"route": "0", "method": "GET", "status": "200"})
    taken = tally.take()

    assert len(taken) == SERIES_MAX
    assert sum(taken.values()) == SERIES_MAX + 1


# -- bringing it in -----------------------------------------------------------------------------


def test_the_tallies_of_two_processes_add_up(engine: Engine) -> None:
    """Each brings in what it has counted, as often as it likes."""
    processes = [Tally(), Tally()]
    for number, tally in enumerate(processes, start=1):
        flusher = Flusher(tally, engine)
        for _ in range(2):
            tally.count("bound_breaches", SHOP, number)
            flusher.flush()

    assert stored(engine) == {BREACHES: 6.0}


def test_a_flush_that_fails_loses_nothing(engine: Engine) -> None:
    """While the record is away counts are kept, and come in with what was counted since."""
    tally = Tally()
    flusher = Flusher(tally, engine)
    tally.count("bound_breaches", SHOP)
    rename(engine, "tallies", "away")
    went_in = flusher.flush()
    tally.count("bound_breaches", SHOP)
    rename(engine, "away", "tallies")

    assert went_in is False
    assert flusher.flush() is True
    assert stored(engine) == {BREACHES: 2.0}


def test_counting_during_flushes_loses_nothing(engine: Engine) -> None:
    """Threads count while another brings in."""
    tally = Tally()
    flusher = Flusher(tally, engine)

    def count(_: int) -> None:
        for _number in range(200):
            tally.count("bound_breaches", SHOP)

    flushing = Thread(target=lambda: [flusher.flush() for _ in range(20)])
    flushing.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(8)))
    flushing.join()
    flusher.flush()

    assert stored(engine) == {BREACHES: 1_600.0}


def test_a_running_flusher_brings_counts_in_by_itself(engine: Engine) -> None:
    """Nobody has to ask for it."""
    tally = Tally()
    flusher = Flusher(tally, engine, every_s=0.01)
    flusher.start()
    tally.count("bound_breaches", SHOP)
    while not stored(engine):
        time.sleep(0.01)
    flusher.stop()

    assert stored(engine) == {BREACHES: 1.0}


def test_stopping_brings_in_what_is_left(engine: Engine) -> None:
    """A program that ends well takes no count with it."""
    tally = Tally()
    flusher = Flusher(tally, engine)
    flusher.start()
    tally.count("bound_breaches", SHOP)
    flusher.stop()

    assert stored(engine) == {BREACHES: 1.0}
