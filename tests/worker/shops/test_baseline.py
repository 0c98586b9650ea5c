"""Units that no order explains are found on the safe side, and accepted they are set aside."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.store import pool_stocks
from connectors.store.engine import reading
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Sku, later
from tests.support.shopfront import ITEM, Shopfront, shopfront
from worker.holding import Word
from worker.shops.baseline import BASELINE_S, Unexplained, accept, unexplained
from worker.shops.open_orders import import_open_orders


TEE = PoolKey(warehouse="EAST", sku=Sku(ITEM))
WORD = Word(who="ann", why="sold before we came")


@pytest.fixture
def front(tmp_path: Path, database_url: str) -> Iterator[Shopfront]:
    """Two open shops with twenty units between them, on each kind of database."""
    with shopfront(tmp_path, database_url=database_url) as opened:
        opened.open_for_business(20)
        yield opened


def commit(front: Shopfront, units: int) -> None:
    """Let TikTok show units of alpha as committed for which it shows no order."""
    sku = front.skus["alpha"]
    front.world.edit_stock_by_hand(sku.sku_id, front.warehouse_ids["alpha"], committed=units)


def found(front: Shopfront) -> Unexplained:
    """Return what is found of alpha's one listing."""
    (one,) = unexplained(front.services, "alpha")
    return one


def ats_units(front: Shopfront) -> int:
    """Return what is available of the goods to sell, as it was last decided."""
    with reading(front.services.engine) as connection:
        return pool_stocks.of_pools(connection, [TEE])[TEE]


def accept_now(front: Shopfront) -> None:
    """Accept what is found, for as long as is usual."""
    accept(front.services, "alpha", WORD, later(front.services.now(), BASELINE_S))
    front.work(2)


def test_what_is_accepted_counts_in_the_position_once(front: Shopfront) -> None:
    """Twice accepted it is set aside once, and the shops show so much less."""
    commit(front, 4)
    accept_now(front)
    accept_now(front)
    front.work(20)

    assert ats_units(front) == 16
    assert sum(front.shown().values()) <= 16


def test_an_acceptance_ends_by_itself(front: Shopfront) -> None:
    """TikTok cancels what is not shipped long before that; then it is found open again."""
    commit(front, 4)
    accept_now(front)
    before = found(front).is_open
    front.now += BASELINE_S

    assert (before, found(front).is_open) == (False, True)


def test_a_paid_order_explains_its_units(front: Shopfront) -> None:
    """Once it is in the ledger, nothing is left of them."""
    order = front.buy("alpha", 2)
    front.world.pay(order.order_id)
    front.work(3)

    assert unexplained(front.services, "alpha") == ()


def test_an_unpaid_order_is_doubted(front: Shopfront) -> None:
    """It may be what TikTok counts: nothing is open; or not: to accept counts on the safe side."""
    front.buy("alpha", 2)
    front.work(3)
    commit(front, 2)
    one = found(front)

    assert (one.units, one.unsure_units, one.is_open) == (2, 2, False)


def test_an_order_from_after_the_read_explains_nothing(front: Shopfront) -> None:
    """TikTok cannot have counted it then."""
    commit(front, 2)
    order = front.buy("alpha", 1)
    front.world.pay(order.order_id)
    front.work(3)
    commit(front, 2)
    front.now -= 30.0

    assert found(front).units == 2


def test_open_orders_are_recorded_once(front: Shopfront) -> None:
    """However often they are imported."""
    order = front.buy("alpha", 2)
    front.world.pay(order.order_id)
    front.pass_time(1.0)
    first = import_open_orders(front.services, "alpha")
    book = front.row("alpha").book
    again = import_open_orders(front.services, "alpha")

    assert first == again
    assert front.row("alpha").book == book
