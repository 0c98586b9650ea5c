"""What a seed makes of recorded orders."""

import math
from collections import defaultdict

from tests.support.histories import demand_under, made_up_history
from worker.backtest.history import Arrival, sample


def by_order(arrivals: tuple[Arrival, ...]) -> dict[float, set[tuple[int, float]]]:
    """The shops and webhooks of what came at each moment."""
    found = defaultdict(set)
    for each in arrivals:
        found[each.at].add((each.shop, each.webhook_s))
    return found


def test_all_lines_of_an_order_come_together() -> None:
    """At one moment, in one shop, with one webhook."""
    demand = demand_under(made_up_history())

    together = by_order(demand.arrivals)

    assert len(together) == 300
    assert all(len(fates) == 1 for fates in together.values())


def test_orders_are_spread_over_their_minute() -> None:
    """None leaves the minute that was recorded, and few share a moment of it."""
    history = made_up_history(skus=1)

    arrivals = demand_under(history).arrivals

    assert sorted(each.at // 60.0 for each in arrivals) == sorted(
        line.placed_at // 60.0 for line in history.lines
    )
    assert len({each.at for each in arrivals}) == len(arrivals)


def test_every_shop_gets_about_as_many() -> None:
    """The hash prefers no shop."""
    arrivals = demand_under(made_up_history(orders=3_000, skus=1)).arrivals

    shares = [sum(each.shop == shop for each in arrivals) / len(arrivals) for shop in range(3)]

    assert max(shares) - min(shares) < 0.06


def test_a_wholesaler_is_cut_to_a_buyer() -> None:
    """No order is for more than three."""
    assert max(each.units for each in demand_under(made_up_history()).arrivals) == 3


def test_two_webhooks_in_a_hundred_are_lost() -> None:
    """They never come, and the poll has to find their orders."""
    arrivals = demand_under(made_up_history(orders=10_000, skus=1)).arrivals

    lost = sum(math.isinf(each.webhook_s) for each in arrivals) / len(arrivals)

    assert 0.015 < lost < 0.025


def test_webhooks_take_four_seconds_on_average() -> None:
    """Those that come at all."""
    arrivals = demand_under(made_up_history(orders=10_000, skus=1)).arrivals
    came = [each.webhook_s for each in arrivals if math.isfinite(each.webhook_s)]

    assert 3.8 < sum(came) / len(came) < 4.2


def test_a_sample_holds_the_fast_and_the_slow() -> None:
    """Every nth SKU by demand, so that each part of the ranking is there."""
    history = made_up_history(orders=2_000, skus=30)

    chosen = sample(history, most=10, seed=4)

    assert [history.skus.index(sku) // 3 for sku in chosen] == list(range(10))


def test_each_seed_draws_another_sample() -> None:
    """Many seeds see many SKUs."""
    history = made_up_history(orders=2_000, skus=30)

    assert len({sample(history, most=10, seed=seed) for seed in range(20)}) == 3


def test_what_is_sampled_does_not_change_what_comes() -> None:
    """An item's orders reach the same shops at the same moments beside whatever others."""
    history = made_up_history()
    whole = demand_under(history).arrivals
    alone = demand_under(made_up_history(), skus=history.skus[:1]).arrivals

    assert [(each.at, each.shop) for each in whole if each.item == 0] == [
        (each.at, each.shop) for each in alone
    ]
