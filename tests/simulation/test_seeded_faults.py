"""Whatever TikTok does to our calls, nothing is oversold; when it stops, all comes right.

One seed is one story: the same shoppers, the same faults, the same end. A seed that ever failed
belongs into `SEEDS` for good.
"""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.sandbox.faults import FaultPlan, FaultRates
from connectors.store import trail
from connectors.store.engine import reading
from tests.support.shopfront import TICK_S, Shopfront, shopfront
from worker.steps.intents import BREACH

from .people import cancel_one, report, shop


SEEDS = (1, 2, 3, 4)
STORM_S = 120.0
CALM_S = 30.0
GOODS = 14
RATES = FaultRates(
    too_many_requests=0.03,
    internal_error=0.03,
    internal_error_after_effect=0.05,
    overloaded=0.03,
    timeout_before_effect=0.05,
    timeout_after_effect=0.05,
    late_effect=0.08,
    partial_failure=0.03,
)

pytestmark = pytest.mark.timeout(150)


def storm(front: Shopfront, rng: random.Random, look: Callable[[Shopfront], None]) -> None:
    """Let shoppers buy and cancel and the partner report, while calls go wrong."""
    front.faults = FaultPlan(RATES, rng, late_effect_s=(0.5, 6.0))
    front.restart()
    end, next_feed = front.now + STORM_S, front.now
    while front.now < end:
        if rng.random() < 0.5:
            shop(front, rng)
        if rng.random() < 0.1:
            cancel_one(front, rng)
        if front.now >= next_feed:
            report(front, rng)
            next_feed = front.now + 8.0
        front.work(TICK_S)
        look(front)
    front.faults.stop()


def require_nothing_oversold(front: Shopfront) -> None:
    """What no moment may break where each unit is promised once."""
    assert front.shelf.oversold_units() == 0


def require_no_breach(front: Shopfront) -> None:
    """What no moment may break where overlap is priced: no planned write is one too many."""
    with reading(front.services.engine) as connection:
        assert trail.count_of(connection, BREACH) == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_oversold_in_a_storm_and_all_is_settled_after_it(
    tmp_path: Path, seed: int, database_url: str
) -> None:
    """Every kind of fault at once, then calm: no unit oversold, no write left open."""
    with shopfront(tmp_path, database_url=database_url) as front:
        front.open_for_business(GOODS)
        storm(front, random.Random(seed), require_nothing_oversold)
        front.drop_feed(front.shelf.on_shelf(front.pool))
        front.work(CALM_S)
        shown, left = sum(front.shown().values()), front.shelf.sellable_units(front.pool)

        assert front.shelf.oversold_units() == 0
        assert front.open_writes() == 0
        assert shown <= max(left, 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_where_overlap_is_priced_a_storm_breaks_no_bound_and_all_is_settled_after_it(
    tmp_path: Path, seed: int
) -> None:
    """Each listing alone shows no more than is left, whatever the others show."""
    with shopfront(tmp_path, guard={"overlap": "risk_bounded", "watched_s_min": 0.0}) as front:
        front.open_for_business(GOODS)
        storm(front, random.Random(seed), require_no_breach)
        front.drop_feed(front.shelf.on_shelf(front.pool))
        front.work(CALM_S)
        shown, left = max(front.shown().values()), front.shelf.sellable_units(front.pool)

        assert front.open_writes() == 0
        assert shown <= max(left, 0)
