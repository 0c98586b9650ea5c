"""The quantities of one SKU in one TikTok warehouse, and what they were a moment ago."""

import bisect
from collections.abc import Callable
from dataclasses import dataclass, replace


StockKey = tuple[str, str]
"""A SKU id and a TikTok warehouse id."""


def left_after_checkout(orderable_units: int, units: int) -> int | None:
    """Return what a checkout of `units` leaves to order; None where it is refused.

    TikTok's checkout takes all that was ordered or nothing. The backtest sells by this as well.
    """
    return orderable_units - units if units <= orderable_units else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Units of one SKU in one warehouse (API page, section 4).

    `available` can be ordered and INCLUDES what campaigns and creators were promised;
    `backorder` can be ordered once that is gone; `committed` and `unpaid` are ordered, not yet
    shipped and not in `available`.
    """

    available: int = 0
    backorder: int = 0
    committed: int = 0
    unpaid: int = 0
    campaign: int = 0
    creator: int = 0
    handling_days: int | None = None

    def __post_init__(self) -> None:
        """Refuse negative units: TikTok never shows any."""
        if min(self.available, self.backorder, self.committed, self.unpaid) < 0:
            raise ValueError(f"stock at TikTok is never negative: {self}")

    @property
    def orderable(self) -> int:
        """Units that a checkout can still take."""
        return self.available + self.backorder

    @property
    def locked(self) -> int:
        """Units of `available` that campaigns hold."""
        return min(self.campaign, self.available)

    @property
    def promised_to_creators(self) -> int:
        """Units of `available` that creators hold: what campaigns leave them, if need be."""
        return min(self.creator, self.available - self.locked)

    @property
    def allocated(self) -> int:
        """Units of `available` that campaigns and creators hold."""
        return self.locked + self.promised_to_creators

    @property
    def in_shop(self) -> int:
        """Units of `available` that neither campaigns nor creators hold."""
        return self.available - self.allocated

    def sells(self, units: int) -> bool:
        """Tell whether a checkout takes an order of `units`."""
        return left_after_checkout(self.orderable, units) is not None

    def sold(self, units: int) -> "Stock":
        """Return the stock after a checkout; backorders turn into stock when it is sold out."""
        from_available = min(units, self.available)
        return replace(
            self,
            available=self.available - from_available,
            backorder=self.backorder - (units - from_available),
            unpaid=self.unpaid + units,
        )

    def returned(self, units: int) -> "Stock":
        """Return the stock after a restock: what comes back can be ordered at once."""
        return replace(self, available=self.available + units)

    def moved(self, *, unpaid: int, committed: int) -> "Stock":
        """Return the stock after orders took a step; both are changes in units."""
        return replace(self, unpaid=self.unpaid + unpaid, committed=self.committed + committed)

    def overwritten(self, quantity: int, backorder: int | None = None) -> "Stock":
        """Return the stock after an absolute update; an omitted backorder is kept (section 4)."""
        kept = self.backorder if backorder is None else backorder
        return replace(self, available=quantity, backorder=kept)


StockListener = Callable[[StockKey, Stock, float], None]
"""Called with what has changed, the stock before, and the moment."""


class StockBook:
    """Every stock as it is, and as it was within the last `memory_s` seconds."""

    def __init__(self, memory_s: float) -> None:
        self.memory_s = memory_s
        self._past: dict[StockKey, list[tuple[float, Stock]]] = {}
        self._listeners: list[StockListener] = []

    def listen(self, listener: StockListener) -> None:
        """Tell `listener` of every change, as soon as it holds."""
        self._listeners.append(listener)

    def __getitem__(self, key: StockKey) -> Stock:
        """Return the present stock; a key never written has none."""
        versions = self._past.get(key)
        return versions[-1][1] if versions else Stock()

    def put(self, key: StockKey, stock: Stock, at: float) -> None:
        """Let `stock` hold from `at` on."""
        before = self[key]
        versions = self._past.setdefault(key, [])
        versions.append((at, stock))
        while len(versions) > 1 and versions[1][0] <= at - self.memory_s:
            del versions[0]
        if stock != before:
            for listener in self._listeners:
                listener(key, before, at)

    def as_of(self, key: StockKey, at: float) -> Stock:
        """Return the stock at a moment no older than the memory; the oldest kept, before it."""
        versions = self._past.get(key)
        if not versions:
            return Stock()
        place = bisect.bisect_right(versions, at, key=lambda version: version[0])
        return versions[max(0, place - 1)][1]

    def all(self) -> tuple[tuple[StockKey, Stock], ...]:
        """Every present stock, in the order of the keys."""
        return tuple((key, versions[-1][1]) for key, versions in sorted(self._past.items()))
