"""How many orders follow an order, measured from the newest orders of the record.

Prices are those of all goods, so it is measured over all of them; for goods that one listing sells
alone it says nothing.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from sqlalchemy import Connection

from connectors.store import crowds
from reconciliation.catalog import ListingKey
from reconciliation.crowd import CrowdHistory
from reconciliation.past_crowds import PlacedOrder, crowds_seen
from reconciliation.quantities import Instant, later

from .forecasts import Forecasts


LOOK_BACK_S = 7 * 86_400.0
"""How far back orders are looked at: a week has all its hours, and much is as it was then."""

HEARD_AFTER_S = 60.0
"""Orders of the last minute are left out: not every shop may have told of them."""

LINES_MOST = 1_000
"""So many of the newest order lines are looked at: a quarter of a second, once in a long while."""

FORECASTS_MOST = 2_000
"""So many forecasts are made for it, however many listings share the same goods."""


def crowds_of_late(connection: Connection, forecasts: Forecasts, now: Instant) -> CrowdHistory:
    """Return what of crowds the newest orders show; they are looked up in bulk."""
    newest = crowds.newest_orders(
        connection,
        since=later(now, -LOOK_BACK_S),
        until=later(now, -HEARD_AFTER_S),
        most=LINES_MOST,
    )
    if not newest:
        return CrowdHistory()
    rivals = crowds.rivals_of(connection, {order.listing for order in newest})
    told = _newest_few([order for order in newest if order.listing in rivals], rivals)
    others = sorted({other for order in told for other in rivals[order.listing]})
    known = forecasts.known(connection, others, now)
    return crowds_seen(told, rivals, known, now=now)


def _newest_few(
    orders: Sequence[PlacedOrder], rivals: Mapping[ListingKey, Sequence[ListingKey]]
) -> Sequence[PlacedOrder]:
    """Return the newest of the orders, as many as may be forecast for."""
    made = accumulate(len(rivals[order.listing]) for order in reversed(orders))
    few = sum(forecasts <= FORECASTS_MOST for forecasts in made)
    return orders[len(orders) - few :]
