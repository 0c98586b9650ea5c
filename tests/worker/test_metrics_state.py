"""Figures that are kept for a while: not read too often, and never shown too old."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
from prometheus_client import Metric as Family

from reconciliation.quantities import Instant
from tests.support.shopfront import Shopfront, shopfront
from worker.metrics.catalogue import LISTING_GAUGES
from worker.metrics.families import gauge_families, sample
from worker.metrics.one_at_a_time import OneAtATime
from worker.metrics.readings import Group
from worker.metrics.state import KEPT_S_MAX, State
from worker.services import Services


CACHE_S = 5.0
"""The default of `metrics.cache_s`."""


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """A clock and services."""
    with shopfront(tmp_path) as opened:
        yield opened


@dataclass(slots=True)
class Source:
    """A group of one figure: how often it was read. It can be made to fail."""

    name: str = "source"
    reads: int = 0
    broken: bool = False

    def group(self) -> Group:
        """Return the group."""
        return Group(name=self.name, read=self.read)

    def read(self, _services: Services, _now: Instant) -> tuple[Family, ...]:
        """Read once more."""
        self.reads += 1
        if self.broken:
            raise RuntimeError("the record is away")
        return gauge_families(
            LISTING_GAUGES, [sample("unmapped_listings", self.reads, shop=self.name)]
        )


@dataclass(slots=True)
class Stopwatch:
    """Tells moments so that each read takes `took_s`."""

    took_s: float
    told: list[float] = field(default_factory=lambda: [0.0])

    def __call__(self) -> float:
        """Return the next moment."""
        self.told.append(self.told[-1] + self.took_s)
        return self.told[-1]


def shown(state: State) -> dict[str, float]:
    """Return the figures that are shown: one for each source, and the age of the oldest."""
    return {
        each.labels.get("shop", "age"): each.value
        for family in state.families()
        for each in family.samples
    }


def test_figures_are_kept_for_a_while(front: Shopfront) -> None:
    """Two scrapes within `metrics.cache_s` read once, and the age says so."""
    source = Source()
    state = State(front.services, [source.group()])
    shown(state)
    front.now += CACHE_S - 1.0

    assert shown(state) == {"source": 1.0, "age": CACHE_S - 1.0}


def test_figures_are_read_anew_after_that(front: Shopfront) -> None:
    """The next scrape has fresh ones."""
    source = Source()
    state = State(front.services, [source.group()])
    shown(state)
    front.now += CACHE_S

    assert shown(state) == {"source": 2.0, "age": 0.0}


def test_a_slow_group_is_read_less_often(front: Shopfront) -> None:
    """What takes two seconds to read is read every twenty: a tenth of the time."""
    source = Source()
    state = State(front.services, [source.group()], stopwatch=Stopwatch(2.0))
    for _ in range(4):
        shown(state)
        front.now += CACHE_S

    assert source.reads == 1
    assert shown(state)["source"] == 2.0


def test_a_group_that_fails_takes_no_other_along(front: Shopfront) -> None:
    """The rest is shown, and the age tells that something is missing."""
    sources = [Source(name="broken", broken=True), Source(name="whole")]
    state = State(front.services, [each.group() for each in sources])
    front.now += 30.0

    assert shown(state) == {"whole": 1.0, "age": 30.0}


def test_an_old_figure_is_shown_for_a_bounded_time(front: Shopfront) -> None:
    """While the record is away a figure stays for a while, growing old, and then is missing."""
    source = Source()
    state = State(front.services, [source.group()])
    shown(state)
    source.broken = True
    front.now += KEPT_S_MAX

    assert shown(state) == {"source": 1.0, "age": KEPT_S_MAX}
    front.now += 1.0
    assert shown(state) == {"age": KEPT_S_MAX + 1.0}


def test_a_failed_read_is_not_made_again_at_once(front: Shopfront) -> None:
    """A record in trouble is left alone for `metrics.cache_s`."""
    source = Source(broken=True)
    state = State(front.services, [source.group()])
    shown(state)
    shown(state)

    assert source.reads == 1


def test_a_clock_set_back_freezes_no_figure(front: Shopfront) -> None:
    """A moment of the future says nothing about what is fresh."""
    source = Source()
    state = State(front.services, [source.group()])
    shown(state)
    front.now -= 3_600.0

    assert shown(state)["source"] == 2.0


def test_a_look_is_not_made_twice_at_once() -> None:
    """Whoever asks while one is under way waits for it, and no longer than they wish."""
    began, may_end = Event(), Event()
    looks = []

    def look() -> int:
        looks.append(1)
        began.set()
        may_end.wait()
        return len(looks)

    one = OneAtATime(look)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            one.ask(wait_s=0.0)
    began.wait()
    made = len(looks)
    may_end.set()

    assert made == 1
    assert one.ask(wait_s=30.0) in (1, 2)


def test_a_look_that_fails_fails_where_it_was_asked_for() -> None:
    """The error is raised to whoever waits, and the next look is made anew."""
    one = OneAtATime(lambda: 1 // 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            one.ask(wait_s=30.0)
