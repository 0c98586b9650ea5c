"""What `quota` says: what waits to be called for each shop, what was called, what is put off.

All is read from the record. How far a process has used up its allowance at this moment, and how
long TikTok's last 429 keeps it from calling, it knows alone; what that puts off stands here.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.errors import Outcome
from connectors.store import tallies, work_waiting
from connectors.store.engine import reading
from connectors.store.work_waiting import Waiting
from connectors.tiktok.quota import URGENT_SHARE, USED_SHARE
from reconciliation.quantities import Instant, later
from reconciliation.verdict import WriteClass

from ..queues import PUSH, SHOP_QUEUES
from ..services import Services
from .moments import age_s, iso


LATELY_S = 60.0
"""What was written within so long is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingWork:
    """Work of one queue: of one class of write where `write_class` names it, else None.

    `due` rows could begin now, `at_work` have begun, `put_off` come later. `oldest_s` is how long
    the longest due row has been; None where none is due.
    """

    queue: str
    write_class: str | None
    due: int
    at_work: int
    put_off: int
    oldest_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Quantities of one class that were sent within `LATELY_S`."""

    write_class: str
    quantities: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsMade:
    """Calls of one API since counting began; `put_off` are those that TikTok had no time for."""

    api: str
    calls: int
    answered: int
    put_off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Work that failed for one reason, such as a 429, and when the first of it is tried again."""

    queue: str
    reason: str
    rows: int
    next_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopQuota:
    """One shop: what waits, what was written of late, what was called, what is put off."""

    shop: str
    waiting: tuple[WaitingWork, ...]
    written: tuple[Written, ...]
    calls: tuple[CallsMade, ...]
    delays: tuple[Delay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaReport:
    """The quota of each API of a shop in calls a second, and how each shop stands.

    `used_per_s` is what we use of it in the long run, `for_decreases_per_s` what of that is kept
    for writes that show less.
    """

    at: str | None
    limit_per_s: float
    used_per_s: float
    for_decreases_per_s: float
    shops: tuple[ShopQuota, ...]


def quota(services: Services, *, shops: Sequence[str]) -> QuotaReport:
    """Return how the quota of some shops is used, and what waits for it."""
    now, limit_per_s = services.now(), services.settings.tiktok.calls_per_second
    used_per_s = limit_per_s * USED_SHARE
    with reading(services.engine) as connection:
        counted = _counted(tallies.load(connection))
        found = tuple(_shop(connection, shop, counted.get(shop, {}), now) for shop in shops)
    return QuotaReport(
        at=iso(now),
        limit_per_s=limit_per_s,
        used_per_s=used_per_s,
        for_decreases_per_s=used_per_s * URGENT_SHARE,
        shops=found,
    )


Counted = dict[str, dict[str, int]]
"""How many calls ended in what way, by API and outcome."""


def _counted(sums: Mapping[tuple[str, str], float]) -> dict[str, Counted]:
    """Return the calls of each shop, as all processes together have counted them."""
    counted: dict[str, Counted] = {}
    for (name, labels), value in sums.items():
        if name == "tiktok_calls":
            said = json.loads(labels)
            of_api = counted.setdefault(said["shop"], {}).setdefault(said["operation"], {})
            of_api[said["outcome"]] = int(value)
    return counted


def _shop(connection: Connection, shop: str, counted: Counted, now: Instant) -> ShopQuota:
    waiting = work_waiting.waiting_of(connection, shop, SHOP_QUEUES, now)
    written = work_waiting.written_since(connection, shop, later(now, -LATELY_S))
    return ShopQuota(
        shop=shop,
        waiting=tuple(_waiting(each, now) for each in waiting),
        written=tuple(
            Written(write_class=_class_name(rank), quantities=count)
            for rank, count in sorted(written.items())
        ),
        calls=tuple(_calls(api, outcomes) for api, outcomes in sorted(counted.items())),
        delays=tuple(_delays(connection, shop, now)),
    )


def _waiting(each: Waiting, now: Instant) -> WaitingWork:
    return WaitingWork(
        queue=each.queue,
        # Only what is written has classes.
        write_class=_class_name(each.rank) if each.queue == PUSH else None,
        due=each.due,
        at_work=each.claimed,
        put_off=each.put_off,
        oldest_s=age_s(each.due_since, now),
    )


def _class_name(rank: int) -> str:
    return WriteClass(rank).name.lower()


def _calls(api: str, outcomes: Mapping[str, int]) -> CallsMade:
    return CallsMade(
        api=api,
        calls=sum(outcomes.values()),
        answered=outcomes.get(Outcome.OK.value, 0),
        put_off=outcomes.get(Outcome.TRY_LATER.value, 0),
    )


def _delays(connection: Connection, shop: str, now: Instant) -> Iterator[Delay]:
    for each in work_waiting.put_off_of(connection, shop, SHOP_QUEUES, now):
        yield Delay(
            queue=each.queue, reason=each.reason, rows=each.rows, next_at=iso(each.next_at)
        )
