"""The group commit: many requests wait while one thread keeps what they brought, all at once.

A commit that is safe on disk costs as much for one notification as for a hundred. So requests
stand in a line, and the writer takes all that wait, in one transaction: their rows, and the
work that they ask for. Only then is each of them answered. Where the transaction fails, nothing
of it was kept and nobody is told that it was: TikTok sends all of them again.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Condition, Thread

import structlog

from connectors.store import webhooks, work
from connectors.store.engine import writing
from connectors.store.webhooks import WebhookRow

from ..queues import WEBHOOKS
from ..services import Services
from .patient_bell import PatientBell


BATCH_MAX = 256
"""The most that one transaction keeps: some milliseconds of work."""

GATHER_S = 0.004
"""How long the writer waits for a few more: at 500 a second it halves the commits, and with them
the work and the time for which the record is locked to others."""

A_FEW = 16
"""With so many in the line the writer waits for no more."""

WAITING_MAX = 2_000
"""The longest line: what the writer keeps in about a second. Longer would only time out."""

ANSWER_S = 2.5
"""How long a request waits; TikTok gives up after 3 s and sends it again (API page, section 6)."""

_LOG = structlog.get_logger("oversell_guard")


class NotKept(RuntimeError):
    """Raised where it is not known that a notification was kept: it must be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """One in the line; `answer` becomes whether it was new, None if it could not be kept."""

    row: WebhookRow
    answer: asyncio.Future[bool | None]


_Answers = list[tuple[asyncio.Future[bool | None], bool | None]]


class Intake:
    """Keeps notifications that come in by many requests at once."""

    def __init__(
        self, services: Services, *, waiting_max: int = WAITING_MAX, answer_s: float = ANSWER_S
    ) -> None:
        """Prepare the writer; `start` starts it."""
        self._services = services
        self._waiting_max = waiting_max
        self._answer_s = answer_s
        self._bell = PatientBell(services.ring)
        self._line: deque[_Waiting] = deque()
        self._stopping = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="webhook-intake", daemon=True)

    def start(self) -> None:
        """Start keeping what comes."""
        self._bell.start()
        self._thread.start()

    def stop(self) -> None:
        """Keep what waits, take nothing more, and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()
        self._bell.stop()

    async def keep(self, row: WebhookRow) -> bool:
        """Return once a notification is kept for good: true if it was new.

        Raises `NotKept` where it was not, or not in time.
        """
        answer: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()
        self._line_up(_Waiting(row=row, answer=answer))
        try:
            async with asyncio.timeout(self._answer_s):
                was_new = await answer
        except TimeoutError:
            raise NotKept("the record took too long") from None
        if was_new is None:
            raise NotKept("the record is away")
        return was_new

    def _line_up(self, waiting: _Waiting) -> None:
        with self._changed:
            if self._stopping or len(self._line) >= self._waiting_max:
                raise NotKept("the line is full or closed")
            self._line.append(waiting)
            # Only the first and the last of a few change what the writer does.
            if len(self._line) in {1, A_FEW}:
                self._changed.notify()

    # -- the writer -----------------------------------------------------------------------

    def _run(self) -> None:
        while batch := self._next_batch():
            _answer(batch, self._commit([waiting.row for waiting in batch]))

    def _next_batch(self) -> list[_Waiting]:
        """Return all that wait, soon after anybody does; nobody at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._line or self._stopping)
            self._changed.wait_for(
                lambda: len(self._line) >= A_FEW or self._stopping, timeout=GATHER_S
            )
            return [self._line.popleft() for _ in range(min(len(self._line), BATCH_MAX))]

    def _commit(self, rows: Sequence[WebhookRow]) -> frozenset[str] | None:
        """Keep rows and ask for their work; return which were new, None if all failed."""
        try:
            new, shops = self._store(rows)
        except Exception as error:  # noqa: BLE001 - the writer must live, whatever failed
            # The record may be away for a while. Its error holds no parameters.
            _LOG.warning("webhooks_not_kept", notifications=len(rows), error=str(error))
            return None
        self._bell.ring_all(WEBHOOKS, shops)
        return new

    def _store(self, rows: Sequence[WebhookRow]) -> tuple[frozenset[str], tuple[str, ...]]:
        with writing(self._services.engine) as connection:
            new = webhooks.store(connection, rows)
            asking = [row for row in rows if row.handled_at is None and row.notification in new]
            if not asking:
                return new, ()
            shops = work.ask(
                connection,
                WEBHOOKS,
                {row.shop for row in asking},
                due_at=self._services.now(),
                fact_at=min(row.received_at for row in asking),
            )
        return new, shops


@contextmanager
def webhook_intake(services: Services) -> Iterator[Intake]:
    """Run an intake; at the end what waits is kept first."""
    intake = Intake(services)
    intake.start()
    try:
        yield intake
    finally:
        intake.stop()


def _answer(batch: Sequence[_Waiting], new: frozenset[str] | None) -> None:
    """Tell each in the batch what became of it; of equal ones the first was the new one."""
    left = set(new or ())
    by_loop: dict[asyncio.AbstractEventLoop, _Answers] = {}
    for waiting in batch:
        key = waiting.row.notification
        answers = by_loop.setdefault(waiting.answer.get_loop(), [])
        answers.append((waiting.answer, None if new is None else key in left))
        left.discard(key)
    for loop, answers in by_loop.items():
        _call(loop, partial(_settle, answers))


def _call(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(callback)
    except RuntimeError:
        # The loop was closed: nobody waits any more. What was kept is kept.
        return


def _settle(answers: _Answers) -> None:
    for answer, was_new in answers:
        if not answer.done():
            answer.set_result(was_new)
