"""Close reads: all are counted, and those that can show anything new are played."""

import math
from collections.abc import Callable

from worker.backtest.close_reads import CloseReads


EVERY_S = 0.25


class Clock:
    """A shop read closely each quarter of a second; `begun` are the reads that were played."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self.begun: list[tuple[float, tuple[int, ...]]] = []
        self._planned: list[float] = []
        self.reads = CloseReads(self.later, self.play, self.next_at, 0)

    def next_at(self, _shop: int, moment: float) -> float:
        """The next quarter of a second."""
        return (math.floor(moment / EVERY_S) + 1) * EVERY_S

    def later(self, at: float, _action: Callable[[int], None], _argument: int) -> None:
        """Plan a read."""
        self._planned.append(at)

    def play(self, _shop: int) -> None:
        """Begin a read at the moment for which it is planned."""
        now = self._planned.pop(0)
        items = self.reads.begin(now)
        self.begun.append((now, items))
        self.reads.end(items)

    def play_all(self) -> None:
        """Begin every read that is planned."""
        while self._planned:
            self.play(0)


def watching(*items: int) -> Clock:
    """A shop that reads these items closely from the second 10 on, and has read them once."""
    clock = Clock()
    for item in items:
        clock.reads.take(item, 10.0, wanted=True)
    clock.play_all()
    return clock


def test_an_item_is_read_first_at_the_next_read() -> None:
    """Nobody knows what it shows at that moment."""
    assert watching(3).begun == [(10.25, (3,))]


def test_a_change_is_read_at_the_next_read() -> None:
    """And no other item of which nothing can be new."""
    clock = watching(3, 5)

    clock.reads.changed(5, 20.1)
    clock.play_all()

    assert clock.begun[-1] == (20.25, (5,))


def test_what_is_not_read_closely_shows_no_change() -> None:
    """It is no part of the call."""
    clock = watching(3)

    clock.reads.changed(4, 20.1)

    assert len(clock.begun) == 1


def test_reads_that_show_nothing_new_are_counted_as_well() -> None:
    """They cost quota: four calls a second from the tenth on, for ten seconds."""
    assert watching(3).reads.calls(20.0) == 40


def test_calls_grow_with_what_fits_into_one() -> None:
    """600 SKUs fit, one more needs another call."""
    assert watching(*range(601)).reads.calls(20.0) == 80


def test_what_is_wanted_no_more_is_read_no_more() -> None:
    """Plenty came, or nothing is left."""
    clock = watching(3)
    clock.reads.take(3, 15.0, wanted=False)

    assert clock.reads.calls(20.0) == 20


def test_a_read_that_showed_no_change_is_told() -> None:
    """It began at the last quarter of a second whose answer can be in."""
    assert watching(3).reads.unchanged_at(3, 20.4, 0.3) == (20.0, 20.3)


def test_no_read_is_told_while_a_change_is_unseen() -> None:
    """It would say that nothing was sold."""
    clock = watching(3)
    clock.reads.changed(3, 20.1)

    assert clock.reads.unchanged_at(3, 20.4, 0.3) is None
