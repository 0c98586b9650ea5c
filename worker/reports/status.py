"""What `status` says: shops, feeds, pools at risk, listings without goods, work that is due."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store import catalog, intake, listings, shop_states, shops, trail, work_due, writes
from connectors.store.batches import batches
from connectors.store.engine import reading
from connectors.store.intake import Delivery
from connectors.store.work_due import OpenRow
from reconciliation.guard import GuardState
from reconciliation.quantities import Instant, Sku
from reconciliation.shop_state import ShopState, remedy

from .. import queues
from ..services import Services
from ..settings.values import partner_of
from ..steps.intents import BREACH
from .explain import PoolTerms, pool_terms
from .moments import age_s, iso
from .sight import EVERYTHING, Sight, hidden_pools, pool_named


POOLS_LISTED_MAX = 50
"""Pools at risk that are listed; the rest are counted."""

PROBLEMS_LISTED_MAX = 100
"""Listings without goods that are listed; the rest are counted."""

ERRORS_LISTED_MAX = 10
"""Errors of work that is due that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopStatus:
    """A shop: whether it is written to, how its listings stand, and how far its orders are known.

    `state` is how it stands with TikTok, and `remedy` what a person does about that. `open_writes`
    counts, by outcome, the writes that may still change something.
    """

    shop: str
    mode: str
    state: str
    state_since: str | None
    remedy: str
    writes_stopped: bool
    trouble: str
    listings_by_state: dict[str, int]
    ledger_complete_up_to: str | None
    ledger_age_s: float | None
    open_writes: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """A feed: its last delivery, and the as-of time of the newest that was accepted."""

    feed: str
    warehouse: str
    last_file: str
    verdict: str
    reasons: tuple[str, ...]
    rows_accepted: int
    rows_refused: int
    arrived_at: str | None
    arrived_age_s: float | None
    as_of: str | None
    as_of_age_s: float | None
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemStatus:
    """A listing that has no goods, and how to mend it."""

    listing: str
    seller_sku: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkStatus:
    """Rows of one queue that are due, and the errors of those that failed."""

    queue: str
    due: int
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How everything stands."""

    at: str | None
    shops: tuple[ShopStatus, ...]
    feeds: tuple[FeedStatus, ...]
    pools_short: int
    pools_near_zero: int
    pools_at_risk: tuple[PoolTerms, ...]
    problems_found: int
    problems: tuple[ProblemStatus, ...]
    work: tuple[WorkStatus, ...]
    bound_breaches: int

    @property
    def well(self) -> bool:
        """Tell whether no pool is sold beyond its goods and the bound was never broken."""
        return self.pools_short == 0 and self.bound_breaches == 0


def status(services: Services, *, sight: Sight = EVERYTHING) -> Status:
    """Return how everything stands, from the record alone.

    In a narrower sight: its shops, the feeds of warehouses they sell from, goods that no other
    shop draws on, and the work on these.
    """
    now = services.now()
    with reading(services.engine) as connection:
        pools = _pools(connection, sight, now)
        short, near = _at_risk(services, pools.values())
        problems = _problems(connection, sight)
        return Status(
            at=iso(now),
            shops=_shops(connection, services, sight, now),
            feeds=_feeds(connection, services, sight, now),
            pools_short=len(short),
            pools_near_zero=len(near),
            pools_at_risk=tuple([*short, *near][:POOLS_LISTED_MAX]),
            problems_found=len(problems),
            problems=problems[:PROBLEMS_LISTED_MAX],
            work=_work(_rows_in_sight(connection, services, sight, pools), now),
            bound_breaches=sum(
                count
                for pool, count in trail.counts_by_subject(connection, BREACH).items()
                if sight.whole or pool in pools
            ),
        )


def _shops(
    connection: Connection, services: Services, sight: Sight, now: Instant
) -> tuple[ShopStatus, ...]:
    states = listings.state_counts(connection)
    open_writes = writes.open_counts(connection)
    known = shop_states.everywhere(connection)
    found = []
    for shop in sight.shops_of(services.settings):
        row, state = shops.load(connection, shop), known.get(shop)
        by_state = {each: states.get((shop, each), 0) for each in GuardState}
        found.append(
            ShopStatus(
                shop=shop,
                mode=services.settings.shops[shop].mode.value,
                state=state.state.value if state else ShopState.UNCONNECTED.value,
                state_since=iso(state.since) if state else None,
                remedy=remedy(state.state if state else ShopState.UNCONNECTED, shop),
                writes_stopped=row.writes_stopped,
                trouble=row.trouble,
                listings_by_state={each.value: n for each, n in by_state.items() if n},
                ledger_complete_up_to=iso(row.complete_up_to),
                ledger_age_s=age_s(row.complete_up_to, now),
                open_writes={
                    outcome.value: count
                    for (where, outcome), count in sorted(open_writes.items())
                    if where == shop
                },
            )
        )
    return tuple(found)


def _feeds(
    connection: Connection, services: Services, sight: Sight, now: Instant
) -> tuple[FeedStatus, ...]:
    deliveries = intake.latest_deliveries(connection)
    newest = intake.newest_as_of(connection)
    return tuple(
        _feed(services, feed, deliveries.get(feed), newest.get(feed), now)
        for feed in _feeds_in_sight(services, sight)
    )


def _feeds_in_sight(services: Services, sight: Sight) -> tuple[str, ...]:
    warehouses = sight.warehouses_of(services.settings)
    feeds = services.settings.feeds.items()
    return tuple(feed for feed, declared in feeds if declared.warehouse in warehouses)


def _feed(
    services: Services, feed: str, last: Delivery | None, as_of: Instant | None, now: Instant
) -> FeedStatus:
    declared = services.settings.feeds[feed]
    arrived_at = last.arrived_at if last else None
    expected_s = declared.expected_every_s
    waited_s = now - arrived_at if arrived_at is not None else float("inf")
    return FeedStatus(
        feed=feed,
        warehouse=declared.warehouse,
        last_file=last.file_name if last else "",
        verdict=last.verdict if last else "never delivered",
        reasons=last.reasons if last else (),
        rows_accepted=last.rows_accepted if last else 0,
        rows_refused=last.rows_refused if last else 0,
        arrived_at=iso(arrived_at),
        arrived_age_s=age_s(arrived_at, now),
        as_of=iso(as_of),
        as_of_age_s=age_s(as_of, now),
        overdue=expected_s is not None and waited_s > expected_s,
    )


def _pools(connection: Connection, sight: Sight, now: Instant) -> dict[str, PoolTerms]:
    """Return the pools in sight by name, as the last decisions on their listings saw them."""
    found: dict[str, PoolTerms] = {}
    keys = [key for key in listings.all_keys(connection) if sight.sees(key.shop)]
    for some in batches(keys):
        for row in listings.load(connection, some).values():
            for part in (row.decision or {}).get("recipe", ()):
                found[part["pool"]] = pool_terms(part, now)
    for some_pools in batches([pool_named(name) for name in found]):
        for pool in hidden_pools(connection, sight, some_pools):
            del found[str(pool)]
    return found


def _at_risk(
    services: Services, pools: Iterable[PoolTerms]
) -> tuple[list[PoolTerms], list[PoolTerms]]:
    """Return the pools that are short and those near zero, the worst first."""
    known = sorted((each for each in pools if each.known), key=lambda p: p.ats_units)
    short = [each for each in known if each.ats_units < 0]
    near = [each for each in known if each.ats_units >= 0 and _near_zero(services, each)]
    return short, near


def _near_zero(services: Services, pool: PoolTerms) -> bool:
    warehouse, _, sku = pool.pool.partition("/")
    if warehouse not in services.settings.warehouses:
        return False
    partner = partner_of(services.settings, warehouse)
    policy = services.policies.for_listing(shop="", partner=partner, sku=Sku(sku))
    return pool.sellable_units <= policy.throttle_at_units


def _problems(connection: Connection, sight: Sight) -> tuple[ProblemStatus, ...]:
    return tuple(
        ProblemStatus(
            listing=str(each.key),
            seller_sku=each.seller_sku,
            problem=each.problem.value,
            remedy=each.remedy,
        )
        for each in catalog.problems(connection)
        if sight.sees(each.key.shop)
    )


def _rows_in_sight(
    connection: Connection, services: Services, sight: Sight, pools: Collection[str]
) -> list[OpenRow]:
    """Return the work that is not finished, on whatever of it is in sight."""
    rows = work_due.open_rows(connection, until=Instant(float("inf")))
    feeds = _feeds_in_sight(services, sight)
    return [row for row in rows if sight.whole or _concerns(row, sight, pools, feeds)]


def _concerns(row: OpenRow, sight: Sight, pools: Collection[str], feeds: Collection[str]) -> bool:
    match row.queue:
        case queues.PLAN:
            return row.key in pools
        case queues.PUSH | queues.LOOK | queues.OFF_SALE:
            return sight.sees(queues.product_of_work(row.key)[0])
        case queues.READ | queues.ORDERS | queues.CATALOGUE | queues.TOKENS:
            return sight.sees(row.key)
        case queues.ACTIVITIES | queues.CANCELLATIONS | queues.RESTOCK:
            return sight.sees(row.key)
        case queues.FEED | queues.FEED_FILES | queues.PULL:
            return row.key in feeds
        case _:
            return False


def _work(rows: Iterable[OpenRow], now: Instant) -> tuple[WorkStatus, ...]:
    due: dict[str, int] = {}
    errors: dict[str, list[str]] = {}
    for row in rows:
        if row.due_at <= now:
            due[row.queue] = due.get(row.queue, 0) + 1
        if row.last_error:
            errors.setdefault(row.queue, []).append(f"{row.key}: {row.last_error}")
    return tuple(
        WorkStatus(
            queue=queue,
            due=due.get(queue, 0),
            errors=tuple(errors.get(queue, ())[:ERRORS_LISTED_MAX]),
        )
        for queue in sorted({*due, *errors})
    )
