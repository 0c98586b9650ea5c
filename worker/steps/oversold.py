"""Notes orders that the goods do not cover any more, by cause: the account that the budget is of.

A pool that was known before and lacks more now than it did has failed orders. Where a newer feed
says so, units were not where the partner's figure had them. Else orders did: a quantity of ours
that was on its way may have given back what was sold; otherwise two listings sold the same unit.

A newer feed that finds units again, or a delivery, fills orders that were noted: they are taken
off the account again, the latest first. Orders that end otherwise stay on it, and so does what was
cancelled for want of goods (`missing_goods`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import Connection

from connectors.store import trail
from connectors.store.trail import Event
from reconciliation.board import Board, ListingFacts
from reconciliation.budget import Cause
from reconciliation.catalog import PoolKey
from reconciliation.policy import Pricing
from reconciliation.quantities import Instant, Units, later

from ..boards import Gathered
from ..services import Services
from ..settings.values import partner_of
from ..weighing import ACCOUNT_S, OVERSOLD


Terms: TypeAlias = Mapping[str, Any]
"""A pool's stock by the names of a position's terms, as a decision keeps them."""

_COMPARED = (
    "as_of",
    "ats_units",
    "held_units",
    "snapshot_units",
    "returned_units",
    "departed_units",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Units of a pool that were ordered and are not there, since the last decision on it."""

    pool: PoolKey
    cause: Cause
    units: Units
    orders: float


def note_oversold(connection: Connection, services: Services, gathered: Gathered) -> None:
    """Note in the trail, and count, what orders the goods have come to lack."""
    board, before = gathered.board, _stored_terms(gathered)
    for failed in failures(board, before):
        factor = factor_of(connection, services, failed.pool, failed.cause)
        services.meter.count("oversold_orders", {"cause": failed.cause.value}, by=failed.orders)
        trail.note(connection, _event(board.now, failed, factor))
    for pool, units in found_again(board, before).items():
        trail.note_all(connection, _taken_back(connection, pool, units, board.now))


def _event(now: Instant, failed: Failed, factor: float) -> Event:
    return Event(
        at=now,
        event=OVERSOLD,
        subject=failed.cause.value,
        sku=failed.pool.sku,
        detail={
            "pool": str(failed.pool),
            "units": failed.units,
            "orders": failed.orders,
            "factor": factor,
        },
    )


def _taken_back(
    connection: Connection, pool: PoolKey, units: Units, now: Instant
) -> Sequence[Event]:
    """Return what takes so many units of a pool off the account, the latest cause first."""
    found = account_since(connection, now)
    units = min(units, open_units(found, pool))
    left, latest = Counter[str](), dict[str, Event]()
    for event in _found_missing(found, pool):
        left[event.subject] += event.detail["units"]
        if event.detail["units"] > 0:
            latest[event.subject] = event
    events = []
    for event in sorted(latest.values(), key=lambda each: each.at, reverse=True):
        taken = min(left[event.subject], units)
        if taken > 0:
            units -= taken
            events.append(_reversed(event, taken, now))
    return events


def account_since(connection: Connection, now: Instant) -> list[Event]:
    """Return what was put on the account and taken off it for as long as it counts."""
    causes = [cause.value for cause in Cause]
    return trail.events_of(connection, causes, OVERSOLD, since=later(now, -ACCOUNT_S))


def _found_missing(events: Iterable[Event], pool: PoolKey) -> list[Event]:
    """Return what decisions found missing of a pool; what a cancelled order told is no part."""
    of_pool = [event for event in events if event.detail["pool"] == str(pool)]
    return [event for event in of_pool if "order" not in event.detail]


def open_units(events: Sequence[Event], pool: PoolKey) -> Units:
    """Return the units of a pool that decisions found missing and no order was cancelled for."""
    found: Units = sum(event.detail["units"] for event in _found_missing(events, pool))
    cancelled: Units = sum(
        event.detail["found_units"]
        for event in events
        if "order" in event.detail and event.detail["pool"] == str(pool)
    )
    return max(found - cancelled, 0)


def _reversed(event: Event, units: Units, now: Instant) -> Event:
    """Return an event that takes units off again, with the orders that they stood for."""
    orders = event.detail["orders"] * units / event.detail["units"]
    return replace(event, at=now, detail={**event.detail, "units": -units, "orders": -orders})


def found_again(board: Board, before: Mapping[str, Terms]) -> dict[PoolKey, Units]:
    """Return how many units that each pool lacked a newer feed has shown to be there.

    Where the goods are no more than before, an order that lacked them was cancelled, not filled.
    """
    found = {}
    for pool, then, now in _known_twice(board, before):
        units = min(_lacks(then) - _lacks(now), _goods(now) - _goods(then))
        if units > 0 and then["as_of"] != now["as_of"]:
            found[pool] = units
    return found


def failures(board: Board, before: Mapping[str, Terms]) -> Iterator[Failed]:
    """Yield what each pool has come to lack since a decision whose terms, by pool, are `before`.

    What was never decided on, or not known then, lacks nothing by our doing.
    """
    for pool, then, now in _known_twice(board, before):
        units = _lacks(now) - _lacks(then)
        if units > 0:
            drawing = board.drawing()[pool]
            cause = Cause.DECLINE if then["as_of"] != now["as_of"] else _cause(drawing)
            yield Failed(pool=pool, cause=cause, units=units, orders=_orders(units, pool, drawing))


def _known_twice(
    board: Board, before: Mapping[str, Terms]
) -> Iterator[tuple[PoolKey, Terms, Terms]]:
    """Yield the pools that were known before and are now, with their terms then and now."""
    for pool, facts in board.pools.items():
        then, stock = before.get(str(pool)), facts.position
        if then is not None and then["known"] and stock.known:
            yield pool, then, {name: getattr(stock, name) for name in _COMPARED}


def _stored_terms(gathered: Gathered) -> dict[str, Terms]:
    """Return the terms of each pool in the last stored decision on any of its listings."""
    return {
        part["pool"]: part
        for row in gathered.rows.values()
        if row.decision is not None
        for part in row.decision["recipe"]
    }


def _lacks(terms: Terms) -> Units:
    """Return what orders lack; what a person has set aside is no order's loss."""
    units: Units = terms["ats_units"] + terms["held_units"]
    return max(-units, 0)


def _goods(terms: Terms) -> Units:
    """Return what is on the shelf, whoever has ordered it."""
    units: Units = terms["snapshot_units"] + terms["returned_units"] - terms["departed_units"]
    return units


def _cause(drawing: Sequence[ListingFacts]) -> Cause:
    writes = (write for facts in drawing for write in facts.book.writes)
    return Cause.WRITE if any(write.units > 0 for write in writes) else Cause.RACE


def _orders(units: Units, pool: PoolKey, drawing: Sequence[ListingFacts]) -> float:
    """Return how many orders fail for want of so many units, by the usual size of an order."""
    usual = [facts.forecast.units_per_order * facts.listing.units_of(pool) for facts in drawing]
    return max(units / max(usual, default=1.0), 1.0)


def factor_of(connection: Connection, services: Services, pool: PoolKey, cause: Cause) -> float:
    """Return how many times its first price a cause has, by which an order weighs."""
    policy = services.policies.for_pool(
        partner=partner_of(services.settings, pool.warehouse), sku=pool.sku
    )
    if policy.pricing is Pricing.NEWSVENDOR:
        return 1.0
    return dict(services.weighing.factors(connection, policy.budget, services.now()))[cause]
