"""Many rows in one statement: stored as if it had been one after the other, on both databases."""

from math import inf
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from connectors.store import listings
from connectors.store.engine import reading, upsert, writing
from connectors.store.listings import StoredDecision
from connectors.store.tables import LISTINGS, POOLS
from reconciliation.catalog import ListingKey
from reconciliation.guard import GuardState
from reconciliation.quantities import Instant


def pool(sku: str, units: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - a column's values
    """A pool of so many units, as a feed stated it."""
    return {
        "warehouse": "EAST",
        "sku": sku,
        "feed": "east",
        "delivery_id": 1,
        "snapshot_units": units,
        "as_of": 1.5,
        "moved_at": None,
        "follows": False,
        **more,
    }


def pools(engine: Engine) -> list[dict[str, Any]]:
    """Every stored pool."""
    with reading(engine) as connection:
        rows = connection.execute(select(POOLS).order_by(POOLS.c.sku)).mappings()
        return [dict(row) for row in rows]


def test_rows_are_stored_with_values_of_their_own(engine: Engine) -> None:
    """Numbers, words in any letters, and what is not there."""
    rows = [pool("Tasse ☕ \"'", 3, moved_at=0.1 + 0.2), pool("Zelt", -7)]
    with writing(engine) as connection:
        upsert(connection, POOLS, rows)

    assert pools(engine) == rows


def test_of_two_rows_of_a_key_the_last_counts(engine: Engine) -> None:
    """But for what is kept, which is the first's."""
    with writing(engine) as connection:
        rows = [pool("TEE", 1, as_of=1.0), pool("TEE", 2, as_of=2.0)]
        upsert(connection, POOLS, rows, keep=("as_of",))

    assert pools(engine) == [pool("TEE", 2, as_of=1.0)]


def test_a_row_that_is_there_is_replaced_but_for_what_is_kept(engine: Engine) -> None:
    """As it was before in one statement for each."""
    with writing(engine) as connection:
        upsert(connection, POOLS, [pool("TEE", 1)])
        upsert(connection, POOLS, [pool("TEE", 2, feed="west"), pool("CAP", 9)], keep=("feed",))

    assert pools(engine) == [pool("CAP", 9), pool("TEE", 2)]


def test_what_never_ends_is_stored(engine: Engine) -> None:
    """A token without an end has an infinite one, and JSON has no number for it."""
    with writing(engine) as connection:
        upsert(connection, POOLS, [pool("TEE", 1, moved_at=inf)])

    assert pools(engine) == [pool("TEE", 1, moved_at=inf)]


def test_a_decision_comes_back_as_it_was_stored(engine: Engine) -> None:
    """Its terms are JSON within what may be JSON itself."""
    keys = [
        ListingKey(shop="us", product_id="p", sku_id=str(number), warehouse_id="w")
        for number in range(3)
    ]
    told = {"seller_sku": "TEE", "title": "", "product_status": "ACTIVATE"}
    decisions = {
        key: StoredDecision(
            state=GuardState.PAUSED,
            since=Instant(1.5),
            decision={"reason": f'"{place}" ☕', "write_units": None, "recipe": [{"known": True}]},
            fact_at=None,
        )
        for place, key in enumerate(keys)
    }
    with writing(engine) as connection:
        place = ("shop", "product_id", "sku_id", "warehouse_id")
        rows = [told | {name: getattr(key, name) for name in place} for key in keys]
        upsert(connection, LISTINGS, rows)
        listings.save_decisions(connection, decisions)
    with reading(engine) as connection:
        stored = listings.load(connection, keys)

    assert {key: row.decision for key, row in stored.items()} == {
        key: each.decision for key, each in decisions.items()
    }


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_many_rows_are_one_message_to_postgresql(engine: Engine) -> None:
    """One for each row took most of the time of a decision on many pools."""
    many: list[bool] = []

    def note(*call: Any) -> None:  # noqa: ANN401 - the event's own
        many.append(call[-1])

    event.listen(engine, "before_cursor_execute", note)
    with writing(engine) as connection:
        upsert(connection, POOLS, [pool(str(number), number) for number in range(50)])

    assert many == [False]
