"""The tallies: sums that several processes add to at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, event

from connectors.store import tallies
from connectors.store.engine import reading, writing
from connectors.store.tallies import TallyKey


CALLS = ("tiktok_calls", '{"shop":"alpha"}')
FILES = ("feed_files", '{"feed":"east"}')


def add(engine: Engine, differences: dict[TallyKey, float]) -> None:
    """Add differences in a transaction of their own."""
    with writing(engine) as connection:
        tallies.add(connection, differences)


def load(engine: Engine) -> dict[TallyKey, float]:
    """Return every tally."""
    with reading(engine) as connection:
        return tallies.load(connection)


def test_differences_are_added(engine: Engine) -> None:
    """What comes later is added to what is there, each under its own key."""
    add(engine, {CALLS: 3.0})
    add(engine, {CALLS: 4.0, FILES: 1.0})

    assert load(engine) == {CALLS: 7.0, FILES: 1.0}


def test_adding_at_once_loses_nothing(engine: Engine) -> None:
    """Many writers add to the same tallies, in whatever order they name them."""
    orders = [{CALLS: 1.0, FILES: 2.0}, {FILES: 2.0, CALLS: 1.0}] * 20
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda differences: add(engine, differences), orders))

    assert load(engine) == {CALLS: 40.0, FILES: 80.0}


def test_tallies_are_added_in_the_order_of_their_keys(engine: Engine) -> None:
    """Two processes that add the same rows then wait in one line, and never for each other."""
    sent: list[Any] = []

    def note(*told: Any) -> None:  # noqa: ANN401 - as the library tells it
        sent.extend(told[3] if isinstance(told[3], list) else [])

    event.listen(engine, "before_cursor_execute", note)
    add(engine, {("b", "{}"): 1.0, ("a", "2"): 1.0, ("a", "1"): 1.0})
    # A driver takes a row's values by place or by name.
    rows = [tuple(row.values() if isinstance(row, dict) else row) for row in sent]

    assert [row[:2] for row in rows] == [("a", "1"), ("a", "2"), ("b", "{}")]


def test_adding_nothing_is_nothing(engine: Engine) -> None:
    """An empty set of differences makes no row."""
    add(engine, {})

    assert load(engine) == {}
