"""Sends what was committed, and records how each call ended.

No clean answer: the write stays in the exposure until the write horizon has passed and a read has
shown what became of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.errors import NotAuthorised, OutcomeUnknown, RequestRefused, TryLater
from connectors.store import leases, listings, locks, work, writes
from connectors.store.engine import writing
from connectors.store.leases import Lease
from connectors.store.writes import Ended, Outcome
from reconciliation.catalog import ListingKey
from reconciliation.quantities import Instant

from ..metrics.counting import count_pushes
from ..queues import PLAN, READ, pool_work
from ..services import Services
from ..tiktok_desk import Refusal
from .intents import Intent
from .proof import telling_read_at
from .refusals import Refused, forget_bars, note_refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a call ended: one outcome for its writes, but for those that it names otherwise.

    `puts_off`: it surely had no effect and says nothing of the product, whose row waits its turn.
    """

    outcome: Outcome
    answered_at: Instant | None = None
    detail: str = ""
    refused: Mapping[ListingKey, Refusal] = field(default_factory=dict)
    unclear: Mapping[ListingKey, Refusal] = field(default_factory=dict)
    puts_off: TryLater | NotAuthorised | None = None

    def of(self, key: ListingKey) -> tuple[Outcome, str]:
        """Return how the write of one listing ended, with TikTok's words."""
        if key in self.refused:
            return Outcome.REFUSED, str(self.refused[key])
        if key in self.unclear:
            return Outcome.UNKNOWN, str(self.unclear[key])
        return self.outcome, self.detail


def send(services: Services, intent: Intent) -> Ending:
    """Make a product's call, unless the lease might end before it does."""
    shop, product_id = intent.claimed.product
    left_s = intent.claimed.lease.expires_at - services.now() - 1.0
    if left_s < services.tiktok.call_deadline_s:
        return Ending(outcome=Outcome.REFUSED, detail="not sent: the lease would end first")
    try:
        answer = services.tiktok.write_stock(shop, product_id, intent.sent, deadline_s=left_s)
    except OutcomeUnknown as error:
        return Ending(outcome=Outcome.UNKNOWN, detail=str(error))
    except RequestRefused as error:
        word = Refusal(code=error.code, message=error.message)
        refused = dict.fromkeys((write.key for write in intent.writes), word)
        return Ending(outcome=Outcome.REFUSED, detail=str(error), refused=refused)
    except (TryLater, NotAuthorised) as error:
        return Ending(outcome=Outcome.REFUSED, detail=str(error), puts_off=error)
    return Ending(
        outcome=Outcome.ANSWERED,
        answered_at=services.now(),
        refused=answer.refused,
        unclear=answer.unclear,
    )


def record(
    services: Services, ended: Sequence[tuple[Intent, Ending]], done_with: Sequence[Lease]
) -> None:
    """Record how calls ended, finish their rows, ask for what comes next, and ring for it.

    What was answered is settled by a read, after which is decided anew. Anything else is news.
    The leases that nothing more is done with are given up.
    """
    stored = [each for intent, ending in ended for each in _ended(intent, ending)]
    with writing(services.engine) as connection:
        locks.share_catalogue(connection)
        locks.lock_pools(connection, {pool for intent, _ in ended for pool in intent.pools})
        writes.record_outcomes(connection, [each for _, each in stored])
        _note_refusals(connection, services, ended)
        shops, settled_at = _ask_for_proof(connection, services, stored)
        keys = _ask_about_news(connection, services, ended)
        leases.give_up(connection, *done_with)
        for intent, ending in ended:
            if ending.puts_off is None:
                work.finish_at_the_end(connection, intent.claimed.job)
    services.ring_all(PLAN, keys)
    if shops:
        services.ring_at(READ, shops[0], settled_at)
    for key, each in stored:
        count_pushes(services.meter, key.shop, [each.outcome])


def _ended(intent: Intent, ending: Ending) -> Iterator[tuple[ListingKey, Ended]]:
    """Yield how each write of a call ended, as it is stored."""
    for key, sequence in intent.sequences.items():
        outcome, detail = ending.of(key)
        ended = Ended(
            sequence=sequence,
            fence=intent.claimed.lease.fence,
            outcome=outcome,
            answered_at=ending.answered_at if outcome is Outcome.ANSWERED else None,
            detail=detail,
        )
        yield key, ended


def _note_refusals(
    connection: Connection, services: Services, ended: Sequence[tuple[Intent, Ending]]
) -> None:
    """Bar the listings of which TikTok took no quantity; those that it took are barred no more."""
    refused = [
        Refused(write=write, refusal=ending.refused[write.key])
        for intent, ending in ended
        for write in intent.sent
        if write.key in ending.refused
    ]
    note_refusals(connection, services, refused)
    taken = [
        key
        for intent, ending in ended
        for key in intent.sequences
        if ending.of(key)[0] is Outcome.ANSWERED
    ]
    forget_bars(connection, taken, services.now())


def _ask_for_proof(
    connection: Connection, services: Services, stored: Sequence[tuple[ListingKey, Ended]]
) -> tuple[tuple[str, ...], Instant]:
    """Ask for the reads that settle what was answered; return the shops, and when they are due.

    All at one moment, that of the last answer: together they take little longer than one.
    """
    answered = {key: each.answered_at for key, each in stored if each.answered_at is not None}
    last = max(answered.values(), default=services.now())
    settled_at = telling_read_at(last, services.policies.assumptions)
    listings.want_read(connection, answered, settled_at)
    shops = work.ask(connection, READ, {key.shop for key in answered}, due_at=settled_at)
    return shops, settled_at


def _ask_about_news(
    connection: Connection, services: Services, ended: Sequence[tuple[Intent, Ending]]
) -> tuple[str, ...]:
    """Ask for decisions where a call ended otherwise than with a clean answer."""
    news = {
        pool_work(pool)
        for intent, ending in ended
        if ending.puts_off is None
        and any(ending.of(key)[0] is not Outcome.ANSWERED for key in intent.sequences)
        for pool in intent.pools
    }
    return work.ask(connection, PLAN, news, due_at=services.now())
