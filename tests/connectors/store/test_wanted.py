"""Rows asked for by keys of several columns: those, each once, found by an index."""

from collections.abc import Iterable

import pytest
from sqlalchemy import Engine, select, text

from connectors.store.engine import insert_many, reading, upsert, writing
from connectors.store.tables import POOLS
from connectors.store.wanted import among


ODD = ('EAST"', "Tasse ☕ [0], '$'")


def found(engine: Engine, wanted: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return which of the wanted pools are stored, after some were."""
    stored = [("EAST", "TEE"), ("EAST", "CAP"), ("WEST", "TEE"), ODD]
    rows = [
        {"warehouse": place, "sku": sku, "feed": "f", "delivery_id": 1}
        | {"snapshot_units": 1, "as_of": 0.0}
        for place, sku in stored
    ]
    query = select(POOLS.c.warehouse, POOLS.c.sku).where(among(POOLS.c.warehouse, POOLS.c.sku))
    with writing(engine) as connection:
        upsert(connection, POOLS, rows)
    with reading(engine) as connection:
        return sorted(tuple(row) for row in connection.execute(query, {"wanted": wanted}))


def test_columns_are_compared_together(engine: Engine) -> None:
    """One warehouse of one key and the SKU of another are no key."""
    assert found(engine, [("WEST", "CAP"), ("EAST", "TEE")]) == [("EAST", "TEE")]


def test_a_key_that_is_asked_for_twice_is_found_once(engine: Engine) -> None:
    """Else units would be counted twice."""
    assert found(engine, [("EAST", "TEE"), ("EAST", "TEE")]) == [("EAST", "TEE")]


def test_where_nothing_is_wanted_nothing_is_found(engine: Engine) -> None:
    """An empty list is a list."""
    assert found(engine, []) == []


def test_a_key_may_hold_any_letters(engine: Engine) -> None:
    """Sellers name their items as they like."""
    assert found(engine, [ODD]) == [ODD]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_looks_keys_up_in_an_index(engine: Engine) -> None:
    """However many they are: among spelled-out keys it would read the whole table."""
    query = select(POOLS).where(among(POOLS.c.warehouse, POOLS.c.sku))
    text = f"EXPLAIN QUERY PLAN {query.compile(engine)}"
    with reading(engine) as connection:
        plan = connection.exec_driver_sql(text, ('[["EAST", "TEE"], ["WEST", "TEE"]]',)).all()

    assert any("SEARCH pools" in row.detail and "sku=?" in row.detail for row in plan)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_looks_keys_up_in_an_index(engine: Engine) -> None:
    """In a table of some size: by its own idea of a disk it would read all of it."""
    query = select(POOLS).where(among(POOLS.c.warehouse, POOLS.c.sku))
    rest = {"warehouse": "EAST", "feed": "f", "delivery_id": 1, "snapshot_units": 1, "as_of": 0.0}
    with writing(engine) as connection:
        insert_many(connection, POOLS, [rest | {"sku": f"SKU-{n:07}"} for n in range(20_000)])
        connection.execute(text("ANALYZE pools"))
    with reading(engine) as connection:
        explain = f"EXPLAIN {query.compile(engine)}"
        keys = {"wanted": '[["EAST", "SKU-0000007"], ["EAST", "SKU-0000008"]]'}
        plan = connection.exec_driver_sql(explain, keys).all()

    assert "Seq Scan" not in str(plan)
