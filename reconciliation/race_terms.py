"""What a race is priced by: its prices, reaction windows, and what follows an order."""

import math
from dataclasses import dataclass

from .crowd import NO_CROWD, Crowd


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A reaction window: how long after an order the others still show too much, how often."""

    chance: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceTerms:
    """What a race is priced by.

    `price`: lost sales that a cancelled order weighs. `windows`: the mixture of reaction windows,
    `close_windows`: the same while listings are read every `close_every_s`, empty where they
    cannot be.
    `restock_every_s`: the mean time until new stock comes. `write_s`: how long a write of ours is
    on its way. While stock is plentiful a listing shows `shown_percent` of what it may. `crowd`
    is what follows an order.
    """

    price: float
    windows: tuple[Window, ...]
    restock_every_s: float
    close_windows: tuple[Window, ...] = ()
    close_every_s: float | None = None
    write_s: float = 1.0
    write_price: float | None = None
    shown_percent: float = 60.0
    crowd: Crowd = NO_CROWD

    def __post_init__(self) -> None:
        """Refuse a price below 1 and windows that are no mixture."""
        for price in (self.price, self.price_of_write):
            if not price >= 1.0:
                raise ValueError(f"a cancelled order weighs at least one lost sale, not {price}")
        for mixture in (self.windows, self.close_windows or self.windows):
            if not math.isclose(math.fsum(each.chance for each in mixture), 1.0, rel_tol=1e-6):
                raise ValueError("the chances of the reaction windows must sum to 1")
        if not self.restock_every_s > 0.0:
            raise ValueError("new stock comes after a time above 0")

    @property
    def price_of_write(self) -> float:
        """Return how many lost sales a cancelled order weighs that a write of ours causes."""
        return self.price if self.write_price is None else self.write_price
