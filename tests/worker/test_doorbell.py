"""The doorbell in one process: a ring that waits is not doubled, and no ring is lost for it."""

from dramatiq.brokers.stub import StubBroker

from worker.actors import Doorbell
from worker.queues import DOORBELLS, ORDERS, READ


def waiting(broker: StubBroker, queue: str) -> int:
    """How many rings wait on the broker's queue for a kind of work."""
    return int(broker.queues[DOORBELLS[queue]].qsize())


def test_a_ring_that_waits_is_not_doubled() -> None:
    """However often a row is rung for while nobody has hands, one ring waits."""
    broker = StubBroker(middleware=[])
    doorbell = Doorbell(broker)
    for _ in range(5):
        doorbell.ring(ORDERS, "us")

    assert waiting(broker, ORDERS) == 1


def test_other_rows_ring_beside_it() -> None:
    """A ring for one shop or kind of work is none for another."""
    broker = StubBroker(middleware=[])
    doorbell = Doorbell(broker)
    for queue, key in ((ORDERS, "us"), (ORDERS, "uk"), (READ, "us")):
        doorbell.ring(queue, key)

    assert waiting(broker, ORDERS) == 3


def test_a_ring_during_the_answer_is_heard() -> None:
    """What is rung for once an answer has begun tells of something that it may not see."""
    broker = StubBroker(middleware=[])
    doorbell = Doorbell(broker)
    doorbell.ring(ORDERS, "us")
    message = next(iter(broker.consume(DOORBELLS[ORDERS])))
    assert message is not None
    broker.get_actor(message.actor_name)(*message.args)
    doorbell.ring(ORDERS, "us")

    assert waiting(broker, ORDERS) == 1
