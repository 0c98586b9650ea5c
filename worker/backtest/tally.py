"""What came of a replay, counted; and what the counts of several seeds amount to."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts of one replay. `filled` orders were taken and could be sent; oversold ones not."""

    orders: int = 0
    filled_orders: int = 0
    oversold_orders: int = 0
    oversold_units: int = 0
    writes: int = 0
    reads: int = 0

    def count(self, units: int, *, filled: bool) -> None:
        """Count an order that a checkout took."""
        self.orders += 1
        if filled:
            self.filled_orders += 1
        else:
            self.oversold_orders += 1
            self.oversold_units += units
