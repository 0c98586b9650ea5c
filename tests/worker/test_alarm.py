"""The alarm: what is due soon is rung for at its moment, and never lost for being forgotten."""

from threading import Event

from reconciliation.quantities import Instant
from worker.alarm import AHEAD_S_MAX, Alarm


class Bell:
    """A bell on a clock of its own that notes what was rung."""

    def __init__(self) -> None:
        """Nothing was rung yet."""
        self.now = Instant(1_000.0)
        self.rung: list[tuple[str, str]] = []
        self.heard = Event()

    def ring(self, queue: str, key: str) -> None:
        """Note a ring."""
        self.rung.append((queue, key))
        self.heard.set()

    def clock(self) -> Instant:
        """The moment of this bell."""
        return self.now


def test_what_is_due_is_rung_for_at_once() -> None:
    """A moment that has passed needs no thread to wait for it."""
    bell = Bell()
    Alarm(bell.ring, bell.clock).ring_at("read", "us", bell.now)

    assert bell.rung == [("read", "us")]


def test_what_is_due_soon_is_rung_for_then() -> None:
    """The thread rings when the moment has come, and not before."""
    bell = Bell()
    alarm = Alarm(bell.ring, bell.clock)
    alarm.start()
    try:
        alarm.ring_at("read", "us", Instant(bell.now + 0.05))
        before = list(bell.rung)
        bell.now = Instant(bell.now + 1.0)

        assert bell.heard.wait(10.0)
    finally:
        alarm.stop()
    assert (before, bell.rung) == ([], [("read", "us")])


def test_rows_that_are_due_together_are_rung_once() -> None:
    """Several requests for one row at one moment are one ring."""
    bell = Bell()
    alarm = Alarm(bell.ring, bell.clock)
    alarm.start()
    try:
        for _ in range(3):
            alarm.ring_at("read", "us", Instant(bell.now + 0.1))
        bell.now = Instant(bell.now + 1.0)

        assert bell.heard.wait(10.0)
    finally:
        alarm.stop()
    assert bell.rung == [("read", "us")]


def test_what_is_due_much_later_is_left_to_the_scheduler() -> None:
    """The alarm keeps nothing in mind for long: a sweep is early enough for that."""
    bell = Bell()
    alarm = Alarm(bell.ring, bell.clock)
    alarm.start()
    try:
        alarm.ring_at("read", "later", Instant(bell.now + AHEAD_S_MAX + 1.0))
        alarm.ring_at("read", "soon", Instant(bell.now + 0.1))
        bell.now = Instant(bell.now + 100.0)

        assert bell.heard.wait(10.0)
    finally:
        alarm.stop()
    assert bell.rung == [("read", "soon")]
