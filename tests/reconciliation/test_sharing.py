"""What has nothing to do with each other is decided together as it would be apart."""

from hypothesis import given

from reconciliation.board import Board
from reconciliation.plan import decide
from reconciliation.sharing import components, separate
from tests.support.boards import (
    LAW,
    board,
    goods,
    listed,
    listing_key,
    pool_key,
    recipe,
)

from .test_plan_laws import any_boards


TEE, MUG, CAP = pool_key("TEE"), pool_key("MUG"), pool_key("CAP")


def parts_of(on: Board) -> set[frozenset[str]]:
    """The SKUs of each part."""
    return {frozenset(str(pool.sku) for pool in part.pools) for part in components(on)}


def test_pools_without_a_common_listing_are_apart() -> None:
    """Two items of two listings have nothing to do with each other."""
    on = board(
        {TEE: goods(5), MUG: goods(5)},
        listed("A", of=recipe(TEE)),
        listed("B", of=recipe(MUG)),
    )

    assert parts_of(on) == {frozenset({"TEE"}), frozenset({"MUG"})}


def test_a_bundle_ties_its_pools_together() -> None:
    """Who decides for one item of a bundle decides for the other."""
    on = board(
        {TEE: goods(5), MUG: goods(5), CAP: goods(5)},
        listed("A", of=recipe(TEE, MUG)),
        listed("B", of=recipe(CAP)),
    )

    assert parts_of(on) == {frozenset({"TEE", "MUG"}), frozenset({"CAP"})}


def test_a_call_ties_the_warehouses_of_a_sku_together() -> None:
    """TikTok wants all warehouses of a SKU in one call, whatever goods they draw on."""
    east, west = pool_key("TEE", "east"), pool_key("TEE", "west")
    on = board(
        {east: goods(5), west: goods(5)},
        listed(listing_key("A", warehouse_id="e"), of=recipe(east)),
        listed(listing_key("A", warehouse_id="w"), of=recipe(west)),
    )

    assert len(components(on)) == 1


@LAW
@given(any_boards)
def test_every_pool_and_listing_is_in_one_part(on: Board) -> None:
    """The parts are a division: nothing is left out, nothing is there twice."""
    parts = components(on)

    assert sorted(pool for part in parts for pool in part.pools) == sorted(on.pools)
    assert sorted(str(f.key) for part in parts for f in part.listings) == sorted(
        str(facts.key) for facts in on.listings
    )


@LAW
@given(any_boards)
def test_deciding_together_is_deciding_apart(on: Board) -> None:
    """A transaction that decides for many pools decides for each as if it were alone."""
    together = {each.key: each for each in decide(on).decisions}
    apart = {each.key: each for part in separate(on) for each in decide(part).decisions}

    assert together == apart
