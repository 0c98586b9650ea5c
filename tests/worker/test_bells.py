"""Consumers are woken when a message comes, by whichever process it was sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import dramatiq
import pytest
import redis
from dramatiq import Broker, Consumer
from dramatiq.brokers.redis import RedisBroker

from tests.support.servers import Valkey, valkey
from worker.bells import Bells, WokenConsumer
from worker.brokers import DoorbellBroker


CHANNEL = "oversell-guard-tests:bells"
WAIT_S_MAX = 20.0
HOURS_MS = 10_000_000


@contextmanager
def bells_at(url: str) -> Iterator[Bells]:
    """The bells of one process."""
    with redis.Redis.from_url(url, socket_timeout=5.0) as client:
        bells = Bells(client, CHANNEL)
        try:
            yield bells
        finally:
            bells.stop()


@contextmanager
def brokers_at(url: str) -> Iterator[tuple[DoorbellBroker, DoorbellBroker]]:
    """The brokers of two processes that look into Redis hardly ever."""
    both = [
        DoorbellBroker(
            url, namespace="oversell-guard-bells", poll_ms=HOURS_MS, prefetch=1, middleware=[]
        )
        for _ in range(2)
    ]
    for broker in both:
        dramatiq.actor(actor_name="nothing", queue_name="urgent", broker=broker)(int)
    try:
        yield both[0], both[1]
    finally:
        for broker in both:
            broker.close()


def send(broker: Broker) -> None:
    """Send one message."""
    broker.get_actor("nothing").send()


def nothing_left(consumer: Consumer) -> None:
    """Look once in vain: from then on the consumer waits for its bell."""
    assert next(consumer) is None


@pytest.fixture
def own_server() -> Iterator[Valkey]:
    """A Valkey for one test to kill."""
    with valkey() as server:
        yield server


def test_what_one_process_tells_rings_in_another(redis_url: str) -> None:
    """The name of a queue goes to all that listen."""
    with bells_at(redis_url) as here, bells_at(redis_url) as there:
        bell = here.of("urgent")
        bell.wait(WAIT_S_MAX)
        bell.clear()

        there.tell("urgent")

        assert bell.wait(WAIT_S_MAX)


def test_another_queue_is_not_woken(redis_url: str) -> None:
    """Each queue has a bell of its own."""
    with bells_at(redis_url) as here:
        quiet, rung = here.of("bulk"), here.of("urgent")
        for bell in (quiet, rung):
            bell.wait(WAIT_S_MAX)
            bell.clear()

        here.tell("urgent")
        rung.wait(WAIT_S_MAX)

        assert not quiet.is_set()


def test_bells_ring_again_after_redis_was_away(own_server: Valkey) -> None:
    """Whoever listens comes back by itself, and rings for what it may have missed."""
    with bells_at(own_server.url()) as here:
        bell = here.of("urgent")
        bell.wait(WAIT_S_MAX)
        bell.clear()

        own_server.kill()
        own_server.start()

        assert bell.wait(WAIT_S_MAX)


def test_telling_nobody_is_harmless(own_server: Valkey) -> None:
    """A Redis that is away loses a bell and nothing else."""
    with bells_at(own_server.url()) as here:
        own_server.kill()

        here.tell("urgent")


def test_a_message_of_another_process_is_taken_long_before_the_next_look(redis_url: str) -> None:
    """A consumer that would look again in hours has the message at once."""
    with brokers_at(redis_url) as (sender, receiver):
        consumer = receiver.consume("urgent", timeout=HOURS_MS)
        send(sender)
        while (message := next(consumer)) is None:
            pass

        assert message.actor_name == "nothing"


def test_a_consumer_with_all_it_may_take_looks_again_when_one_is_done(redis_url: str) -> None:
    """It was told of the next message long ago, and could not take it then."""
    with brokers_at(redis_url) as (broker, _):
        send(broker)
        taken = RedisBroker.consume(broker, "urgent", prefetch=1, timeout=1)
        bell = Event()
        consumer = WokenConsumer(taken, bell, wait_s=0.0)
        message = next(consumer)
        assert message is not None
        nothing_left(consumer)

        consumer.ack(message)

        assert bell.is_set()
