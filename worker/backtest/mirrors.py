"""What the field does: copy the feed, push the net figure after each order, less a buffer."""

from .ledger import Ledger
from .policy import Desk, Policy, Sale


class Mirror(Policy):
    """Pushes the net figure, less `buffer_units`, to the other shops after each order."""

    hears_departures = False

    def __init__(self, buffer_units: int = 0) -> None:
        """Hold back `buffer_units` of each item in every shop."""
        self._buffer_units = buffer_units

    def begin(self, desk: Desk) -> None:
        """Begin without an order."""
        self.desk = desk
        self.ledger = Ledger(desk)

    def fed(self, items: tuple[int, ...]) -> None:
        """Push what a feed has changed to every shop."""
        for item in items:
            for shop in range(self.desk.shops):
                self.desk.ask_write(item, shop)

    def told(self, sale: Sale) -> None:
        """Push to the other shops: its own took the units off by itself."""
        self.ledger.record(sale)
        for shop in range(self.desk.shops):
            if shop != sale.shop:
                self.desk.ask_write(sale.item, shop)

    def quantity(self, item: int, shop: int) -> int | None:
        """Show the net figure less the buffer."""
        del shop  # the same in all
        return max(self.ledger.net_units(item) - self._buffer_units, 0)

    def missed(self, sale: Sale) -> None:
        """Changes no figure: the parcel would have left it at that moment too."""

    def polled(self, shop: int) -> None:
        """Asks for no poll."""

    def answered(self, item: int, shop: int) -> None:
        """Believes what it wrote."""

    def read(self, item: int, shop: int, units: int, began_at: float) -> None:
        """Asks for no read."""

    def woken(self, item: int) -> None:
        """Asks for no call."""


class FeedCopy(Mirror):
    """Copies each feed to all shops, and knows of no order."""

    hears_departures = True

    def told(self, sale: Sale) -> None:
        """Orders are the partner's business: they show in its next figure."""

    def quantity(self, item: int, shop: int) -> int | None:
        """Show what the feed states."""
        del shop  # the same in all
        return self.desk.feed(item).units


class PercentSplit(Mirror):
    """Gives each shop its percentage of the net figure, the odd units to the first shops."""

    def quantity(self, item: int, shop: int) -> int | None:
        """Show the shop's share."""
        whole, odd = divmod(max(self.ledger.net_units(item), 0), self.desk.shops)
        return whole + (shop < odd)
