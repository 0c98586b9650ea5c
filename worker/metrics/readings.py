"""How things stand, read from the record: one group of gauges for each subject.

Only what is configured is shown: a shop or warehouse that has left the configuration leaves the
dashboards too. Where something can be told of each, it is told of each, with 0 if there is none.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import Metric as Family
from sqlalchemy import Connection

from connectors.store import (
    counts,
    filed,
    intake,
    listings,
    pool_stocks,
    shop_states,
    shops,
    tallies,
    work_due,
    writes,
)
from connectors.store.engine import reading
from connectors.store.writes import OPEN_OUTCOMES
from reconciliation.guard import GuardState
from reconciliation.quantities import Instant
from reconciliation.shop_state import ShopState

from ..modes import written_to
from ..queues import DOORBELLS
from ..services import Services
from ..settings.values import partner_of
from .catalogue import (
    FEED_GAUGES,
    LISTING_GAUGES,
    SHOP_GAUGES,
    STOCK_GAUGES,
    WORK_GAUGES,
    WRITE_GAUGES,
)
from .counting import ACCEPTED, REFUSED
from .families import Sample, gauge_families, sample, tally_families
from .metric import Metric
from .zeros import zeros


NEVER_S = float("inf")
"""The age of what never was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Figures that are read together, and are there or missing together."""

    name: str
    read: Callable[[Services, Instant], tuple[Family, ...]]


Look = Callable[[Connection, Services, Instant], Iterable[Sample]]
"""Reads the figures of one subject."""


def record_groups() -> tuple[Group, ...]:
    """Return all groups that are read from the record by themselves."""
    return (
        _group("feeds", FEED_GAUGES, feed_samples),
        _group("listings", LISTING_GAUGES, listing_samples),
        _group("stock", STOCK_GAUGES, stock_samples),
        _group("writes", WRITE_GAUGES, write_samples),
        _group("work", WORK_GAUGES, work_samples),
        _group("shops", SHOP_GAUGES, shop_samples),
        Group(name="tallies", read=_read_tallies),
    )


def _group(name: str, metrics: tuple[Metric, ...], look: Look) -> Group:
    def read(services: Services, now: Instant) -> tuple[Family, ...]:
        with reading(services.engine) as connection:
            return gauge_families(metrics, look(connection, services, now))

    return Group(name=name, read=read)


def _read_tallies(services: Services, _now: Instant) -> tuple[Family, ...]:
    with reading(services.engine) as connection:
        return tally_families({**zeros(services.settings), **tallies.load(connection)})


def feed_samples(connection: Connection, services: Services, now: Instant) -> Iterator[Sample]:
    """Yield how old and how late each feed is, what of it waits, and the rows of its last file."""
    last, newest = intake.latest_deliveries(connection), intake.newest_as_of(connection)
    waiting = filed.waiting_counts(connection)
    for feed, declared in services.settings.feeds.items():
        place = {
            "feed": feed,
            "warehouse": declared.warehouse,
            "partner": partner_of(services.settings, declared.warehouse),
        }
        yield sample("feed_age_seconds", _age_s(newest.get(feed), now), **place)
        yield sample("feed_files_waiting", waiting.get(feed, 0), **place)
        delivery = last.get(feed)
        if declared.expected_every_s is not None:
            waited_s = _age_s(delivery.arrived_at if delivery else None, now)
            lateness_s = max(waited_s - declared.expected_every_s, 0.0)
            yield sample("feed_lateness_seconds", lateness_s, **place)
        if delivery is not None:
            yield sample("feed_rows", delivery.rows_accepted, feed=feed, fate=ACCEPTED)
            yield sample("feed_rows", delivery.rows_refused, feed=feed, fate=REFUSED)


def listing_samples(connection: Connection, services: Services, _now: Instant) -> Iterator[Sample]:
    """Yield how many listings of each shop are in each state, and how many have no goods."""
    states = listings.state_counts(connection)
    unmapped = counts.unmapped_listings(connection)
    for shop in services.settings.shops:
        for state in GuardState:
            yield sample("listings", states.get((shop, state), 0), shop=shop, state=state.value)
        yield sample("unmapped_listings", unmapped.get(shop, 0), shop=shop)


def stock_samples(connection: Connection, services: Services, _now: Instant) -> Iterator[Sample]:
    """Yield the stock of each warehouse, summed over its pools."""
    known = dict(pool_stocks.by_warehouse(connection))
    nothing = {metric.name: 0 for metric in STOCK_GAUGES}
    for warehouse in services.settings.warehouses:
        for name, units in (nothing | dict(known.get(warehouse, {}))).items():
            yield sample(name, units, warehouse=warehouse)


def write_samples(connection: Connection, services: Services, now: Instant) -> Iterator[Sample]:
    """Yield how many writes of each shop are unsettled, and since when."""
    open_writes = writes.open_counts(connection)
    oldest = counts.oldest_unsettled(connection)
    for shop in services.settings.shops:
        for outcome in OPEN_OUTCOMES:
            count = open_writes.get((shop, outcome), 0)
            yield sample("unsettled_writes", count, shop=shop, outcome=outcome.value)
        yield sample("unsettled_write_age_seconds", _age_s(oldest.get(shop, now), now), shop=shop)


def work_samples(connection: Connection, _services: Services, now: Instant) -> Iterator[Sample]:
    """Yield how much work of each queue is due, and since when."""
    due, oldest = work_due.open_counts(connection, now), counts.oldest_due(connection, now)
    for queue in DOORBELLS:
        yield sample("work_due", due.get(queue, 0), queue=queue)
        yield sample("work_age_seconds", _age_s(oldest.get(queue, now), now), queue=queue)


def shop_samples(connection: Connection, services: Services, now: Instant) -> Iterator[Sample]:
    """Yield how far each shop's orders are known, and whether it is written to and reached."""
    limit = services.settings.tiktok.calls_per_second
    yield sample("quota_limit_calls_per_second", limit)
    written = written_to(connection, services, services.settings.shops)
    states = shop_states.everywhere(connection)
    for shop in services.settings.shops:
        row = shops.load(connection, shop)
        yield sample("ledger_age_seconds", _age_s(row.complete_up_to, now), shop=shop)
        yield sample("shop_writes_enabled", shop in written, shop=shop)
        known = states.get(shop)
        for state in ShopState:
            # Of a shop nothing is noted before its first look, a second after the start.
            is_it = state is (known.state if known is not None else ShopState.UNCONNECTED)
            yield sample("shop_state", is_it, shop=shop, state=state.value)
        yield sample("shop_in_trouble", bool(row.trouble), shop=shop)


def _age_s(moment: Instant | None, now: Instant) -> float:
    """Return how long ago a moment was; never below 0, since clocks differ a little."""
    return NEVER_S if moment is None else max(now - moment, 0.0)
