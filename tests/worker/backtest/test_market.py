"""The market between buyers and policy: calls within the quota, and news with its delay."""

import math

from tests.support.histories import demand_under, made_up_history
from worker.backtest.history import Arrival, Demand
from worker.backtest.market import Market
from worker.backtest.mirrors import Mirror
from worker.backtest.planner import Planned
from worker.backtest.policy import Sale
from worker.backtest.scene import WARM_UP_S, FeedCondition, Scene


SHARE = 0.002
RATE_PER_S = 50 * 0.9 * SHARE
SPAN_S = 100.0


class Counted(Market):
    """Notes when each call of the first shop is made."""

    def __init__(self, demand: Demand, scene: Scene) -> None:
        super().__init__(demand, scene, Planned(), 1)
        self.calls: dict[str, list[float]] = {"writes": [], "reads": [], "polls": []}

    def _write_turn(self, place: int) -> None:
        before = self.tally.writes
        super()._write_turn(place)
        if place % self.shops == 0 and self.tally.writes > before:
            self.calls["writes"].append(self.now)

    def _read_turn(self, place: int) -> None:
        if place % self.shops == 0:
            self.calls["reads"].append(self.now)
        super()._read_turn(place)

    def _poll_turn(self, shop: int) -> None:
        if shop == 0:
            self.calls["polls"].append(self.now)
        super()._poll_turn(shop)


def most_within(moments: list[float], span_s: float) -> int:
    """The most calls that any span saw."""
    return max(
        sum(1 for at in moments[first:] if at < start + span_s)
        for first, start in enumerate(moments)
    )


def test_the_planner_never_calls_beyond_the_quota() -> None:
    """In a rush with little of the quota its writes, reads and polls wait for their turns."""
    scene = Scene(intensity=1_000.0, stock_weeks=1.0, quota_share=SHARE)
    market = Counted(demand_under(made_up_history()), scene)
    market.run()

    most = [most_within(moments, SPAN_S) for moments in market.calls.values()]

    assert max(most) <= 5 + math.ceil(RATE_PER_S * SPAN_S)
    assert min(len(moments) for moments in market.calls.values()) > 5


class Listener(Mirror):
    """Notes when it hears of each order."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[float, Sale]] = []
        self.missing = 0

    def missed(self, sale: Sale) -> None:
        """Count it: its parcel should leave now."""
        assert sale.leaves_at == self.desk.now
        self.missing += 1

    def told(self, sale: Sale) -> None:
        """Note it, and mirror."""
        self.heard.append((self.desk.now, sale))
        super().told(sale)


def one_order(webhook_s: float) -> Demand:
    """An order at a known moment, and another much later that lets time pass."""
    fields = {"item": 0, "shop": 0, "units": 1}
    first = Arrival(at=1_000.0, webhook_s=webhook_s, **fields)
    last = Arrival(at=5_000.0, webhook_s=1.0, **fields)
    return Demand(skus=("lamp",), arrivals=(first, last), units_per_week=(5.0,), ends_at=6_000.0)


def heard_after_s(webhook_s: float) -> float:
    """How long after its placing a policy heard of an order."""
    listener = Listener()
    Market(one_order(webhook_s), Scene(), listener, 1).run()
    return listener.heard[0][0] - WARM_UP_S - 1_000.0


def test_a_webhook_brings_an_order_in_its_time() -> None:
    """Neither earlier nor with the next poll."""
    assert heard_after_s(3.0) == 3.0


def test_a_lost_webhook_is_found_by_the_next_poll() -> None:
    """At most a minute later, with the time that the poll takes."""
    assert 0.3 <= heard_after_s(math.inf) <= 60.3


def test_an_order_is_told_once() -> None:
    """Whether the webhook or the poll is first."""
    listener = Listener()
    Market(demand_under(made_up_history()), Scene(intensity=1_000.0), listener, 1).run()

    assert len({id(sale) for _, sale in listener.heard}) == len(listener.heard)


def missing(feed: FeedCondition) -> tuple[int, int]:
    """How many orders a policy heard to be missing, and how many were oversold."""
    listener = Listener()
    market = Market(demand_under(made_up_history()), Scene(feed=feed), listener, 1)
    market.run()
    return listener.missing, market.tally.oversold_orders


def test_missing_goods_are_found_when_the_parcel_should_leave() -> None:
    """All but those of the last day; where every change is told, that was known at once."""
    heard, oversold = missing(FeedCondition(delay_s=86_400.0, error="other_channel"))

    assert 0 < heard <= oversold
    assert missing(FeedCondition())[0] == 0


def test_a_write_overwrites_what_was_sold_meanwhile() -> None:
    """An absolute quantity gives units back that were sold while it was on its way."""
    market = Market(one_order(1.0), Scene(), Mirror(), 1)
    market.shown[0] = 3
    market.check_out(0, 0, 2)

    market._land((0, 3))  # noqa: SLF001 - the moment at which a write takes effect

    assert market.shown[0] == 3
