"""Puts orders on the account that were cancelled because nobody found their goods.

A partner's figure may say to the end that goods are there: no file ever shows them go, and no
decision finds them missing. Only the order tells, when it is cancelled for want of goods. It
counts as a decline: a race is found by the decision that follows it.

Where decisions have found units of a pool missing, the next order that is cancelled for want of
them is taken for one that is on the account already (`oversold`): it is not counted again, and no
newer file takes it off. Each order counts once, by its key, and is taken off if its parcel left
after all.

It is no observation for the law of the decline: where the next file admits the missing units,
they are learned from that, and would be learned twice.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from connectors.store import catalog, orders, trail
from connectors.store.orders import LineChange, TouchedListings
from connectors.store.trail import Event
from reconciliation.budget import Cause
from reconciliation.catalog import PoolKey
from reconciliation.orders import lacked_goods
from reconciliation.quantities import Instant, Units

from ..services import Services
from ..weighing import OVERSOLD
from .oversold import account_since, factor_of, open_units


def note_missing_goods(
    connection: Connection, services: Services, touched: TouchedListings
) -> None:
    """Note the orders that a change of the ledger tells to have lacked their goods.

    One that nobody had heard of before it was cancelled is left out: nothing was decided on it.
    Whoever calls has the ledgers of the shops and the goods of all that changed.
    """
    for order, rows in _by_order(touched).items():
        if any(map(_came_to_lack, _changes(rows))):
            _note(connection, services, order, rows)
        elif any(map(_was_there, _changes(rows))):
            _take_back(connection, services.now(), order)


_Order = tuple[str, str]
"""A shop and the number of an order in it."""


def _by_order(touched: TouchedListings) -> dict[_Order, TouchedListings]:
    rows: dict[_Order, TouchedListings] = {}
    for row in touched:
        rows.setdefault((row[0].seen.shop, row[0].seen.order_id), []).append(row)
    return rows


def _changes(rows: TouchedListings) -> Iterable[LineChange]:
    return (change for change, _, _ in rows)


def _came_to_lack(change: LineChange) -> bool:
    """Tell whether a line that was known is now cancelled for want of goods."""
    before = change.before
    return before is not None and lacked_goods(change.after) and not lacked_goods(before)


def _was_there(change: LineChange) -> bool:
    return change.before is not None and lacked_goods(change.before)


# -- on the account, and off it ------------------------------------------------------------------


def _note(
    connection: Connection, services: Services, order: _Order, rows: TouchedListings
) -> None:
    events = account_since(connection, services.now())
    if _still_on(events, order):
        return
    lacked = _lacked_units(connection, [row for row in rows if _came_to_lack(row[0])])
    for pool, units in lacked.items():
        known = min(units, open_units(events, pool))
        # Which part of a bundle was missing nobody says.
        count = 0.0 if known else 1.0 / len(lacked)
        factor = factor_of(connection, services, pool, Cause.DECLINE)
        services.meter.count("oversold_orders", {"cause": Cause.DECLINE.value}, by=count)
        detail = {
            "pool": str(pool),
            "units": units - known,
            "found_units": known,
            "orders": count,
            "factor": factor,
            "order": list(order),
        }
        trail.note(connection, _event(services.now(), pool, detail))


def _event(now: Instant, pool: PoolKey, detail: Mapping[str, object]) -> Event:
    return Event(at=now, event=OVERSOLD, subject=Cause.DECLINE.value, sku=pool.sku, detail=detail)


def _lacked_units(connection: Connection, rows: TouchedListings) -> Counter[PoolKey]:
    """Return the units of each pool that the lines were to be made of."""
    recipes = catalog.recipes_of(connection, {key for _, key, _ in rows})
    lacked = Counter[PoolKey]()
    for _, key, units in rows:
        for part in recipes[key].recipe:
            lacked[part.pool] += units * part.units
    return lacked


def _take_back(connection: Connection, now: Instant, order: _Order) -> None:
    """Take an order off again of which no line lacks its goods any more."""
    if any(map(lacked_goods, orders.lines_of(connection, *order))):
        return
    trail.note_all(
        connection,
        [_reversed(event, now) for event in _still_on(account_since(connection, now), order)],
    )


def _still_on(events: Sequence[Event], order: _Order) -> list[Event]:
    """Return the events that hold an order on the account, none once they were reversed."""
    ours = [event for event in events if event.detail.get("order") == list(order)]
    return ours if sum(map(_units, ours)) > 0 else []


def _units(event: Event) -> Units:
    units: Units = event.detail["units"] + event.detail["found_units"]
    return units


def _reversed(event: Event, now: Instant) -> Event:
    names = ("units", "found_units", "orders")
    return replace(
        event, at=now, detail={**event.detail, **{name: -event.detail[name] for name in names}}
    )
