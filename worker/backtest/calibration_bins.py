"""Orders sorted by the risk that was told of them: what was told of each bin, and what came.

They are sorted three times: into ten bins of equal width from 0 to 1, of which the lowest holds
nearly all orders; into ten whose bounds grow about threefold, which say something of small risks;
and by months. The mean error is taken over the orders, and over the bins as well, where few orders
count as much as many.
"""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .outcome import DEVIATIONS


EQUAL_EDGES = tuple(tenth / 10.0 for tenth in range(1, 10))
"""Where one of ten bins of equal width ends and the next begins."""

GROWING_EDGES = (1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
"""The same where bounds grow."""


@dataclass(slots=True, kw_only=True)
class Weighed:
    """An order that was taken: what was expected to be cancelled for it, and whether that came.

    `month` is when it was placed, as in 2011-03.
    """

    risk_orders: float
    month: str = ""
    happened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Orders of a kind: how many, what was expected of each, and what came of each."""

    orders: int
    told: float
    happened: float
    name: str = ""

    @property
    def error(self) -> float:
        """Return how far what was told is from what happened."""
        return abs(self.told - self.happened)

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of what happens (Wilson 1927).

        Of none among few orders it still has an upper end. Orders are taken one by one: where
        several of a crowd are cancelled together it is too narrow.
        """
        squared = DEVIATIONS**2 / self.orders
        middle = self.happened + squared / 2.0
        spread = self.happened * (1.0 - self.happened) / self.orders + squared / self.orders / 4.0
        reach = DEVIATIONS * spread**0.5
        low, high = (middle - reach) / (1.0 + squared), (middle + reach) / (1.0 + squared)
        return (max(low, 0.0) if self.happened else 0.0), min(high, 1.0)


def equal_bins(orders: Sequence[Weighed]) -> list[Bin]:
    """Return the bins of equal width that are not empty, lowest risk first."""
    return _by_edges(orders, EQUAL_EDGES)


def growing_bins(orders: Sequence[Weighed]) -> list[Bin]:
    """Return the bins with growing bounds that are not empty, lowest risk first."""
    return _by_edges(orders, GROWING_EDGES)


def month_bins(orders: Sequence[Weighed]) -> list[Bin]:
    """Return a bin for each month, the earliest first."""
    months: dict[str, list[Weighed]] = defaultdict(list)
    for order in orders:
        months[order.month].append(order)
    return [_bin(month, months[month]) for month in sorted(months)]


def mean_error(bins: Sequence[Bin]) -> float:
    """Return how far the told risk is from what happened, on average over the orders."""
    orders = sum(each.orders for each in bins)
    return sum(each.error * each.orders for each in bins) / max(orders, 1)


def mean_error_of_bins(bins: Sequence[Bin]) -> float:
    """Return the same on average over the bins, however few orders one has."""
    return sum(each.error for each in bins) / max(len(bins), 1)


def lines(orders: Sequence[Weighed]) -> Iterator[str]:
    """Yield a line of JSON for each bin, and one for each way of sorting, with the errors."""
    sorted_out: Mapping[str, Sequence[Bin]] = {
        "equal": equal_bins(orders),
        "growing": growing_bins(orders),
        "month": month_bins(orders),
    }
    for kind, bins in sorted_out.items():
        for each in bins:
            low, high = each.interval
            yield json.dumps(
                {
                    "bins": kind,
                    "bin": each.name,
                    "orders": each.orders,
                    "told": _short(each.told),
                    "happened": _short(each.happened),
                    "interval": (_short(low), _short(high)),
                }
            )
        yield json.dumps(
            {
                "bins": kind,
                "orders": len(orders),
                "mean_error": _short(mean_error(bins)),
                "mean_error_of_bins": _short(mean_error_of_bins(bins)),
            }
        )


def write_bins(orders: Sequence[Weighed], folder: Path) -> Path:
    """Write those lines into a folder that is there, and return the path."""
    path = folder / "backtest-calibration.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines(orders)), encoding="utf-8")
    return path


def _by_edges(orders: Sequence[Weighed], edges: Sequence[float]) -> list[Bin]:
    sorted_out: list[list[Weighed]] = [[] for _ in range(len(edges) + 1)]
    for order in orders:
        sorted_out[bisect_right(edges, order.risk_orders)].append(order)
    bounds = ("0", *(f"{edge:g}" for edge in edges), "1")
    return [
        _bin(f"{bounds[place]} to {bounds[place + 1]}", some)
        for place, some in enumerate(sorted_out)
        if some
    ]


def _bin(name: str, orders: Sequence[Weighed]) -> Bin:
    return Bin(
        name=name,
        orders=len(orders),
        told=sum(each.risk_orders for each in orders) / len(orders),
        happened=sum(each.happened for each in orders) / len(orders),
    )


def _short(number: float) -> float:
    return float(f"{number:.4g}")
