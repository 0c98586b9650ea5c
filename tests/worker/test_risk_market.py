"""Each shop is measured as its market does: by its limit, its window, and its idea of fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.reports.risk import risk

from ..support.shopfront import Shopfront, shopfront
from .risk_rig import by_shop, sell, with_shop


DAY_S = 86_400.0


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """A shopfront that is written to."""
    with shopfront(tmp_path) as opened:
        yield opened


def test_a_shop_is_measured_by_its_market(front: Shopfront) -> None:
    """A week in Indonesia; what is set for the shop itself goes before, and [risk] comes last."""
    asked = with_shop(front, "alpha", market="ID", sfcr_limit_ratio=0.02)

    shops = by_shop(risk(asked))

    assert (shops["alpha"].window_days, shops["alpha"].sfcr_limit_ratio) == (7.0, 0.02)
    assert (shops["beta"].window_days, shops["beta"].sfcr_limit_ratio) == (30.0, 0.025)


def test_the_window_of_a_market_forgets_sooner(front: Shopfront) -> None:
    """An order of eight days ago is in the window of the US and out of Indonesia's."""
    front.open_for_business(12)
    sell(front, "alpha")
    front.pass_time(8 * DAY_S)

    counted = {
        market: by_shop(risk(with_shop(front, "alpha", market=market)))["alpha"].orders_in_window
        for market in ("US", "ID")
    }

    assert counted == {"US": 1, "ID": 0}


def test_the_market_says_what_counts(front: Shopfront) -> None:
    """The buyer wished it: no fault in the US, the seller's in Thailand."""
    front.open_for_business(12)
    (wished,) = sell(front, "alpha")
    front.world.cancel(wished, "SELLER", "seller_cancel_paid_reason_buyer_requested_cancellation")
    front.work(3.0)

    counted = {
        market: by_shop(risk(with_shop(front, "alpha", market=market)))["alpha"]
        for market in ("US", "TH")
    }

    assert counted["US"].seller_fault_cancelled == 0
    assert counted["TH"].seller_fault_cancelled == 1
