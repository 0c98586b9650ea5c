"""The levels of a race: from everything shown everywhere down to each unit shown once.

Theory of operation
-------------------
What costs least could be searched among all quantities that listings may show. Then a little more
demand may turn the search to quite other quantities, some of them larger: a shop would show more
because more is sold. So the quantities are put in one row beforehand, in which each level shows no
listing more than the level before it. Which level is chosen depends on how much is sold, on
windows and prices; the row does not. It only knows the goods, the sizes of orders, and in which
shares the listings sell.

Each step down takes from the listing where it turns away the fewest orders for each unit that is
shown less. First that is none: what exceeds the largest order is taken first, one unit a listing
in turn. Where steps are equal, the listing that sells least gives way. The row ends where no unit
is promised twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache


Sizes = tuple[tuple[int, float], ...]
"""Pairs of an order's lots and their chance, the smallest first."""


@dataclass(frozen=True, slots=True)
class Level:
    """What listings show, and the share of all orders that are of each size and find enough."""

    shown: tuple[int, ...]
    found: tuple[float, ...]

    @property
    def found_share(self) -> float:
        """The share of all orders that find enough."""
        return sum(self.found)


@lru_cache(maxsize=16_384)
def levels(lots: int, shares: tuple[float, ...], sizes: Sizes) -> tuple[Level, ...]:
    """Return the levels of a race over so many lots.

    `shares` are the parts of all orders that the listings get, the largest first.
    """
    return tuple(level_of(shown, shares, sizes) for shown in _row(lots, shares, sizes))


def level_of(shown: tuple[int, ...], shares: tuple[float, ...], sizes: Sizes) -> Level:
    """Return what finds enough where listings show so much, in any row or in none."""
    return Level(
        shown=shown,
        found=tuple(
            chance * sum(share for share, each in zip(shares, shown, strict=True) if each >= lots)
            for lots, chance in sizes
        ),
    )


def _row(lots: int, shares: tuple[float, ...], sizes: Sizes) -> Iterator[tuple[int, ...]]:
    shown = (lots,) * len(shares)
    yield shown
    while sum(shown) > lots:
        shown = _lower(shown, shares, sizes)
        yield shown


def _lower(shown: tuple[int, ...], shares: tuple[float, ...], sizes: Sizes) -> tuple[int, ...]:
    """Return the next level below what is shown."""
    largest = sizes[-1][0]
    if max(shown) > largest:
        # Nobody misses what exceeds the largest order: of the highest, the last one gives way.
        at = max(range(len(shown)), key=lambda place: (shown[place], place))
        return (*shown[:at], shown[at] - 1, *shown[at + 1 :])
    return min(_steps(shown, shares, sizes), key=lambda step: step[0])[1]


def _steps(
    shown: tuple[int, ...], shares: tuple[float, ...], sizes: Sizes
) -> Iterator[tuple[tuple[float, int, int], tuple[int, ...]]]:
    """Yield each step down: by what it turns away for a unit, the place, and how far it goes."""
    for at in reversed(range(len(shown))):
        for level in sorted({shown[at] - 1, 0, *(lots for lots, _ in sizes)}):
            if 0 <= level < shown[at]:
                missed = shares[at] * sum(c for lots, c in sizes if level < lots <= shown[at])
                each = round(missed / (shown[at] - level), 12)
                yield (each, -at, shown[at] - level), (*shown[:at], level, *shown[at + 1 :])
