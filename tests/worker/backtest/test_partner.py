"""How the partner reports, file by file, and what its errors do."""

import pytest

from tests.support.histories import demand_under, made_up_history
from worker.backtest.market import Market
from worker.backtest.mirrors import Mirror
from worker.backtest.partner import ARRIVAL_S, FEED_ERRORS
from worker.backtest.policy import Desk
from worker.backtest.scene import WARM_UP_S, FeedCondition, Scene


DELAY_S = 14_400.0


class Reader(Mirror):
    """Notes how old each feed is when it comes, and how far it is from the shelf."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps_s: list[float] = []
        self.wrong_units: list[int] = []
        self._last_at = 0.0
        self.market: Market | None = None

    def begin(self, desk: Desk) -> None:
        """Keep the market too: a test may look at the shelf."""
        super().begin(desk)
        assert isinstance(desk, Market)
        self.market = desk

    def fed(self, items: tuple[int, ...]) -> None:
        """Look at the feed before it is mirrored."""
        assert self.market is not None
        self.gaps_s.append(self.desk.now - self._last_at)
        self._last_at = self.desk.now
        for item in items:
            there = self.market.goods[item].on_hand_units(self.desk.now)
            self.wrong_units.append(self.desk.feed(item).units - there)
        super().fed(items)


def read_under(error: str, *, delay_s: float = DELAY_S, seed: int = 1) -> tuple[Reader, Market]:
    """What is reported over some weeks under one kind of error."""
    reader = Reader()
    condition = FeedCondition(delay_s=delay_s, error=error if delay_s else "none")
    market = Market(demand_under(made_up_history()), Scene(feed=condition), reader, seed)
    market.run()
    return reader, market


def test_an_exact_feed_is_never_wrong() -> None:
    """It states the shelf at every moment."""
    reader, _ = read_under("none", delay_s=0.0)

    assert set(reader.wrong_units) == {0}


def test_files_come_by_the_clock() -> None:
    """Without an error, one every delay."""
    reader, _ = read_under("none")

    assert {round(gap) for gap in reader.gaps_s[2:]} == {DELAY_S}


def test_missing_files_leave_gaps() -> None:
    """About one in ten never comes, and the next comes at its own time."""
    reader, _ = read_under("missing_files")

    gaps = [round(gap) for gap in reader.gaps_s[2:]]
    assert set(gaps) > {DELAY_S, 2 * DELAY_S}
    assert all(gap % DELAY_S == 0 for gap in gaps)


def test_late_files_come_before_the_next() -> None:
    """None is overtaken, and none is lost."""
    late, _ = read_under("late_files")
    on_time, _ = read_under("none")

    assert max(late.gaps_s[2:]) > DELAY_S + 1.0
    assert len(late.gaps_s) == len(on_time.gaps_s)


def test_a_miscount_is_stated_until_the_next_count() -> None:
    """The figure is off by what was booked wrongly, not by what left since."""

    def wrong(error: str) -> int:
        readers = [read_under(error, seed=seed)[0] for seed in range(1, 6)]
        return sum(units != 0 for reader in readers for units in reader.wrong_units)

    assert wrong("miscount") > wrong("none")


@pytest.mark.parametrize("error", ["shrinkage", "other_channel"])
def test_losses_leave_the_shelf(error: str) -> None:
    """With them there is less to sell than without."""
    _, whole = read_under("none")
    _, robbed = read_under(error)

    assert robbed.tally.filled_orders < whole.tally.filled_orders or (
        sum(goods.free_units for goods in robbed.goods)
        < sum(goods.free_units for goods in whole.goods)
    )


def test_every_named_error_can_be_replayed() -> None:
    """The list of errors holds no word that stands for nothing."""
    assert all(read_under(error)[1].tally.orders for error in FEED_ERRORS)


def test_an_instant_feed_has_no_error() -> None:
    """It would not be instant."""
    with pytest.raises(ValueError, match="no error"):
        FeedCondition(delay_s=0.0, error="miscount")


def test_a_figure_is_as_old_as_the_file_says() -> None:
    """A file speaks of the moment at which it was closed, not of its arrival."""
    reader, market = read_under("none")

    age_s = market.now - reader.desk.feed(0).as_of
    assert ARRIVAL_S <= age_s <= DELAY_S + ARRIVAL_S
    assert market.now > WARM_UP_S
