"""What was fetched, as it is stored and forgotten."""

from sqlalchemy import Engine, select

from connectors.store import pulled_files
from connectors.store.engine import reading, writing
from connectors.store.pull_tables import PULLED_FILES
from connectors.store.pulled_files import PulledFile
from connectors.store.pulled_forgetting import forget_pulled
from reconciliation.quantities import Instant


def note(engine: Engine, name: str, sha256: str, at: float, feed: str = "east") -> None:
    """Store that a content was found under a name."""
    found = PulledFile(
        feed=feed,
        name=name,
        size_bytes=1,
        modified="1",
        etag="",
        sha256=sha256,
        pulled_at=Instant(at),
    )
    with writing(engine) as connection:
        pulled_files.note(connection, found)


def forget(engine: Engine, *listed: str, before: float = 100.0) -> list[tuple[str, str]]:
    """Forget what is older, and return what is left, by name and content."""
    files = PULLED_FILES.c
    with writing(engine) as connection:
        forget_pulled(connection, "east", before=Instant(before), listed=listed)
    with reading(engine) as connection:
        rows = connection.execute(select(files.name, files.sha256).order_by(files.id))
        return [(row.name, row.sha256) for row in rows]


def test_what_lies_there_no_more_is_forgotten(engine: Engine) -> None:
    """With everything that was ever found under its name."""
    note(engine, "gone.csv", "a", at=1.0)
    note(engine, "gone.csv", "b", at=2.0)
    note(engine, "new.csv", "c", at=200.0)

    assert forget(engine) == [("new.csv", "c")]


def test_the_newest_of_what_lies_there_is_kept_however_old(engine: Engine) -> None:
    """By it the file is known again; what it held before is forgotten."""
    note(engine, "stock.csv", "a", at=1.0)
    note(engine, "stock.csv", "b", at=2.0)

    assert forget(engine, "stock.csv") == [("stock.csv", "b")]


def test_what_is_young_is_kept(engine: Engine) -> None:
    """Under whatever name: its content may come again."""
    note(engine, "stock.csv", "a", at=100.0)

    assert forget(engine) == [("stock.csv", "a")]


def test_another_feeds_files_are_left_alone(engine: Engine) -> None:
    """It has a place of its own."""
    note(engine, "stock.csv", "a", at=1.0, feed="west")

    assert forget(engine) == [("stock.csv", "a")]


def test_more_than_one_statement_takes_are_forgotten(engine: Engine) -> None:
    """A database takes some thousands of values in one."""
    for number in range(501):
        note(engine, f"{number}.csv", "a", at=1.0)

    assert forget(engine, "7.csv") == [("7.csv", "a")]
