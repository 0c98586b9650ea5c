"""The guard in a replay: fewer cancellations than mirroring, fewer lost sales than strict."""

from functools import cache

import pytest

from reconciliation.budget import CancellationBudget
from tests.support.histories import demand_under, made_up_history
from worker.backtest.contenders import check_name, replay
from worker.backtest.faults import BadReplay
from worker.backtest.market import Market
from worker.backtest.racing import Raced
from worker.backtest.scene import FeedCondition, Scene
from worker.backtest.tally import Tally


SEEDS = range(1, 4)
RUSH = Scene(intensity=1_000.0, stock_weeks=1.0)
QUIET = Scene()
DAILY = Scene(feed=FeedCondition(delay_s=86_400.0))


@cache
def outcome(policy: str, seed: int, scene: Scene = RUSH) -> Tally:
    """What a policy makes of the made-up orders of a seed."""
    return replay(policy, demand_under(made_up_history(), seed=seed), scene, seed)


def total(policy: str, what: str, scene: Scene = RUSH) -> int:
    """A count of a policy over all seeds."""
    return sum(getattr(outcome(policy, seed, scene), what) for seed in SEEDS)


def test_the_guard_oversells_less_than_mirroring_in_a_rush_out_of_nowhere() -> None:
    """Ten orders within seconds after hours of none: nobody foresees that, some end it sooner."""
    assert total("guard", "oversold_orders") < total("mirror_event", "oversold_orders")


def test_the_guard_loses_fewer_sales_than_a_strict_split() -> None:
    """Goods are shown in every shop while that is safe."""
    assert total("guard", "filled_orders") > total("strict", "filled_orders")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_guard_oversells_nothing_on_quiet_days(seed: int) -> None:
    """At the recorded pace there is hardly ever a race, and none here."""
    assert outcome("guard", seed, QUIET).oversold_orders == 0


def test_a_feed_is_old_by_its_own_schedule() -> None:
    """A figure of yesterday is no reason to hide goods where a file comes once a day."""
    assert total("guard", "filled_orders", DAILY) > 0.95 * total("atomic", "filled_orders", DAILY)


def test_the_guard_writes_less_than_mirroring() -> None:
    """A sale in one shop need not be written to the others while enough is left."""
    assert total("guard", "writes", QUIET) < total("mirror_event", "writes", QUIET)


def test_a_smaller_budget_of_cancelled_orders_turns_more_buyers_away_and_oversells_less() -> None:
    """It makes a cancelled order dearer, and the two are weighed by its price."""
    assert total("guard_0.01", "orders") < total("guard_100", "orders")
    assert total("guard_0.01", "oversold_orders") < total("guard_100", "oversold_orders")


def test_the_second_check_finds_nothing_to_refuse() -> None:
    """No write of a raced plan promises more than there is."""
    guard = Raced(RUSH, budget=CancellationBudget())

    Market(demand_under(made_up_history(), seed=1), RUSH, guard, 1).run()

    assert guard.breaches == 0


def test_a_budget_that_is_no_number_is_no_policy() -> None:
    """It is told as orders of 10,000."""
    with pytest.raises(BadReplay, match="guard_some"):
        check_name("guard_some")
