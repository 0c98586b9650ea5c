"""Wakes the consumers of this process when a message comes, wherever it was sent.

Redis gives no sign of a new message, and to look for one in each queue many times a second costs
a process more than its work. So whoever sends a message also publishes the name of its queue, and
one thread of each process listens and rings the bell of that queue here. What is published while
nobody listens is lost: consumers look now and then, bell or no bell.
"""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any

import redis
import structlog
from dramatiq import Consumer, MessageProxy


LISTEN_AGAIN_S = 1.0
"""How long the listener waits before it tries again to reach a Redis that is away."""

_LOG = structlog.get_logger("oversell_guard")


class Bells:
    """The bells of the broker's queues: rung here for what any process tells."""

    def __init__(self, client: redis.Redis, channel: str) -> None:
        """Open nothing yet."""
        self._client = client
        self._channel = channel
        self._bells: defaultdict[str, Event] = defaultdict(Event)
        self._lock = Lock()
        self._stop = Event()
        self._thread: Thread | None = None

    def of(self, queue: str) -> Event:
        """Return the bell of a queue; from the first on there is a thread that listens."""
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="bells", daemon=True)
                self._thread.start()
            return self._bells[queue]

    def tell(self, queue: str) -> None:
        """Tell every process that a queue has a new message. Never raises: they look anyhow."""
        with suppress(redis.RedisError):
            self._client.publish(self._channel, queue)

    def stop(self) -> None:
        """Listen no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except redis.RedisError as error:
                _LOG.info("bells_not_heard", error=str(error))
                self._stop.wait(LISTEN_AGAIN_S)

    def _listen(self) -> None:
        with self._client.pubsub(ignore_subscribe_messages=True) as heard:  # type: ignore[no-untyped-call]  # the library lacks types
            heard.subscribe(self._channel)
            # What was told before nobody here has heard.
            self._ring(list(self._bells))
            while not self._stop.is_set():
                message = heard.get_message(timeout=LISTEN_AGAIN_S)
                if message is not None:
                    self._ring([message["data"].decode()])

    def _ring(self, queues: Iterable[str]) -> None:
        for queue in queues:
            self._bells[queue].set()


class WokenConsumer(Consumer):
    """A consumer of Redis that waits for a bell where it would sleep and look, sleep and look."""

    def __init__(self, consumer: Any, bell: Event, *, wait_s: float) -> None:  # noqa: ANN401 - the library names no type for its Redis consumer
        """Keep the consumer, the bell of its queue, and how long it waits at most."""
        self._consumer = consumer
        self._bell = bell
        self._wait_s = wait_s

    def __next__(self) -> MessageProxy | None:
        """Return the next message, or after a while none."""
        # Before the look: what comes after it rings again.
        self._bell.clear()
        message: MessageProxy | None = next(self._consumer)
        if message is None:
            self._bell.wait(self._wait_s)
        return message

    def ack(self, message: MessageProxy) -> None:
        """Say that a message was worked; where no more were taken, look for the next."""
        is_full = self._is_full()
        self._consumer.ack(message)
        if is_full:
            self._bell.set()

    def nack(self, message: MessageProxy) -> None:
        """Move a message to the dead letters; where no more were taken, look for the next."""
        is_full = self._is_full()
        self._consumer.nack(message)
        if is_full:
            self._bell.set()

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give messages back that were taken and not begun."""
        self._consumer.requeue(messages)

    def close(self) -> None:
        """Close the consumer."""
        self._consumer.close()

    def _is_full(self) -> bool:
        return bool(self._consumer.outstanding_message_count >= self._consumer.prefetch)
