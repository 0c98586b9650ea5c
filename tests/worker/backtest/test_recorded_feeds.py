"""Recorded feeds: the stock that they tell of, and what is said of bad files."""

from pathlib import Path

import pytest

from tests.support.histories import DAY_S, DAYS, demand_under, made_up_history
from worker.backtest.contenders import replay
from worker.backtest.faults import BadReplay
from worker.backtest.feed_file import FeedRow, read_feeds, stated_in
from worker.backtest.history import Demand
from worker.backtest.scene import HANDLING_S, FeedCondition, Scene
from worker.backtest.supply import Change, supply_of, usual_gap_s


OPENING = 400
DELIVERY = (10.5 * DAY_S, 30)
LOSS = (12.5 * DAY_S, -5)
AS_RECORDED = Scene(feed=FeedCondition(delay_s=DAY_S, error="recorded"))


def figures(demand: Demand) -> tuple[FeedRow, ...]:
    """A figure a day for the first item, of a shelf whose story is known."""
    return tuple(
        FeedRow(
            as_of=day * DAY_S,
            arrived_at=day * DAY_S + 600.0,
            sku=demand.skus[0],
            units=_there(demand, day * DAY_S),
        )
        for day in range(1, DAYS + 1)
    )


def _there(demand: Demand, moment: float) -> int:
    changes = sum(units for at, units in (DELIVERY, LOSS) if at <= moment)
    sent = sum(
        each.units for each in demand.arrivals if each.item == 0 and each.at + HANDLING_S <= moment
    )
    return OPENING + changes - sent


def one_item() -> Demand:
    """The orders of one item."""
    history = made_up_history()
    return demand_under(history, skus=history.skus[:1])


def test_the_stock_behind_the_figures_is_found() -> None:
    """A delivery and a loss come back at the first figure that shows them."""
    demand = one_item()

    supply = supply_of(figures(demand), demand.skus, demand.arrivals)

    assert supply.opening_units == (OPENING,)
    assert supply.changes == (
        Change(at=11 * DAY_S, item=0, units=30),
        Change(at=13 * DAY_S, item=0, units=-5),
    )


def test_the_usual_gap_between_files_is_told() -> None:
    """It stands for the delay of recorded feeds."""
    assert usual_gap_s(figures(one_item())) == DAY_S


@pytest.mark.parametrize("policy", ["atomic", "omniscient", "mirror_event", "strict"])
def test_recorded_stock_that_was_enough_is_enough(policy: str) -> None:
    """Every policy fills orders from the recorded shelf, and none oversells plenty."""
    demand = one_item()
    supply = supply_of(figures(demand), demand.skus, demand.arrivals)

    tally = replay(policy, demand, AS_RECORDED, 1, supply)

    assert tally.filled_orders > 0
    assert tally.oversold_orders == 0


def test_recorded_stock_is_all_there_is() -> None:
    """Nothing is ordered by rule where the record says what came."""
    demand = one_item()
    some = FeedRow(as_of=0.0, arrived_at=60.0, sku=demand.skus[0], units=7)
    supply = supply_of([some], demand.skus, demand.arrivals)

    tally = replay("omniscient", demand, AS_RECORDED, 1, supply)

    assert 0 < tally.filled_orders <= 7


def written(folder: Path, *rows: str) -> Path:
    """A file of recorded feeds."""
    path = folder / "feeds.csv"
    path.write_text("\n".join(["as_of,arrived_at,sku,units", *rows]) + "\n")
    return path


def test_a_feed_file_is_read_on_the_clock_of_the_orders(tmp_path: Path) -> None:
    """Its moments count from the same midnight."""
    path = written(tmp_path, "1970-01-02T00:00:00Z,1970-01-02T00:10:00Z,sku-1,9")

    (row,) = read_feeds(path, made_up_history())

    assert (row.as_of, row.arrived_at, row.sku, row.units) == (DAY_S, DAY_S + 600.0, "sku-1", 9)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1970-01-02T00:00:00Z,1970-01-01T00:00:00Z,sku-1,9", "row 1: it arrived before"),
        ("1970-01-02T00:00:00Z,1970-01-02T00:00:00Z,sku-1,-1", "row 1, column units: '-1'"),
        ("1970-01-02T00:00:00Z,later,sku-1,1", "row 1, column arrived_at: 'later'"),
    ],
)
def test_a_bad_figure_is_named(tmp_path: Path, row: str, said: str) -> None:
    """By its row, and by its column where one is at fault."""
    with pytest.raises(BadReplay, match=said):
        read_feeds(written(tmp_path, row), made_up_history())


def test_only_what_a_feed_states_is_replayed() -> None:
    """An item that no feed names has no known stock."""
    history = made_up_history()
    feeds = (FeedRow(as_of=0.0, arrived_at=0.0, sku="sku-1", units=3),)

    assert stated_in(feeds, history).skus == ("sku-1",)


def test_feeds_of_other_items_are_told() -> None:
    """Two files that have nothing in common are a mistake."""
    feeds = (FeedRow(as_of=0.0, arrived_at=0.0, sku="SKU 1", units=3),)

    with pytest.raises(BadReplay, match="no feed states a SKU that was ordered"):
        stated_in(feeds, made_up_history())
