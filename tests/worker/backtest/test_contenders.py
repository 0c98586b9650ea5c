"""What each policy must and must not do on made-up orders, seed by seed."""

from functools import cache

import pytest

from tests.support.histories import demand_under, made_up_history
from worker.backtest.contenders import ALL, check_name, replay
from worker.backtest.faults import BadReplay
from worker.backtest.history import Demand
from worker.backtest.market import Market
from worker.backtest.planner import Planned
from worker.backtest.scene import FeedCondition, Scene
from worker.backtest.tally import Tally


SEEDS = range(1, 6)
RUSH = Scene(intensity=1_000.0, stock_weeks=1.0)
DAILY = FeedCondition(delay_s=86_400.0, error="other_channel")


@cache
def demand(seed: int) -> Demand:
    """What a seed makes of the made-up orders."""
    return demand_under(made_up_history(), seed=seed)


@cache
def outcome(policy: str, seed: int, scene: Scene = RUSH) -> Tally:
    """What a policy makes of them."""
    return replay(policy, demand(seed), scene, seed)


@pytest.mark.parametrize("policy", ["atomic", "omniscient"])
def test_a_bound_never_oversells_on_exact_feeds(policy: str) -> None:
    """One counter without latency sells what is there and no more."""
    assert sum(outcome(policy, seed).oversold_orders for seed in SEEDS) == 0


def test_omniscient_never_oversells_on_bad_feeds() -> None:
    """It looks at the shelf, not at the feed."""
    scene = Scene(feed=DAILY)

    assert sum(outcome("omniscient", seed, scene).oversold_orders for seed in SEEDS) == 0


def test_atomic_oversells_what_a_bad_feed_hides() -> None:
    """One counter is no better than the figure that it started from."""
    scene = Scene(feed=DAILY)

    assert sum(outcome("atomic", seed, scene).oversold_orders for seed in SEEDS) > 0


@pytest.mark.parametrize("policy", [name for name in ALL if name != "atomic"])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_policy_fills_more_than_atomic(policy: str, seed: int) -> None:
    """No sync beats one counter that all shops share: not even once, where each wants one."""
    wanted = demand_under(made_up_history(units=(1,)), seed=seed)

    fills = replay(policy, wanted, RUSH, seed).filled_orders

    assert fills <= replay("atomic", wanted, RUSH, seed).filled_orders


def test_mirroring_oversells_in_a_rush() -> None:
    """The made-up rush is one in which whoever only follows orders is late."""
    assert sum(outcome("mirror_event", seed).oversold_orders for seed in SEEDS) > 0


def test_copying_feeds_sells_what_is_sold_already() -> None:
    """A figure of what is on the shelf still holds the orders that have not left it."""
    copied = sum(outcome("mirror_feed", seed).oversold_orders for seed in SEEDS)

    assert copied > sum(outcome("mirror_event", seed).oversold_orders for seed in SEEDS)


def test_a_larger_buffer_fills_less() -> None:
    """Each unit held back in every shop is a unit that is never sold."""
    fills = [
        sum(outcome(f"fixed_buffer_{units}", seed).filled_orders for seed in SEEDS)
        for units in (1, 2, 4, 8)
    ]

    assert fills == sorted(fills, reverse=True)
    assert len(set(fills)) == len(fills)


@pytest.mark.parametrize("intensity", [1.0, 30.0, 1_000.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_strict_never_oversells_on_exact_feeds(seed: int, intensity: float) -> None:
    """The promise of the bound, on the real planner."""
    assert outcome("strict", seed, Scene(intensity=intensity)).oversold_orders == 0


def test_the_second_check_finds_nothing_to_refuse() -> None:
    """What is decided at the moment of the call keeps the bound."""
    planned = Planned()

    Market(demand(1), RUSH, planned, 1).run()

    assert planned.breaches == 0


def test_strict_sells() -> None:
    """It does not keep its promise by showing nothing."""
    fills = sum(outcome("strict", seed).filled_orders for seed in SEEDS)

    assert fills > 0.6 * sum(outcome("atomic", seed).filled_orders for seed in SEEDS)


def test_an_unknown_policy_is_told_with_those_that_are_known() -> None:
    """A misspelt name does not end in a replay of nothing."""
    with pytest.raises(BadReplay, match="mirror_event"):
        check_name("miror_event")
