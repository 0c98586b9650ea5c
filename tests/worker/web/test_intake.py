"""The group commit: nobody hears 200 before the commit, and nobody hears it of a failed one."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.store.engine import reading, writing
from connectors.store.tables import WEBHOOKS, WORK
from connectors.store.webhooks import WebhookRow
from reconciliation.quantities import Instant
from worker.web.intake import NotKept

from .rig import NOW, Door, deliver, door, genuine, post_one, running, told


def a_row(number: int) -> WebhookRow:
    """Return a notification that asks for work."""
    return WebhookRow(
        notification=str(number),
        shop="alpha",
        type=1,
        told_at=Instant(NOW),
        received_at=Instant(NOW),
        body=told(number).decode(),
    )


async def post_many(opened: Door, count: int) -> list[int | None]:
    """Hand on many different notifications at once."""
    calls = [deliver(opened.app, genuine(told(number))) for number in range(count)]
    return list(await asyncio.gather(*calls))


def test_nobody_is_answered_before_the_commit(tmp_path: Path) -> None:
    """While another holds the record's lock the request waits; with the lock gone it is kept."""

    async def wait_for_the_lock() -> bool:
        with writing(opened.services.engine):
            answer = asyncio.create_task(deliver(opened.app, genuine(told())))
            await asyncio.sleep(0.1)
            was_answered = answer.done()
        await answer
        return was_answered

    with door(tmp_path) as opened:
        was_answered = running(wait_for_the_lock())

        assert not was_answered
        assert opened.rows() == 1


def test_a_bell_is_rung_after_the_commit_only(tmp_path: Path) -> None:
    """Who is woken finds the notification in the record."""
    found = []

    def ring(queue: str, key: str) -> None:
        found.append((queue, key, opened.rows()))

    with door(tmp_path, ring=ring) as opened:
        post_one(opened, genuine(told()))
        opened.intake.stop()
        rings = list(found)
        # The fixture stops it once more, which must do no harm.

    assert rings == [("webhooks", "alpha", 1)]


def test_a_bell_that_fails_keeps_nobody_from_his_answer(tmp_path: Path) -> None:
    """A broker that is away costs a sweep; the record has the work."""

    def ring(_queue: str, _key: str) -> None:
        raise ConnectionError("the broker is away")

    with door(tmp_path, ring=ring) as opened:
        statuses = [post_one(opened, genuine(told(number))) for number in range(3)]

        assert statuses == [200, 200, 200]
        assert opened.asked() == ["alpha"]


def test_a_record_that_is_down_answers_503_to_all_and_then_takes_them(tmp_path: Path) -> None:
    """TikTok sends again what was not kept, and nothing is lost."""
    with door(tmp_path) as opened:
        WEBHOOKS.drop(opened.services.engine)
        down = running(post_many(opened, 20))
        WEBHOOKS.create(opened.services.engine)
        up = running(post_many(opened, 20))

        assert (set(down), set(up)) == ({503}, {200})
        assert opened.rows() == 20


def test_a_failing_transaction_leaves_nothing_half_done(tmp_path: Path) -> None:
    """Where the work cannot be asked for, the notification is not kept either."""
    with door(tmp_path) as opened:
        WORK.drop(opened.services.engine)
        statuses = running(post_many(opened, 20))

        assert set(statuses) == {503}
        assert opened.rows() == 0


def test_a_record_that_takes_too_long_is_not_waited_for(tmp_path: Path) -> None:
    """TikTok hears 503 before it gives up; the notification is kept all the same."""
    with door(tmp_path, answer_s=0.05) as opened:
        with writing(opened.services.engine):
            status = post_one(opened, genuine(told()))
        opened.intake.stop()

        assert (status, opened.rows()) == (503, 1)


def test_a_full_line_turns_away_at_once(tmp_path: Path) -> None:
    """Who could not be served in time is told so, and takes no memory."""

    async def three() -> list[str]:
        keeps = [opened.intake.keep(a_row(number)) for number in range(3)]
        answers = await asyncio.gather(*keeps, return_exceptions=True)
        return [str(answer) for answer in answers]

    with door(tmp_path, runs=False, waiting_max=2, answer_s=0.05) as opened:
        said = running(three())

    assert said == ["the record took too long"] * 2 + ["the line is full or closed"]


def test_what_waits_is_kept_at_the_end(tmp_path: Path) -> None:
    """A stop finishes the line, and takes nothing more."""

    async def leave() -> None:
        waiting = [asyncio.ensure_future(opened.intake.keep(a_row(n))) for n in range(5)]
        await asyncio.sleep(0)
        opened.intake.start()
        await asyncio.get_running_loop().run_in_executor(None, opened.intake.stop)
        assert await asyncio.gather(*waiting) == [True] * 5
        with pytest.raises(NotKept, match="closed"):
            await opened.intake.keep(a_row(9))

    with door(tmp_path, runs=False) as opened:
        running(leave())

        assert opened.rows() == 5


def test_a_caller_that_is_gone_harms_nobody(tmp_path: Path) -> None:
    """Its loop was closed before the commit: the row is kept, and the writer lives."""

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await opened.intake.keep(a_row(1))

    with door(tmp_path) as opened:
        with writing(opened.services.engine):
            running(give_up())
        status = post_one(opened, genuine(told(2)))

        assert (status, opened.rows()) == (200, 2)


def test_one_who_left_the_line_keeps_no_other_from_his_answer(tmp_path: Path) -> None:
    """Of two in one group the first gave up: the second hears what became of his."""

    async def two() -> bool:
        impatient = asyncio.ensure_future(opened.intake.keep(a_row(1)))
        patient = asyncio.ensure_future(opened.intake.keep(a_row(2)))
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.wait({impatient})
        opened.intake.start()
        was_new = await patient
        await asyncio.get_running_loop().run_in_executor(None, opened.intake.stop)
        return was_new

    with door(tmp_path, runs=False) as opened:
        assert running(two())


def test_a_duplicate_asks_for_nothing_more(tmp_path: Path) -> None:
    """The first one's request is enough, and is not made anew by each repeat."""
    with door(tmp_path) as opened:
        for _ in range(3):
            post_one(opened, genuine(told()))
        with reading(opened.services.engine) as connection:
            version = connection.execute(select(WORK.c.version)).scalar_one()

    assert version == 1
