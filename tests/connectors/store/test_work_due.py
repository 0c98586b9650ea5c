"""What is due in a queue: the most urgent first, found without putting all of it in order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event, text

from connectors.store import work, work_due, work_walk
from connectors.store.engine import open_engine, reading, writing
from connectors.store.tables import METADATA
from connectors.store.work_rows import RANKS
from reconciliation.quantities import Instant
from reconciliation.verdict import WriteClass
from worker.queues import PUSH


NOW = Instant(1_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row to ask for, and whether somebody is at it."""

    key: str
    rank: int
    due_at: float
    claimed: bool


def store(engine: Engine, rows: list[Row]) -> None:
    """Ask for rows, and claim some of them."""
    with writing(engine) as connection:
        for row in rows:
            work.ask(connection, PUSH, [row.key], due_at=Instant(row.due_at), rank=row.rank)
    for row in rows:
        if row.claimed:
            with writing(engine) as connection:
                work.claim(connection, PUSH, row.key, holder="a", now=NOW, for_s=10.0)


ROWS = st.lists(
    st.builds(
        Row,
        key=st.sampled_from([f"{shop}/{number}" for shop in ("uk", "us") for number in range(9)]),
        rank=st.sampled_from(RANKS),
        due_at=st.integers(980, 1_003).map(float),
        claimed=st.booleans(),
    ),
    max_size=18,
    unique_by=(lambda row: row.key, lambda row: row.due_at),
)


@given(rows=ROWS, first=st.sampled_from(["", "uk/3", "us/7"]), most=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_keys_come_in_the_order_of_their_ranks_and_times(
    rows: list[Row], first: str, most: int
) -> None:
    """As if all that is due had been put in order: the one that is named, then by urgency."""
    engine = open_engine("sqlite://")
    with writing(engine) as connection:
        METADATA.create_all(connection)
    store(engine, rows)
    with reading(engine) as connection:
        keys = work_due.due_keys(connection, PUSH, NOW, most=most, first=first)
    engine.dispose()
    due = [row for row in rows if row.due_at <= NOW and not row.claimed]

    assert (
        keys
        == tuple(
            row.key
            for row in sorted(due, key=lambda row: (row.key != first, row.rank, row.due_at))
        )[:most]
    )


@given(rows=ROWS, age_s=st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_the_longest_due_is_found_whatever_its_rank(rows: list[Row], age_s: int) -> None:
    """Among those that are free and have been due for so long."""
    engine = open_engine("sqlite://")
    with writing(engine) as connection:
        METADATA.create_all(connection)
    store(engine, rows)
    since = Instant(NOW - age_s)
    with reading(engine) as connection:
        key = work_due.longest_due(connection, PUSH, NOW, since=since)
    engine.dispose()
    moments = {row.key: row.due_at for row in rows if row.due_at <= since and not row.claimed}

    assert moments.get(key or "") == min(moments.values(), default=None)


def test_every_rank_is_found(engine: Engine) -> None:
    """From the most to the least urgent, none twice."""
    store(engine, [Row(key=f"{rank}", rank=rank, due_at=NOW, claimed=False) for rank in RANKS])
    with reading(engine) as connection:
        keys = work_due.due_keys(connection, PUSH, NOW, most=99, first=str(RANKS[2]))

    assert keys == ("2", "0", "1", "3", "4", "5", "6")


def test_a_rank_under_which_nobody_would_look_is_refused(engine: Engine) -> None:
    """Else its row would be due for ever."""
    with writing(engine) as connection, pytest.raises(ValueError, match="rank 7: work has a rank"):
        work.ask(connection, PUSH, ["us/1"], due_at=NOW, rank=RANKS[-1] + 1)


def test_every_class_of_writes_is_a_rank() -> None:
    """What is to be written is asked for under its class."""
    assert set(WriteClass) <= set(RANKS)


def ask_for_many(engine: Engine) -> None:
    """Ask for three thousand rows of all ranks."""
    with writing(engine) as connection:
        for number in range(3_000):
            due_at, rank = Instant(number / 3.0), number % len(RANKS)
            work.ask(connection, PUSH, [f"us/{number}"], due_at=due_at, rank=rank)


def plan_of(engine: Engine, ask: Callable[[Connection], object]) -> str:
    """Return how the database finds what is asked for."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, *statement: Any) -> None:  # noqa: ANN401 - the event's own
        asked.append(statement[:2])

    event.listen(engine, "before_cursor_execute", note)
    with writing(engine) as connection:
        ask(connection)
        event.remove(engine, "before_cursor_execute", note)
        (query, parameters) = asked[-1]
        explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[engine.dialect.name]
        return str(connection.exec_driver_sql(f"{explain} {query}", parameters).all())


def test_the_most_urgent_are_found_by_an_index(engine: Engine) -> None:
    """Of however much is due: each rank is looked up, and nothing is read from end to end."""
    ask_for_many(engine)
    with writing(engine) as connection:
        connection.execute(text("ANALYZE"))
    plan = plan_of(engine, lambda connection: work_due.due_keys(connection, PUSH, NOW, most=16))

    assert plan.count("work_by_urgency") == len(RANKS)


def test_the_longest_due_is_found_by_an_index(engine: Engine) -> None:
    """Likewise: every round asks for it."""
    ask_for_many(engine)
    with writing(engine) as connection:
        connection.execute(text("ANALYZE"))
    plan = plan_of(engine, lambda asked: work_due.longest_due(asked, PUSH, NOW, since=NOW))

    assert plan.count("work_by_urgency") == len(RANKS)


KEYS = [f"us/{number}" for number in range(200)]


@pytest.mark.parametrize(
    "find",
    [
        lambda connection: work_due.look_at(connection, PUSH, KEYS, NOW),
        lambda connection: work_walk.page(connection, PUSH, NOW, after="us/1", most=200),
        lambda connection: work.claim_some(connection, PUSH, KEYS, holder="a", now=NOW, for_s=9.0),
    ],
    ids=["look_at", "page", "claim_some"],
)
def test_a_table_that_has_just_grown_is_not_read_for_a_few_keys(
    engine: Engine, find: Callable[[Connection], object]
) -> None:
    """PostgreSQL has not looked through it yet, and would take what is due of it to be little."""
    ask_for_many(engine)

    assert "work_by_" not in plan_of(engine, find)
