"""Promotions: read with their limits, and told to whoever asks why a quantity stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.store import activities, work
from connectors.store.engine import reading, writing
from tests.support.shopfront import Shopfront, shopfront
from worker.dispatch import work_off
from worker.queues import ACTIVITIES
from worker.reports.explain import explain
from worker.steps.read_stock import read_listings


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops that show five units each."""
    with shopfront(tmp_path) as opened:
        opened.open_for_business(10)
        yield opened


def promote(front: Shopfront, *, begins_in_s: float = -60.0, units_max: int = 50) -> None:
    """Plan a promotion of one shop's listing that ends in an hour, and let it be read."""
    front.world.promote(
        "alpha",
        "Flash Friday",
        {front.skus["alpha"].sku_id: units_max},
        begins_at=front.now + begins_in_s,
        ends_at=front.now + 3_600.0,
    )
    read(front)


def read(front: Shopfront) -> None:
    """Let promotions be read now."""
    with writing(front.services.engine) as connection:
        work.ask(connection, ACTIVITIES, ["alpha"], due_at=front.services.now())
    work_off(front.services, ACTIVITIES, "alpha")


def stored(front: Shopfront, shop: str = "alpha") -> list[tuple[str, int | None]]:
    """Return the states and limits of the promotions that a shop's listing is in."""
    with reading(front.services.engine) as connection:
        found = activities.with_listing(connection, front.key(shop))
        return [(activity.status, units_max) for activity, units_max in found]


def told(front: Shopfront) -> str:
    """Return what `explain` says would change what one shop's listing shows."""
    (report,) = explain(front.services, "TEE", "alpha").listings
    return "; ".join(report.what_would_change)


def test_a_running_promotion_is_known_with_its_limit(front: Shopfront) -> None:
    """Of the listing that is in it, and of no other."""
    promote(front)

    assert (stored(front), stored(front, "beta")) == ([("ONGOING", 50)], [])


def test_a_coming_promotion_is_known_before_it_begins(front: Shopfront) -> None:
    """So that its lock surprises nobody; -1 means any number of units."""
    promote(front, begins_in_s=600.0, units_max=-1)

    assert stored(front) == [("NOT_START", None)]


def test_a_promotion_that_is_over_is_forgotten(front: Shopfront) -> None:
    """The next reading has only what runs or is to come."""
    promote(front)
    front.pass_time(3_700.0)
    read(front)

    assert stored(front) == []


def test_all_promotions_are_read_page_by_page(front: Shopfront) -> None:
    """Size and token go into the body here."""
    for _ in range(101):
        front.world.promote(
            "alpha",
            "Coming",
            {front.skus["alpha"].sku_id: 1},
            begins_at=front.now + 60.0,
            ends_at=front.now + 120.0,
        )
    read(front)

    assert len(stored(front)) == 101


def test_explain_tells_of_the_promotion(front: Shopfront) -> None:
    """Before TikTok has refused anything."""
    promote(front)

    assert "promotion 'Flash Friday' (FLASHSALE) runs until" in told(front)
    assert "at most 50 units" in told(front)


def test_explain_tells_of_what_campaigns_and_creators_hold(front: Shopfront) -> None:
    """Platform campaigns show in the stock alone."""
    sku_id, place = front.skus["alpha"].sku_id, front.warehouse_ids["alpha"]
    front.world.edit_stock_by_hand(sku_id, place, campaign=2, creator=1)
    read_listings(front.services, "alpha", [front.key("alpha")])

    assert "campaigns were promised 2 of" in told(front)
    assert "creators were promised 1 of" in told(front)


def test_explain_tells_what_tiktok_refused_and_when_it_is_tried_again(front: Shopfront) -> None:
    """A listing that is barred says by what."""
    front.world.refusals[front.skus["alpha"].sku_id] = 12052371
    front.drop_feed(4)
    front.work(5)

    assert "live_auction: TikTok takes nothing (12052371" in told(front)
    assert "it is tried again at" in told(front)
