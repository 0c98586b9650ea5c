"""The last risk report is kept for those who ask, for no longer than it is good."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciliation.quantities import later
from worker.reports.kept_risk import KEPT_S_MAX, KEPT_S_MIN, KeptRisk
from worker.reports.risk import RiskReport
from worker.reports.risk_survey import ItemRisk
from worker.services import Services

from ..support.shopfront import Shopfront, shopfront


ITEM = ItemRisk(
    warehouse="EAST",
    sku="TEE",
    partner="north",
    expected_cancelled_orders=1.0,
    cancellation_chance=0.5,
    shortage_units=0,
    next_feed_in_s=60.0,
    feed_overdue=False,
    causes={"race": 1.0},
)


class Source:
    """Makes reports of three items that take some seconds, and counts them."""

    def __init__(self, takes_s: float = 0.0) -> None:
        """Make nothing yet."""
        self.made, self.takes_s, self.elapsed_s = 0, takes_s, 0.0

    def __call__(self, services: Services, *, items_max: int) -> RiskReport:
        """Make one."""
        self.made += 1
        self.elapsed_s += self.takes_s
        items = tuple(replace(ITEM, sku=f"TEE-{number}") for number in range(3))
        return RiskReport(at=str(services.now()), shops=(), items=items[:items_max])

    def kept(self) -> KeptRisk:
        """What keeps the reports of this source, by a stopwatch of its own."""
        return KeptRisk(self, stopwatch=lambda: self.elapsed_s)


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """A shopfront, for its clock."""
    with shopfront(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("takes_s", "after_s", "made"),
    [
        (0.0, KEPT_S_MIN - 1, 1),
        (0.0, KEPT_S_MIN + 1, 2),
        (4.0, 39.0, 1),
        (4.0, 41.0, 2),
        (99.0, KEPT_S_MAX - 1, 1),
        (99.0, KEPT_S_MAX + 1, 2),
    ],
)
def test_a_report_is_kept_ten_times_as_long_as_it_takes(
    front: Shopfront, takes_s: float, after_s: float, made: int
) -> None:
    """Within bounds: a quick one some seconds, a slow one a minute."""
    source = Source(takes_s)
    kept = source.kept()
    kept.recent(front.services, items_max=1)
    front.pass_time(after_s)
    kept.recent(front.services, items_max=1)

    assert source.made == made


def test_who_wants_more_items_has_a_new_report_made(front: Shopfront) -> None:
    """Two of three were kept: for the third it is made anew, and from then on with all."""
    source = Source()
    kept = source.kept()
    counts = [
        len(kept.recent(front.services, items_max=most).items) for most in (2, 1, 9, 10_000, 2)
    ]

    assert counts == [2, 1, 3, 3, 2]
    assert source.made == 2


def test_a_report_made_anew_serves_those_who_ask(front: Shopfront) -> None:
    """What the metrics had made is told to others; made anew it is never an old one."""
    source = Source()
    kept = source.kept()
    kept.anew(front.services, items_max=3)
    kept.recent(front.services, items_max=3)
    kept.anew(front.services, items_max=3)

    assert source.made == 2


def test_a_clock_set_back_makes_no_report_young(front: Shopfront) -> None:
    """One of the future is made anew."""
    source = Source()
    kept = source.kept()
    kept.recent(front.services, items_max=1)
    now = front.services.now()
    earlier = replace(front.services, clock=lambda: later(now, -9.0))
    kept.recent(earlier, items_max=1)

    assert source.made == 2
