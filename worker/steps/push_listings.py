"""Writes quantities to TikTok: the one place from which TikTok is changed.

A round takes some due products of shops that nobody writes to. The order of things is the promise
(design W1 to W7):

1. take the shops' leases, one writer per shop at a time, and claim the products' rows;
2. wait for the quota, so that nothing is decided long before it is sent;
3. in one transaction lock the pools, decide anew from the present state, check the bound a
   second time with everybody's exposure, and commit the intents (`intents`);
4. see that each lease outlives its call's deadline, and make all calls side by side: none waits
   for another, so that each is sent a few milliseconds after it was decided (`outcomes`);
5. record the outcomes under the leases' fencing tokens, those that come together in one
   transaction, and give up the leases.

A product that fails is put off by itself.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import partial
from itertools import islice
from uuid import uuid4

from connectors.errors import TryLater
from connectors.store import leases, work, work_due
from connectors.store.engine import reading, writing
from connectors.store.leases import Lease
from reconciliation.quantities import Instant, later
from reconciliation.verdict import DECREASES

from ..claims import CLAIM_S, Failure, Round
from ..queues import AT_ONCE, PUSH, product_of_work
from ..services import Services
from ..side_by_side import side_by_side
from .intents import Claimed, Intent, commit_intents
from .outcomes import Ending, record, send


LEASE_S = 30.0
"""How long a writer keeps a shop; well above the deadline of one call."""

OF_A_SHOP = 4
"""Products of one shop that a round takes: one that hangs holds no more calls than that."""

AGED_S = 60.0
"""From when on what has been due for longest has a place in a round, whatever is more urgent."""

LOOKED_AT = 4 * AT_ONCE[PUSH]
"""Due products among which a round chooses."""


def push_due(services: Services, first: str) -> Round | None:
    """Write some due products, `first` among them if it is free.

    None where nothing was due, or others write to all the shops.
    """
    claimed = take(services, first)
    return Round(failures=push(services, claimed)) if claimed else None


def take(services: Services, first: str) -> tuple[Claimed, ...]:
    """Become the writer of shops that have due products, and claim these.

    Whoever finds a shop taken leaves it to its writer, who looks once more after giving it back:
    what became due meanwhile is seen by one of the two.
    """
    now = services.now()
    chosen = _choose(services, first, now)
    if not chosen:
        return ()
    with writing(services.engine) as connection:
        ours = leases.take_some(
            connection,
            {_lease_of(shop) for shop in chosen.values()},
            holder=f"{services.holder}/{uuid4().hex[:8]}",
            now=now,
            for_s=LEASE_S,
        )
        by_name = {lease.name: lease for lease in ours}
        jobs = work.claim_some(
            connection,
            PUSH,
            [key for key, shop in chosen.items() if _lease_of(shop) in by_name],
            holder=services.holder,
            now=now,
            for_s=CLAIM_S,
        )
        claimed = tuple(
            Claimed(job=job, lease=by_name[_lease_of(chosen[job.key])]) for job in jobs
        )
        leases.give_up(connection, *(set(ours) - {each.lease for each in claimed}))
    return claimed


def _lease_of(shop: str) -> str:
    return f"shop/{shop}"


def _choose(services: Services, first: str, now: Instant) -> dict[str, str]:
    """Return due keys that a round takes, with their shops; of each shop only a few.

    What has left the configuration ends quietly when it is rung for.
    """
    with reading(services.engine) as connection:
        held = leases.held_by_anybody(connection, now)
        taken = {shop for shop in services.settings.shops if _lease_of(shop) in held}
        urgent = work_due.due_keys(connection, PUSH, now, most=LOOKED_AT, first=first)
        aged = work_due.longest_due(connection, PUSH, now, since=later(now, -AGED_S))
        keys = _with_a_place_for(aged, urgent)
        chosen = _some_of_each(services, keys, taken)
        if not chosen and len(urgent) == LOOKED_AT:
            # A shop that hangs must not hide what is due elsewhere.
            keys = work_due.due_keys_not_under(connection, PUSH, now, names=taken, most=LOOKED_AT)
            chosen = _some_of_each(services, keys, taken)
    return chosen


def _with_a_place_for(aged: str | None, urgent: Sequence[str]) -> tuple[str, ...]:
    """Return the keys with the last of a shop's places for one that nobody would get to else.

    However much that is more urgent keeps coming, nothing waits for ever.
    """
    if aged is None or aged in urgent[:OF_A_SHOP]:
        return tuple(urgent)
    others = [key for key in urgent if key != aged]
    return (*others[: OF_A_SHOP - 1], aged, *others[OF_A_SHOP - 1 :])


def _some_of_each(
    services: Services, keys: Sequence[str], taken: AbstractSet[str]
) -> dict[str, str]:
    of_shop: Counter[str] = Counter()
    chosen: dict[str, str] = {}
    for key in keys:
        shop = product_of_work(key)[0]
        of_shop[shop] += 1
        if shop in services.settings.shops and shop not in taken and of_shop[shop] <= OF_A_SHOP:
            chosen[key] = shop
    return dict(islice(chosen.items(), AT_ONCE[PUSH]))


def push(services: Services, claimed: Sequence[Claimed]) -> tuple[Failure, ...]:
    """Write what is due for products, as their shops' one writer, and finish their rows.

    Returns those that are to be put off, and why.
    """
    with (
        services.claims.keep(*(each.job for each in claimed)),
        _given_up(services, claimed) as ours,
    ):
        ready = wait_for_turns(services, claimed)
        if not ready:
            return ()
        intents, failures = commit_intents(services, ready)
        return failures + tuple(_send_all(services, intents, ours))


@contextmanager
def _given_up(services: Services, claimed: Sequence[Claimed]) -> Iterator[dict[str, Lease]]:
    """Yield the leases by shop; those that are among them in the end are given up then."""
    ours = {each.shop: each.lease for each in claimed}
    try:
        yield ours
    finally:
        if ours:
            with writing(services.engine) as connection:
                leases.give_up(connection, *ours.values())


def wait_for_turns(services: Services, claimed: Sequence[Claimed]) -> list[Claimed]:
    """Wait until the quota lets the calls through; put off those for which it takes long.

    A shop that TikTok has told to slow down holds up no other.
    """
    ready: list[Claimed] = []
    late: list[tuple[Claimed, float]] = []
    for each in claimed:
        # The row's rank is the class of the most urgent write that was asked for.
        urgent = each.job.rank in DECREASES
        try:
            services.tiktok.wait_for_write_turn(each.shop, urgent=urgent, sleep=services.sleep)
        except TryLater as error:
            late.append((each, error.retry_after_s))
        else:
            ready.append(each)
    if late:
        _put_off(services, late)
    return ready


def _put_off(services: Services, late: Sequence[tuple[Claimed, float]]) -> None:
    """Give rows back until their turn comes; they have not failed."""
    now = services.now()
    with writing(services.engine) as connection:
        for each, wait_s in sorted(late, key=lambda pair: pair[0].job.key):
            work.come_back(connection, each.job, due_at=later(now, wait_s), failed=False)
    for each, wait_s in late:
        services.ring_at(PUSH, each.job.key, later(now, wait_s))


def _send_all(
    services: Services, intents: Sequence[Intent], ours: dict[str, Lease]
) -> Iterator[Failure]:
    """Make the calls, and record what has ended as it ends; yield what is to be put off."""
    waiting = {intent.claimed.job.key: intent for intent in intents}
    calls = {key: partial(send, services, intent) for key, intent in waiting.items()}
    for answers in side_by_side(calls, at_once=services.calls_at_once):
        ended: list[tuple[Intent, Ending]] = []
        for key, ending in answers.items():
            intent = waiting.pop(key)
            if isinstance(ending, Exception):
                yield intent.claimed.job, ending
                continue
            ended.append((intent, ending))
            if ending.puts_off is not None:
                yield intent.claimed.job, ending.puts_off
        busy = {intent.claimed.shop for intent in waiting.values()}
        done_with = [shop for shop in ours if shop not in busy]
        try:
            record(services, ended, [ours[shop] for shop in done_with])
        except Exception as error:  # noqa: BLE001 - no row may be lost; what was sent is counted
            yield from ((intent.claimed.job, error) for intent, _ in ended)
        else:
            for shop in done_with:
                del ours[shop]
