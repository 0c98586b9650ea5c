"""Locks: who changes what a decision rests on waits for whoever decides, and nobody else does."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import pytest
from sqlalchemy import Connection, Engine

from connectors.store import locks
from connectors.store.engine import open_engine, writing
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Sku


WAIT_S = 0.3
TEE, MUG = (PoolKey(warehouse="EAST", sku=Sku(sku)) for sku in ("TEE", "MUG"))

Lock = Callable[[Connection], None]


@pytest.fixture
def engine(migrated_postgres_url: str) -> Iterator[Engine]:
    """A record with many writers."""
    opened = open_engine(migrated_postgres_url)
    yield opened
    opened.dispose()


def waits(engine: Engine, held: Lock, wanted: Lock) -> bool:
    """Tell whether one transaction waits for another, and goes on once that has ended."""

    def take() -> None:
        with writing(engine) as connection:
            wanted(connection)

    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as connection:
            held(connection)
            second: Future[None] = pool.submit(take)
            try:
                second.result(WAIT_S)
            except NotYet:
                waited = True
            else:
                waited = False
        second.result(10.0)
    return waited


def pools(*wanted: PoolKey) -> Lock:
    """A lock on some pools."""
    return lambda connection: locks.lock_pools(connection, wanted)


def ledger(name: str) -> Lock:
    """A lock on a ledger."""
    return lambda connection: locks.lock_ledger(connection, name)


def test_a_pool_is_decided_for_by_one_at_a_time(engine: Engine) -> None:
    """Who wants any of the pools that another has waits (design W4)."""
    assert waits(engine, pools(TEE), pools(MUG, TEE))


def test_other_pools_are_free(engine: Engine) -> None:
    """Two items that share nothing are decided for at once."""
    assert not waits(engine, pools(TEE), pools(MUG))


def test_a_ledger_has_one_scribe(engine: Engine) -> None:
    """Of two polls of one shop the second records after the first."""
    assert waits(engine, ledger("orders/us"), ledger("orders/us"))


def test_ledgers_do_not_wait_for_each_other(engine: Engine) -> None:
    """One shop's orders are recorded while another's are."""
    assert not waits(engine, ledger("orders/us"), ledger("orders/uk"))


def test_many_share_the_catalogue(engine: Engine) -> None:
    """Deciding does not keep others from deciding."""
    assert not waits(engine, locks.share_catalogue, locks.share_catalogue)


def test_joining_anew_waits_for_all_who_decide(engine: Engine) -> None:
    """What shares goods with what does not change under anybody's hands."""
    assert waits(engine, locks.share_catalogue, locks.own_catalogue)


def test_nobody_decides_while_the_catalogue_is_joined_anew(engine: Engine) -> None:
    """Whoever comes meanwhile waits, and sees the new one."""
    assert waits(engine, locks.own_catalogue, locks.share_catalogue)


def test_who_looks_for_work_gets_what_is_nobody_elses_turn(engine: Engine) -> None:
    """Two share out what is due, in its order, and neither waits for the other."""
    due = ["EAST/A", "EAST/B", "EAST/C", "EAST/D"]

    with writing(engine) as first, writing(engine) as second:
        taken = locks.take_turns(first, due, most=2)
        left = locks.take_turns(second, due, most=2)

    assert (taken, left) == (("EAST/A", "EAST/B"), ("EAST/C", "EAST/D"))


def test_no_turn_is_taken_beyond_what_is_worked(engine: Engine) -> None:
    """What one has no room for is free for others."""
    with writing(engine) as first, writing(engine) as second:
        locks.take_turns(first, ["EAST/A", "EAST/B"], most=1)

        assert locks.take_turns(second, ["EAST/B"], most=1) == ("EAST/B",)


def test_thousands_of_pools_fit(engine: Engine) -> None:
    """A first poll may touch more pools than the database has locks for."""
    many = [PoolKey(warehouse="EAST", sku=Sku(f"SKU-{n}")) for n in range(20_000)]

    with writing(engine) as connection:
        locks.lock_pools(connection, many)
        held = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        ).scalar_one()
    assert held == locks.POOL_LOCKS
