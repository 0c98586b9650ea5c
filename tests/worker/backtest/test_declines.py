"""What a replayed partner's errors teach the guard, file by file."""

from collections.abc import Iterator

import pytest

from reconciliation.budget import CancellationBudget
from reconciliation.position import Snapshot
from reconciliation.quantities import Units
from tests.support.histories import DAY_S, demand_under, made_up_history
from worker.backtest.declines import LearnedDeclines
from worker.backtest.market import Market
from worker.backtest.partner import ARRIVAL_S
from worker.backtest.planner import Planned
from worker.backtest.planner_rows import ItemRow, item_row, snapshot_of
from worker.backtest.policy import Feed, Sale
from worker.backtest.racing import Raced
from worker.backtest.scene import FeedCondition, Scene


FILES = 20


class Watched(Raced):
    """A guard that notes the units held back with each of its decisions, and of which figure.

    Of the figure its units, when it was true, and whether it had just arrived.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene, budget=CancellationBudget())
        self.held_units: list[Units] = []
        self.figures: list[tuple[int, Units, float, bool]] = []
        self.grown = 0

    def _has_aged(self, item: int) -> bool:
        aged = super()._has_aged(item)
        self.grown += aged and self.desk.now - self.desk.feed(item).as_of < DAY_S
        return aged

    def _decide(self, item: int) -> None:
        super()._decide(item)
        thought, row = self._last[item], self.rows[item]
        assert thought is not None
        self.held_units.append(thought.board.pools[row.pool].position.safety_units)
        feed = self.desk.feed(item)
        arrived = feed.as_of + ARRIVAL_S == self.desk.now
        self.figures.append((item, feed.units, feed.as_of, arrived))


def watched(feed: FeedCondition) -> Watched:
    """A guard after some weeks of such feeds."""
    scene = Scene(feed=feed)
    guard = Watched(scene)
    Market(demand_under(made_up_history()), scene, guard, 1).run()
    return guard


def decisions(guard: Watched) -> Iterator[tuple[tuple[float, Units], tuple[float, Units, bool]]]:
    """Yield two decisions in turn on each figure of an item that is stated again or still holds.

    Each by when the figure was true and what was held back; of the later one, if it is new.
    """
    last: dict[int, tuple[Units, float, Units]] = {}
    for (item, units, as_of, arrived), held in zip(guard.figures, guard.held_units, strict=True):
        before_units, before_as_of, before_held = last.get(item, (-1, 0.0, 0))
        if before_units == units:
            yield (before_as_of, before_held), (as_of, held, arrived)
        last[item] = (units, as_of, held)


def daily(error: str) -> FeedCondition:
    """A file a day, with one kind of error."""
    return FeedCondition(delay_s=DAY_S, error=error)


def figure(units: Units, *, day: int) -> Snapshot:
    """What a daily file states of an item."""
    return snapshot_of(Feed(units=units, as_of=day * DAY_S, every_s=DAY_S))


def sold(*, missing: bool) -> ItemRow:
    """An item of which two units were ordered, to leave at noon of the first day."""
    order = Sale(item=0, shop=0, units=2, placed_at=100.0, leaves_at=DAY_S / 2.0, short=False)
    row = item_row(0, 1)
    row.claim(order, figure(0, day=0).as_of)
    if missing:
        row.miss(order)
    return row


def rate(known: LearnedDeclines, item: int) -> float:
    """The units of an item that vanish in an hour, by all that was reported."""
    known.close()
    law = known.law(item)
    assert law is not None
    return law.per_hour_units


def units_gone(row: ItemRow) -> float:
    """The decline that is learned where a figure of five is followed by one of three."""
    known = LearnedDeclines(1)
    for day, units in enumerate((5, 3)):
        known.report(0, figure(units, day=day), row.claims_at(day * DAY_S))
    return rate(known, 0)


def test_one_file_teaches_nothing() -> None:
    """There is nothing to compare it with: safety stock goes by the policy's other terms."""
    known = LearnedDeclines(1)
    known.report(0, figure(10, day=0), ())
    known.close()

    assert known.law(0) is None


def test_what_vanishes_from_one_item_is_feared_of_another() -> None:
    """They have the same partner."""
    robbed, whole = LearnedDeclines(2), LearnedDeclines(2)
    for day in range(FILES):
        robbed.report(0, figure(FILES - day, day=day), ())
        whole.report(0, figure(FILES, day=day), ())

    assert rate(robbed, 1) > 2.0 * rate(whole, 1)


def test_goods_that_an_order_took_did_not_vanish() -> None:
    """Where they were missing when the parcel should leave, they had."""
    assert units_gone(sold(missing=True)) > units_gone(sold(missing=False))


@pytest.mark.parametrize("error", ["other_channel", "miscount"])
def test_a_guard_holds_back_more_after_some_wrong_files(error: str) -> None:
    """At first it knows of no error, and holds back nothing."""
    held = watched(daily(error)).held_units

    assert max(held) > held[0] == 0


def test_a_guard_holds_back_more_where_another_channel_sells() -> None:
    """More than what a new partner is trusted with."""
    robbed, whole = (watched(daily(error)).held_units for error in ("other_channel", "none"))

    assert sum(robbed) / len(robbed) > 2.0 * sum(whole) / len(whole)


def test_feeds_that_tell_every_change_teach_nothing() -> None:
    """They cannot fall short, so that nothing is held back for it."""
    guard = watched(FeedCondition())

    assert set(guard.held_units) == {0}


def test_a_guard_holds_back_more_of_a_file_as_it_grows_older() -> None:
    """Units that go a moment after it are as gone as those that went before."""
    pairs = decisions(watched(daily("other_channel")))

    assert any(then[0] == now[0] and then[1] < now[1] for then, now in pairs)


def test_the_age_of_a_file_alone_has_a_guard_look_again() -> None:
    """Long before the file is overdue, but not where nothing goes."""
    robbed, whole = (watched(daily(error)).grown for error in ("other_channel", "none"))

    assert robbed > whole


def test_a_guard_holds_back_less_of_a_new_file_of_the_same_figure() -> None:
    """As soon as it arrives, though it tells of no change."""
    pairs = decisions(watched(daily("other_channel")))

    assert any(now[2] and then[0] < now[0] and then[1] > now[1] for then, now in pairs)


def test_strict_mode_learns_too() -> None:
    """A unit that is not there oversells wherever it is shown."""
    strict, scene = Planned(), Scene(feed=daily("other_channel"))
    Market(demand_under(made_up_history()), scene, strict, 1).run()

    assert all(row.decline is not None for row in strict.rows)


def test_orders_whose_goods_were_missing_raise_the_price_of_the_next() -> None:
    """More is held back against errors from then on: the account keeps the budget."""
    guard = watched(daily("miscount"))
    before = guard.rows[0].decline_price
    order = Sale(item=0, shop=0, units=1, placed_at=0.0, leaves_at=0.0, short=False)
    for _ in range(FILES):
        guard.missed(order)
    guard.fed((0,))

    after = guard.rows[0].decline_price
    assert before is not None
    assert after is not None
    assert after > 2.0 * before
