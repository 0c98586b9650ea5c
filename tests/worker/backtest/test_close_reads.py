"""Close reads: all are counted, and those that can show anything new are played."""

from collections.abc import Callable

from worker.backtest.close_reads import CloseReads, ReadsAtPace


EVERY_S = 0.25


class Clock:
    """A shop with close reads; `begun` are the reads that were played."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self.begun: list[tuple[float, tuple[int, ...]]] = []
        self._planned: list[tuple[float, Callable[[int], None]]] = []
        self._now = 0.0
        self.reads = CloseReads(self.later, self.play, 0.0)

    def later(self, at: float, action: Callable[[int], None], _argument: int) -> None:
        """Plan a read."""
        self._planned.append((at, action))

    def play(self, reads: ReadsAtPace) -> None:
        """Begin a read at the moment for which it is planned."""
        items = reads.begin(self._now)
        self.begun.append((self._now, items))
        reads.end(items)

    def play_all(self) -> None:
        """Begin every read that is planned."""
        while self._planned:
            self._now, action = self._planned.pop(0)
            action(0)


def watching(*items: int) -> Clock:
    """A shop whose items are read closely from the second 10 on, and have been read once."""
    clock = Clock()
    for item in items:
        clock.reads.take(item, 10.0, EVERY_S)
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
    clock.reads.take(3, 15.0, None)

    assert clock.reads.calls(20.0) == 20


def test_a_read_that_showed_no_change_is_told() -> None:
    """It began at the last quarter of a second whose answer can be in."""
    assert watching(3).reads.unchanged_at(3, 20.4, 0.3) == (20.0, 20.3)


def test_no_read_is_told_while_a_change_is_unseen() -> None:
    """It would say that nothing was sold."""
    clock = watching(3)
    clock.reads.changed(3, 20.1)

    assert clock.reads.unchanged_at(3, 20.4, 0.3) is None


def test_an_item_that_sells_slowly_is_read_less_often() -> None:
    """It is read with every second read of the others."""
    clock = watching(3)
    clock.reads.take(5, 12.0, 2.0 * EVERY_S)
    clock.play_all()

    clock.reads.changed(5, 20.3)
    clock.play_all()

    assert clock.begun[-1] == (20.5, (5,))


def test_what_is_read_seldom_costs_no_call_of_its_own() -> None:
    """It is in the same call as what is read often."""
    clock = watching(3)
    clock.reads.take(5, 10.0, 2.0 * EVERY_S)

    assert clock.reads.calls(20.0) == 40


def test_a_shop_is_read_as_often_as_the_fastest_of_its_items() -> None:
    """Four times a second for five seconds, then twice."""
    clock = watching(3)
    clock.reads.take(5, 10.0, 2.0 * EVERY_S)
    clock.reads.take(3, 15.0, None)

    assert clock.reads.calls(20.0) == 30
