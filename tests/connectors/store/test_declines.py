"""What was learned of decline, as it is stored: row by row, summed up, and read back."""

from dataclasses import astuple, fields

import pytest
from sqlalchemy import Engine

from connectors.store import declines, orders
from connectors.store.engine import reading, writing
from reconciliation.catalog import PoolKey
from reconciliation.decline import (
    DeclineHistory,
    DeclineTotals,
    Interval,
    Sight,
    learn,
    totals_of,
)
from reconciliation.quantities import Instant, Sku

from .test_orders import NOW, list_bundle, look


TEE, MUG, NEW = Sku("TEE"), Sku("MUG"), Sku("NEW")


def history(*units: int, pending_units: int = 0) -> DeclineHistory:
    """A pool of which so many units went in each of some days."""
    learned = DeclineHistory()
    for each in units:
        day = Interval(
            sight=Sight.SEEN,
            hours=24.0,
            expected_units=50,
            units=each,
            pending_units=pending_units,
        )
        learned = learn(learned, day)
    return learned


def test_a_history_is_read_back_as_it_was_stored(engine: Engine) -> None:
    """Every sum, and what waits to be explained."""
    told = history(3, 0, 1, pending_units=2)
    with writing(engine) as connection:
        declines.save(connection, "EAST", {TEE: told})

    with reading(engine) as connection:
        assert declines.of_warehouse(connection, "EAST") == {TEE: told}


def test_pools_are_found_by_their_keys(engine: Engine) -> None:
    """Those asked for; one without a history is left out."""
    with writing(engine) as connection:
        declines.save(connection, "EAST", {TEE: history(3), MUG: history(1)})

    wanted = [PoolKey(warehouse="EAST", sku=sku) for sku in (TEE, NEW)]
    with reading(engine) as connection:
        assert declines.of_pools(connection, wanted) == {wanted[0]: history(3)}


def test_a_warehouse_is_summed_up_as_the_rules_do(engine: Engine) -> None:
    """The database and `totals_of` say the same, of a pool without any report as well."""
    pools = {TEE: history(3, 0, 1), MUG: history(2), NEW: DeclineHistory()}
    with writing(engine) as connection:
        declines.save(connection, "EAST", pools)
        declines.sum_up(connection, "EAST")

    with reading(engine) as connection:
        stored = declines.totals_by_warehouse(connection)["EAST"]
    told = sum(map(totals_of, pools.values()), DeclineTotals())
    assert values(stored) == pytest.approx(values(told))


def values(totals: DeclineTotals) -> list[float]:
    """The numbers of totals, in order."""
    return [getattr(totals, each.name) for each in fields(totals)]


def test_another_warehouse_has_sums_of_its_own(engine: Engine) -> None:
    """Its partner's accuracy is not another's."""
    with writing(engine) as connection:
        declines.save(connection, "EAST", {TEE: history(3)})
        declines.save(connection, "WEST", {TEE: history(0)})
        for code in ("EAST", "WEST"):
            declines.sum_up(connection, code)

    with reading(engine) as connection:
        found = declines.totals_by_warehouse(connection)
    assert {code: totals.units for code, totals in found.items()} == {"EAST": 3.0, "WEST": 0.0}


def test_saving_again_replaces(engine: Engine) -> None:
    """The sums are of what is stored, not of what was ever saved."""
    with writing(engine) as connection:
        declines.save(connection, "EAST", {TEE: history(3), MUG: history(4)})
        declines.save(connection, "EAST", {TEE: history(3, 2)})
        declines.sum_up(connection, "EAST")

    with reading(engine) as connection:
        totals = declines.totals_by_warehouse(connection)["EAST"]
    assert [totals.pools, totals.looks] == pytest.approx([2.0, 2.977], abs=0.001)


def test_the_pools_of_which_units_wait_to_be_explained_are_told(engine: Engine) -> None:
    """And no others."""
    with writing(engine) as connection:
        waiting = {TEE: history(3, pending_units=2), MUG: history(1)}
        declines.save(connection, "EAST", waiting)

    with reading(engine) as connection:
        assert declines.pending_units(connection, "EAST") == {TEE: 2}


INTERVALS = [
    Interval(sight=Sight.SEEN, hours=24.0, expected_units=9),
    Interval(sight=Sight.SEEN, hours=6.5, expected_units=9, units=2, pending_units=1),
    Interval(sight=Sight.FLOORED, hours=24.0, expected_units=3, units=3),
    Interval(sight=Sight.EMPTY, hours=24.0, expected_units=0),
    Interval(sight=Sight.RESTOCKED, hours=24.0, expected_units=9, units=4),
    Interval(sight=Sight.RESTOCKED, hours=24.0, expected_units=9, units=40),
]


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("before", [DeclineHistory(), history(3, 0, 1, pending_units=2)])
def test_an_interval_is_learned_as_the_rules_do(
    engine: Engine, before: DeclineHistory, interval: Interval
) -> None:
    """The database and `learn` say the same, of a pool that nothing is known of as well."""
    with writing(engine) as connection:
        declines.save(connection, "EAST", {TEE: before} if before.looks else {})
        declines.learn(connection, "EAST", {TEE: interval})

    with reading(engine) as connection:
        stored = declines.of_warehouse(connection, "EAST")[TEE]
    assert astuple(stored) == pytest.approx(astuple(learn(before, interval)))


def test_the_claims_in_a_warehouse_are_those_on_its_pools(engine: Engine) -> None:
    """One statement for a whole feed says what one for each pool would."""
    pools = [PoolKey(warehouse="EAST", sku=sku) for sku in (TEE, MUG)]
    oldest = Instant(0.0)
    with writing(engine) as connection:
        list_bundle(connection)
        orders.record_lines(connection, [look()], now=NOW)
        single = orders.claims_on(connection, pools, oldest=oldest)
        whole = orders.claims_in(connection, "EAST", oldest=oldest)

    assert whole == {pool.sku: claims for pool, claims in single.items()} != {}
