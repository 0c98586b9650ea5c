"""What is counted over the record: nothing that is settled, and nothing that is not due."""

from sqlalchemy import Engine

from connectors.store import counts, work
from connectors.store.engine import reading, writing
from connectors.store.tables import WRITES
from connectors.store.writes import Outcome
from reconciliation.quantities import Instant
from reconciliation.verdict import WriteClass


NOW = Instant(1_000.0)


def write(engine: Engine, sequence: int, **changed: object) -> None:
    """Store a write: intended a second after its fact, and settled four later."""
    plain: dict[str, object] = {
        "shop": "alpha",
        "product_id": "p",
        "sku_id": "1",
        "warehouse_id": "w",
        "units": 1,
        "shown_units": 0,
        "write_class": WriteClass.MOVE,
        "reason": "",
        "fence": 1,
        "outcome": Outcome.SETTLED,
        "fact_at": 100.0,
        "intended_at": 101.0,
        "settled_at": 105.0,
    }
    with writing(engine) as connection:
        connection.execute(WRITES.insert().values({**plain, **changed, "sequence": sequence}))


def test_a_write_is_confirmed_so_long_after_its_fact(engine: Engine) -> None:
    """Only those asked for, settled, with a fact, and not just sent along."""
    write(engine, 1)
    write(engine, 2, fact_at=None)
    write(engine, 3, write_class=WriteClass.SENT_ALONG)
    write(engine, 4, outcome=Outcome.ANSWERED, settled_at=None)
    write(engine, 5, settled_at=500.0)
    with reading(engine) as connection:
        seconds = counts.confirmed_after_s(connection, [1, 2, 3, 4])

    assert [each for _, each in seconds] == [5.0]


def test_the_oldest_unsettled_write_of_a_shop_is_found(engine: Engine) -> None:
    """What is settled or refused does not count, however old."""
    write(engine, 1, intended_at=10.0)
    write(engine, 2, outcome=Outcome.REFUSED, intended_at=20.0)
    write(engine, 3, outcome=Outcome.UNKNOWN, intended_at=40.0)
    write(engine, 4, outcome=Outcome.ANSWERED, intended_at=30.0)
    with reading(engine) as connection:
        oldest = counts.oldest_unsettled(connection)

    assert oldest == {"alpha": 30.0}


def test_work_ages_from_when_it_was_due(engine: Engine) -> None:
    """What is due later, or done, does not count; what is being done does."""
    with writing(engine) as connection:
        work.ask(connection, "plan", ["a"], due_at=Instant(950.0))
        work.ask(connection, "plan", ["b"], due_at=Instant(2_000.0))
        work.ask(connection, "read", ["done"], due_at=Instant(900.0))
    with writing(engine) as connection:
        job = work.claim(connection, "read", "done", holder="h", now=NOW, for_s=10.0)
        assert job is not None
        work.finish(connection, job)
        work.claim(connection, "plan", "a", holder="h", now=NOW, for_s=10.0)
    with reading(engine) as connection:
        oldest = counts.oldest_due(connection, NOW)

    assert oldest == {"plan": 950.0}
