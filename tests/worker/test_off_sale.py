"""Products taken off sale where nothing else hides goods that are gone, and their way back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.sandbox.faults import FaultKind
from connectors.sandbox.merchandise import ProductStatus
from connectors.store import off_sale
from connectors.store.engine import reading
from reconciliation.off_sale import Step
from tests.support.shopfront import Shopfront, shopfront


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops of which one listing is locked whole by a campaign, and may leave sale for it."""
    # What vanishes here would else be held back for ever after.
    guard = {"when_stuck": "take_off_sale", "safety_units_max": 0}
    with shopfront(tmp_path, guard=guard) as opened:
        opened.open_for_business(10)
        lock(opened)
        yield opened


def lock(front: Shopfront) -> None:
    """Let a campaign hold the whole stock of one shop's listing."""
    front.world.switches = replace(front.world.switches, campaign_floor_is_whole_stock=True)
    sku_id = front.skus["alpha"].sku_id
    front.world.edit_stock_by_hand(sku_id, front.warehouse_ids["alpha"], campaign=3)


def status(front: Shopfront) -> ProductStatus:
    """Return the status of the locked product at TikTok."""
    return front.world.registry.product(front.skus["alpha"].product_id).status


def set_status(front: Shopfront, to: ProductStatus) -> None:
    """Let a person, or TikTok, give the product another status."""
    front.world.set_product_status(front.skus["alpha"].product_id, to)


def step(front: Shopfront) -> Step | None:
    """Return the step that the product is at."""
    with reading(front.services.engine) as connection:
        row = off_sale.load(connection, "alpha", front.skus["alpha"].product_id)
    return row.step if row is not None else None


def lose_goods(front: Shopfront) -> None:
    """Let all goods vanish, and the partner say so."""
    front.drop_feed(0)
    front.work(20)


def find_goods(front: Shopfront, seconds: float = 45.0) -> None:
    """Let goods come in again."""
    front.shelf.receive(front.pool, 10)
    front.drop_feed(20)
    front.work(seconds)


def test_a_product_that_cannot_be_lowered_is_taken_off_sale(front: Shopfront) -> None:
    """Its quantity stays, and nobody can buy it."""
    lose_goods(front)

    assert (status(front), front.shown()["alpha"]) == (ProductStatus.SELLER_DEACTIVATED, 5)


def test_without_the_policys_word_it_is_left_on_sale(tmp_path: Path) -> None:
    """Coming back means an audit: nobody is put through it unasked."""
    with shopfront(tmp_path) as front:
        front.open_for_business(10)
        lock(front)
        lose_goods(front)

        assert (status(front), front.row("alpha").stranded_because[:31]) == (
            ProductStatus.ACTIVATE,
            "TikTok refused the write: campa",
        )


def test_a_product_whose_goods_are_there_is_left_on_sale(front: Shopfront) -> None:
    """A lock alone is no reason."""
    front.drop_feed(9)
    front.work(20)

    assert status(front) is ProductStatus.ACTIVATE


def test_it_goes_through_the_audit_when_goods_are_back(front: Shopfront) -> None:
    """Asked for once, and followed until it is over."""
    lose_goods(front)
    find_goods(front, 62.0)
    in_audit = status(front), step(front)
    front.work(100)

    assert in_audit == (ProductStatus.PENDING, Step.IN_AUDIT)
    assert (status(front), step(front)) == (ProductStatus.ACTIVATE, None)


def test_after_the_audit_it_is_written_again(front: Shopfront) -> None:
    """The whole way round ends where it began."""
    lose_goods(front)
    find_goods(front)
    front.world.edit_stock_by_hand(
        front.skus["alpha"].sku_id, front.warehouse_ids["alpha"], campaign=0
    )
    front.work(120)
    front.drop_feed(4)
    front.work(20)

    assert sum(front.shown().values()) <= 4
    assert front.shelf.oversold_units() == 0


def test_an_audit_that_fails_is_not_asked_for_again(front: Shopfront) -> None:
    """A person has to mend what TikTok found."""
    lose_goods(front)
    find_goods(front)
    set_status(front, ProductStatus.FAILED)
    front.work(40)
    asked = sum(path.endswith("/activate") for path in front.calls)
    front.work(40)

    assert (step(front), asked) == (Step.FAILED, 1)
    assert sum(path.endswith("/activate") for path in front.calls) == asked


def test_what_a_person_put_back_is_not_taken_off_again(front: Shopfront) -> None:
    """Whoever did it knows why (W10)."""
    lose_goods(front)
    set_status(front, ProductStatus.ACTIVATE)
    front.work(70)

    assert (status(front), step(front)) == (ProductStatus.ACTIVATE, Step.LEFT_ALONE)


def test_what_a_person_took_off_sale_is_not_put_back(front: Shopfront) -> None:
    """We did not take it off: it is not ours to bring back (W10)."""
    set_status(front, ProductStatus.SELLER_DEACTIVATED)
    lose_goods(front)
    find_goods(front)

    assert status(front) is ProductStatus.SELLER_DEACTIVATED


def test_a_call_without_an_answer_is_made_good(front: Shopfront) -> None:
    """Whether it had an effect is seen, not believed."""
    front.faults.force(FaultKind.TIMEOUT_BEFORE_EFFECT, api="products_deactivate")
    lose_goods(front)
    front.work(40)

    assert (status(front), step(front)) == (ProductStatus.SELLER_DEACTIVATED, Step.OFF)
