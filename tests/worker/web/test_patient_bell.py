"""A bell that keeps nobody waiting, and rings once for what is asked many times."""

from pathlib import Path
from threading import Event

from worker.web.patient_bell import PatientBell

from .rig import door, genuine, post_one, told


class SlowBroker:
    """A broker that takes a ring when it is let go, and remembers what was rung."""

    def __init__(self) -> None:
        self.is_ringing = Event()
        self.may_go = Event()
        self.rung: list[tuple[str, str]] = []

    def ring(self, queue: str, key: str) -> None:
        """Take a ring, late."""
        self.is_ringing.set()
        assert self.may_go.wait(20.0)
        self.rung.append((queue, key))


def test_what_is_asked_again_and_again_is_rung_once() -> None:
    """All that was asked while the broker was slow is one ring for each key."""
    broker = SlowBroker()
    bell = PatientBell(broker.ring)
    bell.start()
    bell.ring_all("webhooks", ["alpha"])
    broker.is_ringing.wait(20.0)
    for _ in range(100):
        bell.ring_all("webhooks", ["alpha", "beta"])
    broker.may_go.set()
    bell.stop()

    assert broker.rung == [("webhooks", "alpha"), ("webhooks", "alpha"), ("webhooks", "beta")]


def test_what_was_asked_is_rung_before_the_end() -> None:
    """A stop loses no ring."""
    rung = []
    bell = PatientBell(lambda queue, key: rung.append((queue, key)))
    bell.ring_all("webhooks", ["alpha"])
    bell.start()
    bell.stop()

    assert rung == [("webhooks", "alpha")]


def test_a_slow_broker_keeps_no_notification_waiting(tmp_path: Path) -> None:
    """While a ring hangs, others are kept and answered."""
    broker = SlowBroker()
    with door(tmp_path, ring=broker.ring) as opened:
        statuses = [post_one(opened, genuine(told(number))) for number in range(3)]
        rung_by_then = list(broker.rung)
        broker.may_go.set()

    assert (statuses, rung_by_then) == ([200, 200, 200], [])
