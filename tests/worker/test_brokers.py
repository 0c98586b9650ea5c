"""The broker over a real Valkey: what it may lose, and what it must not pretend."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import dramatiq
import pytest
import redis
from dramatiq import Middleware, Worker
from dramatiq.middleware import Retries

from connectors.store import work, work_due
from connectors.store.engine import reading, writing
from connectors.store.work_rows import Job
from tests.support.servers import Valkey, valkey
from tests.support.shopfront import Shopfront, shopfront
from worker.actors import Doorbell
from worker.bootstrap import build_queue_process, running_scheduler
from worker.brokers import RINGS_MAX, DoorbellBroker, NoBroker, RingAgain
from worker.claims import CLAIM_S
from worker.queues import ORDERS
from worker.scheduler import GRACE_S, LEASE_S, RING_AGAIN_S, Scheduler
from worker.services import Services


NAMESPACE = "oversell-guard-tests"
WAIT_S_MAX = 20.0


def broker_at(url: str, *middleware: Middleware) -> DoorbellBroker:
    """A broker with a short poll."""
    return DoorbellBroker(
        url, namespace=NAMESPACE, poll_ms=10, prefetch=4, middleware=list(middleware)
    )


@contextmanager
def working(broker: DoorbellBroker) -> Iterator[None]:
    """Let two threads work what the broker has."""
    worker = Worker(broker, worker_threads=2)
    worker.start()
    try:
        yield
    finally:
        worker.stop(timeout=5_000)


def comes_true(condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds; False if it does not in all that time."""
    deadline = time.monotonic() + WAIT_S_MAX
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def ids_held(server: Valkey, queue: str) -> int:
    """How many messages lie anywhere in Redis: waiting, delayed, dead, or being worked on."""
    with redis.Redis.from_url(server.url()) as client:
        waiting = [f"{NAMESPACE}:{queue}{ending}" for ending in ("", ".DQ")]
        lists = sum(int(client.llen(key)) for key in waiting)
        dead = int(client.zcard(f"{NAMESPACE}:{queue}.XQ"))
        taken = sum(int(client.scard(key)) for key in client.keys(f"{NAMESPACE}:__acks__*"))
    return lists + dead + taken


def held_after_an_outage(server: Valkey, middleware: Middleware) -> int:
    """Let the work of a message fail while Redis is away; return what Redis holds afterwards."""
    broker = broker_at(server.url(), middleware)
    failed = Event()

    def fail() -> None:
        server.kill()
        failed.set()
        raise RuntimeError("the work cannot be done")

    actor = dramatiq.actor(actor_name="fail", queue_name="urgent", broker=broker)(fail)
    actor.send()
    with working(broker):
        failed.wait(WAIT_S_MAX)
        # The broker gives its answer to the failure while nobody is there to take it.
        time.sleep(2.0)
        server.start()
        # dramatiq acknowledges or rejects anew every five seconds.
        time.sleep(7.0)
    return ids_held(server, "urgent")


@pytest.fixture
def own_server() -> Iterator[Valkey]:
    """A Valkey that keeps what it was told through a kill, for one test to kill."""
    with valkey(append_only=True) as server:
        yield server


def test_dramatiqs_own_retries_lose_a_message_in_an_outage(own_server: Valkey) -> None:
    """The fault is real: Redis away at the wrong moment, and the message is nowhere."""
    held = held_after_an_outage(own_server, Retries(max_retries=5, min_backoff=100))

    assert held == 0


def test_a_ring_that_cannot_be_taken_is_never_acknowledged(own_server: Valkey) -> None:
    """The same outage under our own middleware: the message lies with the dead letters."""
    assert held_after_an_outage(own_server, RingAgain()) == 1


def test_work_that_could_not_be_begun_is_rung_for_again(redis_url: str) -> None:
    """A failure is followed by another ring, at once and without a delayed message."""
    broker = broker_at(redis_url, RingAgain(sleep=lambda _: None))
    tries: list[int] = []

    def fail_twice() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("not yet")

    dramatiq.actor(actor_name="fail", queue_name="urgent", broker=broker)(fail_twice).send()
    with working(broker):
        assert comes_true(lambda: len(tries) == 3)


def test_a_ring_is_not_tried_for_ever(redis_url: str) -> None:
    """Work that never begins ends with the dead letters; its row is due all the same."""
    broker = broker_at(redis_url, RingAgain(sleep=lambda _: None))
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise RuntimeError("never")

    dramatiq.actor(actor_name="fail", queue_name="urgent", broker=broker)(fail).send()
    with working(broker), redis.Redis.from_url(redis_url) as client:
        dead = f"{NAMESPACE}:urgent.XQ"

        assert comes_true(lambda: client.zcard(dead) == 1)
    assert len(tries) == RINGS_MAX + 1


def test_all_our_keys_lie_in_our_namespace(redis_url: str) -> None:
    """Other programs may use the same Redis."""
    doorbell = Doorbell(broker_at(redis_url))
    doorbell.ring(ORDERS, "alpha")
    with redis.Redis.from_url(redis_url) as client:
        keys = client.keys("*")

    assert keys
    assert all(key.startswith(NAMESPACE.encode() + b":") for key in keys)


def test_a_bell_without_a_redis_does_not_fail_what_is_done(tmp_path: Path) -> None:
    """Whoever committed something is not told that it failed because nobody heard."""
    doorbell = Doorbell(broker_at(f"unix://{tmp_path}/nobody.sock"))

    doorbell.ring(ORDERS, "alpha")


def test_a_wiped_redis_is_rung_again_by_the_scheduler(tmp_path: Path, redis_url: str) -> None:
    """The record is the queue: what the broker forgot is due, rung for and done."""
    with shopfront(tmp_path) as front:
        broker = broker_at(redis_url, RingAgain())
        doorbell = Doorbell(broker)
        done: list[tuple[str, str]] = []

        def note(queue: str, key: str) -> None:
            done.append((queue, key))

        for actor in broker.actors.values():
            actor.fn = note
        ask(front)
        doorbell.ring(ORDERS, "alpha")
        with redis.Redis.from_url(redis_url) as client:
            client.flushdb()
        scheduler = Scheduler(with_ring(front, doorbell.ring))
        with working(broker):
            scheduler.sweep()

            assert comes_true(lambda: done == [(ORDERS, "alpha")])


def ask(front: Shopfront) -> None:
    """Ask for a poll of the first shop's orders, long enough ago for a sweep to see to it."""
    with writing(front.services.engine) as connection:
        work.ask(connection, ORDERS, ["alpha"], due_at=front.services.now())
    front.pass_time(2 * GRACE_S)


def with_ring(front: Shopfront, ring: Callable[[str, str], None]) -> Services:
    """The front's services with another bell."""
    return replace(front.services, ring=ring)


def test_one_of_several_schedulers_sweeps(tmp_path: Path) -> None:
    """A second scheduler rings for nothing while the first is heard of."""
    with shopfront(tmp_path) as front:
        rung: list[str] = []
        services = with_ring(front, lambda _queue, key: rung.append(key))
        ask(front)

        assert [Scheduler(services).sweep(), Scheduler(services).sweep()] == [1, 0]


def test_what_was_just_asked_for_is_left_to_its_own_ring(tmp_path: Path) -> None:
    """Whoever asked has rung: the sweep gives the work a moment to be done."""
    with shopfront(tmp_path) as front:
        services = with_ring(front, lambda _queue, _key: None)
        with writing(front.services.engine) as connection:
            work.ask(connection, ORDERS, ["alpha"], due_at=front.services.now())

        assert Scheduler(services).sweep() == 0


def test_what_nobody_has_hands_for_is_rung_for_ever_less_often(tmp_path: Path) -> None:
    """After one wait a row is rung again, and then only after twice as long."""
    with shopfront(tmp_path) as front:
        scheduler = Scheduler(with_ring(front, lambda _queue, _key: None))
        ask(front)
        rings = []
        for _ in range(4):
            rings.append(scheduler.sweep())
            front.pass_time(RING_AGAIN_S)

        assert rings == [1, 1, 0, 1]


def test_another_scheduler_takes_over_from_one_that_died(tmp_path: Path) -> None:
    """Seconds after the first was last heard of, the second sweeps."""
    with shopfront(tmp_path) as front:
        services = with_ring(front, lambda _queue, _key: None)
        ask(front)
        Scheduler(services).sweep()
        front.pass_time(LEASE_S + 0.1)

        assert Scheduler(services).sweep() == 1


def test_a_claim_is_kept_while_its_work_goes_on(tmp_path: Path) -> None:
    """A long step is not begun a second time by another process."""
    with shopfront(tmp_path) as front:
        ask(front)
        keeper = front.services.claims
        job = claimed(front)
        with keeper.keep(job):
            front.pass_time(CLAIM_S - 1.0)
            keeper.sign()
            front.pass_time(CLAIM_S - 1.0)

            assert due(front) == []


def test_the_work_of_a_process_that_died_is_due_again(tmp_path: Path) -> None:
    """Without a sign of life the claim runs out."""
    with shopfront(tmp_path) as front:
        ask(front)
        claimed(front)
        front.pass_time(CLAIM_S + 0.1)

        assert due(front) == [(ORDERS, "alpha")]


def claimed(front: Shopfront) -> Job:
    """Claim the poll as a worker does."""
    with writing(front.services.engine) as connection:
        job = work.claim(
            connection, ORDERS, "alpha", holder="a", now=front.services.now(), for_s=CLAIM_S
        )
    assert job is not None
    return job


def due(front: Shopfront) -> list[tuple[str, str]]:
    """What a sweep would ring for."""
    with reading(front.services.engine) as connection:
        return work_due.due(connection, front.services.now(), most=10)


def test_several_processes_need_a_broker(tmp_path: Path) -> None:
    """Without a Redis nobody could wake a queue process: it says so, and what to set."""
    with shopfront(tmp_path) as front, pytest.raises(NoBroker, match="redis_url"):
        build_queue_process(front.services.settings)


def test_a_scheduler_needs_a_broker(tmp_path: Path) -> None:
    """Ringing in a process of its own would be heard by nobody."""
    with (
        shopfront(tmp_path) as front,
        pytest.raises(NoBroker, match="redis_url"),
        running_scheduler(front.services.settings),
    ):
        pass
