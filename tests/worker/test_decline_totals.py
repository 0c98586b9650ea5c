"""What went unexplained in each warehouse, as decisions look it up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors.store import declines
from connectors.store.engine import open_engine, reading, writing
from connectors.store.schema import ensure_schema
from reconciliation.decline import DeclineHistory, Interval, Sight, learn
from reconciliation.quantities import Instant, Sku, later
from worker.weighing import DECLINES_AGE_S_MAX, Weighing


NOW = Instant(1_000_000.0)
TEE = Sku("TEE")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A record in which nothing is learned."""
    opened = open_engine(f"sqlite:///{tmp_path / 'record.sqlite3'}")
    ensure_schema(opened)
    yield opened
    opened.dispose()


def learn_of(engine: Engine, units: int) -> None:
    """Learn that so many units went in a day, and nothing else."""
    day = Interval(sight=Sight.SEEN, hours=24.0, expected_units=50, units=units)
    with writing(engine) as connection:
        declines.save(connection, "EAST", {TEE: learn(DeclineHistory(), day)})
        declines.sum_up(connection, "EAST")


def units_told(engine: Engine, weighing: Weighing, *, after_s: float) -> float:
    """The units of which decisions know some seconds later."""
    with reading(engine) as connection:
        totals = weighing.declines(connection, later(NOW, after_s))
    return sum(each.units for each in totals.values())


def test_what_is_learned_first_is_told_at_once(engine: Engine) -> None:
    """Until then a pool is held back by other terms, and nobody would decide for it anew."""
    weighing = Weighing()
    units_told(engine, weighing, after_s=0.0)
    learn_of(engine, 3)

    assert units_told(engine, weighing, after_s=0.1) == 3.0


def test_what_is_learned_later_is_told_after_some_seconds(engine: Engine) -> None:
    """Until then no decision looks it up."""
    weighing = Weighing()
    learn_of(engine, 3)
    units_told(engine, weighing, after_s=0.0)
    learn_of(engine, 5)
    told = [
        units_told(engine, weighing, after_s=after_s)
        for after_s in (1.0, DECLINES_AGE_S_MAX + 1.0)
    ]

    assert told == [3.0, 5.0]
