"""The net figure: what a feed states less the orders that are known and not yet off it."""

from collections import deque

from .policy import Desk, Sale


class Ledger:
    """Known orders of every item. An order comes off a figure until its parcel has left."""

    def __init__(self, desk: Desk) -> None:
        """Begin without an order."""
        self._desk = desk
        self._claims: list[deque[tuple[float, int]]] = [deque() for _ in range(desk.items)]
        self._units = [0] * desk.items

    def record(self, sale: Sale) -> None:
        """Note an order; one that is cancelled for want of stock claims nothing."""
        if not sale.short:
            self._claims[sale.item].append((sale.leaves_at, sale.units))
            self._units[sale.item] += sale.units

    def net_units(self, item: int) -> int:
        """Return what is left to sell by the last feed and all known orders; may be negative."""
        feed = self._desk.feed(item)
        claims = self._claims[item]
        while claims and claims[0][0] <= feed.as_of:
            self._units[item] -= claims.popleft()[1]
        return feed.units - self._units[item]
