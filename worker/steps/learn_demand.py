"""Learns the demand for listings from the orders that were recorded for the first time.

TikTok tells of an order by its units, one line each; all of an order that is on one listing is
one order of that size. Where nobody knows in which warehouse it was made, it counts in parts, at
each listing that it may have been made on. Cancelled orders count: they were demand. A sample or
a replacement tells nothing of what shoppers take.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import Connection

from connectors.store import demand
from connectors.store.orders import TouchedListings
from reconciliation.catalog import ListingKey
from reconciliation.quantities import Instant, Units


Candidates: TypeAlias = frozenset[ListingKey]
"""The listings that a line may have been sold on; mostly one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A SKU's part in a line that was recorded for the first time."""

    shop: str
    order_id: str
    placed_at: Instant
    units: Units
    keys: set[ListingKey] = field(default_factory=set)


def learn_demand(connection: Connection, touched: TouchedListings) -> None:
    """Learn of the sales among changes of the ledger, in the transaction that records them."""
    lines = _sold_lines(touched)
    units, placed_at = _by_order(lines)
    for (shop, order_id, keys), ordered in units.items():
        for key in sorted(keys):
            demand.learn_order(
                connection,
                key,
                units=ordered,
                placed_at=placed_at[shop, order_id],
                share=1.0 / len(keys),
            )
    for (shop, _), moment in placed_at.items():
        demand.learn_hour(connection, shop, moment)


def _sold_lines(touched: TouchedListings) -> Iterable[_Line]:
    """Return the lines that are new, each with the listings that it may have been sold on."""
    lines: dict[tuple[str, str, str, str], _Line] = {}
    for change, key, units in touched:
        seen = change.seen
        if not (change.is_sale and seen.lowers_listing):
            continue
        line = _Line(
            shop=key.shop,
            order_id=seen.order_id,
            placed_at=change.after.placed_at,
            units=units,
        )
        place = (key.shop, seen.order_id, seen.line_id, key.sku_id)
        lines.setdefault(place, line).keys.add(key)
    return lines.values()


def _by_order(
    lines: Iterable[_Line],
) -> tuple[dict[tuple[str, str, Candidates], Units], dict[tuple[str, str], Instant]]:
    """Return the units that each order takes of its candidates, and when it was placed."""
    units: dict[tuple[str, str, Candidates], Units] = {}
    placed_at: dict[tuple[str, str], Instant] = {}
    for line in lines:
        order = (line.shop, line.order_id)
        taken = (*order, frozenset(line.keys))
        units[taken] = units.get(taken, 0) + line.units
        placed_at[order] = min(placed_at.get(order, line.placed_at), line.placed_at)
    return units, placed_at
