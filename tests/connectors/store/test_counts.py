"""What is summed and counted over the record: pools once each, and nothing that is settled."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.store import counts, work
from connectors.store.counts import PoolStock
from connectors.store.engine import reading, writing
from connectors.store.tables import LISTINGS, WRITES
from connectors.store.writes import Outcome
from reconciliation.quantities import Instant
from reconciliation.verdict import WriteClass


NOW = Instant(1_000.0)


def terms(pool: str, **changed: int) -> dict[str, Any]:
    """Return a pool's terms as a decision stores them: ten units, two of them held back."""
    plain = {
        "ats_units": 10,
        "committed_units": 0,
        "held_units": 0,
        "safety_units": 2,
        "sellable_units": 8,
        "slack_units": 3,
    }
    return {"pool": pool, "units": 1, **plain, **changed}


def put(engine: Engine, sku_id: str, recipe: Sequence[Mapping[str, Any]] | None) -> None:
    """Store a listing with the terms of its last decision."""
    key = {"shop": "alpha", "product_id": "p", "sku_id": sku_id, "warehouse_id": "w"}
    names = {"seller_sku": sku_id, "title": "", "product_status": "ACTIVATE"}
    decision = {} if recipe is None else {"decision": {"recipe": list(recipe)}}
    with writing(engine) as connection:
        connection.execute(LISTINGS.insert(), [{**key, **names, **decision}])


def stocks(engine: Engine) -> list[PoolStock]:
    """Return the stock of every decided pool."""
    with reading(engine) as connection:
        return sorted(counts.pool_stocks(connection), key=lambda each: each.ats_units)


def test_a_pool_of_several_listings_counts_once(engine: Engine) -> None:
    """Each listing's decision holds the pool's terms; the units are there once."""
    for sku_id in ("1", "2", "3"):
        put(engine, sku_id, [terms("EAST/TEE")])

    assert [each.ats_units for each in stocks(engine)] == [10]


def test_every_pool_of_a_bundle_counts(engine: Engine) -> None:
    """A recipe of two items tells of both."""
    recipe = [terms("EAST/MUG", ats_units=4), terms("EAST/TEE")]
    put(engine, "1", recipe)

    assert [each.ats_units for each in stocks(engine)] == [4, 10]


def test_exposure_is_what_is_promised_of_the_sellable(engine: Engine) -> None:
    """What may be sold less what nobody was promised; beyond the goods it is more than those."""
    put(engine, "1", [terms("EAST/TEE", sellable_units=8, slack_units=-4)])

    assert [each.exposure_units for each in stocks(engine)] == [12]


def test_a_pool_without_a_decision_is_left_out(engine: Engine) -> None:
    """Nothing is known of it yet."""
    put(engine, "1", None)

    assert stocks(engine) == []


@pytest.mark.parametrize(
    ("changed", "shortage", "oversold"),
    [
        ({"ats_units": 1}, 0, 0),
        ({"ats_units": -3, "committed_units": 5}, 3, 3),
        ({"ats_units": -3, "committed_units": 5, "held_units": 2}, 3, 1),
        ({"ats_units": -3, "committed_units": 5, "held_units": 4}, 3, 0),
        ({"ats_units": -3, "committed_units": 0}, 3, 0),
        ({"ats_units": -3, "committed_units": 2}, 3, 2),
    ],
)
def test_an_oversold_unit_is_an_order_without_goods(
    engine: Engine, changed: dict[str, int], shortage: int, oversold: int
) -> None:
    """Units that a person set aside are short but not oversold, nor is what nobody ordered."""
    put(engine, "1", [terms("EAST/TEE", **changed)])
    (pool,) = stocks(engine)

    assert (pool.shortage_units, pool.oversold_units) == (shortage, oversold)


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
