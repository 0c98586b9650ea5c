"""The store's own history as recorded orders and feeds; each pool is an item."""

from sqlalchemy import Connection

from connectors.store.recorded import recorded_figures, recorded_sales

from .faults import BadReplay
from .feed_file import FeedRow
from .history import History, OrderLine, history_of
from .scene import SECONDS_PER_DAY


def own_orders(connection: Connection) -> History:
    """Return every order in the store. Raises `BadReplay` where there is none."""
    sales = list(recorded_sales(connection))
    if not sales:
        raise BadReplay("the store holds no order yet", "name recorded orders with --orders FILE")
    begins_at = sales[0].placed_at // SECONDS_PER_DAY * SECONDS_PER_DAY
    lines = [
        OrderLine(
            placed_at=sale.placed_at - begins_at,
            order_id=sale.order_id,
            sku=str(sale.pool),
            units=sale.units,
        )
        for sale in sales
    ]
    return history_of(lines, begins_at=begins_at)


def own_feeds(connection: Connection, history: History) -> tuple[FeedRow, ...]:
    """Return every figure of an accepted file in the store, on the clock of the orders."""
    return tuple(
        FeedRow(
            as_of=figure.as_of - history.begins_at,
            arrived_at=figure.arrived_at - history.begins_at,
            sku=str(figure.pool),
            units=figure.units,
        )
        for figure in recorded_figures(connection)
    )
