"""The broker of several processes: dramatiq over Redis, as a doorbell that may fail.

Nothing in it is worth keeping: a message names a row of the record, and the scheduler rings
again for every row that stays due. So the broker may lose, double or delay anything, and may be
wiped at any moment. Two things it must not do: keep a thread waiting for long, and say that work
was done that was not.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import redis
import structlog
from dramatiq import Broker, Consumer, Message, MessageProxy, Middleware, Worker
from dramatiq.brokers.redis import RedisBroker
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from .bells import Bells, WokenConsumer


SOCKET_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 1.0
ATTEMPTS_AGAIN = 3
"""A blip is ridden out, a third of a second long; past that the caller does without."""

LOOK_MS = 1
"""How long dramatiq's own consumer sleeps after a look that found nothing; then ours waits."""

MAINTENANCE_CHANCE = 50_000
"""Of a million commands so many look for dead processes (dramatiq's own 1,000 is minutes)."""

RINGS_MAX = 5
"""A ring whose work could not even be begun is tried so often; then the scheduler rings anew."""

RING_AGAIN_S_MAX = 2.0

_LOG = structlog.get_logger("oversell_guard")


class NoBroker(ValueError):
    """Raised for a process that others must be able to ring, where no broker is named."""


def require_broker(url: str | None) -> None:
    """Go on only if a broker is named. Raises `NoBroker`."""
    if url is None:
        raise NoBroker(
            "several processes wake each other by a Redis, and none is named: set redis_url "
            "(OVERSELL_GUARD_REDIS_URL), or run everything in one process by `up`"
        )


class DoorbellBroker(RedisBroker):
    """dramatiq's broker on Redis, with a wait and a prefetch of our own.

    dramatiq sleeps where nothing has come, a second in the end, and takes twice as many messages
    as it has threads, so that an urgent one may lie behind others. Ours waits for a bell.
    """

    def __init__(
        self,
        url: str,
        *,
        namespace: str,
        poll_ms: int,
        prefetch: int,
        middleware: list[Middleware],
    ) -> None:
        """Open nothing yet. Raises `ValueError` for a URL that means nothing."""
        client = redis.Redis.from_url(
            url,
            socket_timeout=SOCKET_TIMEOUT_S,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            retry=_few_retries(),
        )
        super().__init__(  # type: ignore[no-untyped-call]  # the library lacks types
            client=client,
            namespace=namespace,
            maintenance_chance=MAINTENANCE_CHANCE,
            middleware=middleware,
        )
        self._poll_ms = poll_ms
        self._prefetch = prefetch
        self._bells = Bells(client, f"{namespace}:bells")

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Return a consumer that hears of messages, and takes as many as ours may."""
        consumer = super().consume(
            queue_name,
            prefetch=min(prefetch, self._prefetch),
            timeout=LOOK_MS,
        )
        bell = self._bells.of(queue_name)
        return WokenConsumer(consumer, bell, wait_s=min(timeout, self._poll_ms) / 1_000)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Enqueue a message, and tell those who wait for one."""
        enqueued = super().enqueue(message, delay=delay)
        self._bells.tell(enqueued.queue_name)
        return enqueued

    def close(self) -> None:
        """Close what is open."""
        self._bells.stop()
        super().close()


def trouble_of(broker: Broker) -> str:
    """Return what is wrong with a broker now, empty if nothing is."""
    if not isinstance(broker, DoorbellBroker):
        return ""
    try:
        broker.client.ping()
    except redis.RedisError as error:
        return f"Redis does not answer: {type(error).__name__}"
    return ""


class RingAgain(Middleware):
    """Rings anew for work that could not be begun, and never acknowledges a ring that is lost.

    dramatiq's own retries put a message off in the memory of one process, where an outage of
    Redis strands it, and acknowledge it even where it could not be put off. Here the thread waits,
    rings anew at once, and where that fails the message is rejected: it lies with the dead
    letters, and the row that it named is still due in the record.
    """

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Keep how to wait."""
        self._sleep = sleep

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: object = None,  # noqa: ARG002 - the library's signature
        exception: BaseException | None = None,
    ) -> None:
        """Ring again after a failure, a few times."""
        if exception is None:
            return
        rings = int(message.options.get("rings", 0)) + 1
        if rings > RINGS_MAX:
            message.fail()
            return
        self._sleep(min(0.1 * 2**rings, RING_AGAIN_S_MAX))
        try:
            broker.enqueue(message.copy(options={"rings": rings}))
        except Exception as error:  # noqa: BLE001 - whatever the broker raises: it did not take it
            _LOG.warning("ring_not_taken", error=str(error))
            message.fail()


class Lifetime(Middleware):
    """Enters a context before the threads of a queue process start, leaves it after they ended."""

    def __init__(self) -> None:
        """Know no context until `run` names one: that needs the broker, and the broker this."""
        self._context: AbstractContextManager[None] = nullcontext()

    def run(self, context: AbstractContextManager[None]) -> None:
        """Name the context; nothing is entered yet."""
        self._context = context

    def before_worker_boot(
        self,
        broker: Broker,  # noqa: ARG002 - the library's signature
        worker: Worker,  # noqa: ARG002 - the library's signature
    ) -> None:
        """Enter."""
        self._context.__enter__()

    def after_worker_shutdown(
        self,
        broker: Broker,  # noqa: ARG002 - the library's signature
        worker: Worker,  # noqa: ARG002 - the library's signature
    ) -> None:
        """Leave."""
        self._context.__exit__(None, None, None)


def _few_retries() -> Retry:
    backoff = ExponentialBackoff(cap=0.2, base=0.02)
    return Retry(backoff, ATTEMPTS_AGAIN)
