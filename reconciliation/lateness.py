"""How likely an order is to miss a due time, told by how its partner fared with others.

Theory of operation
-------------------
An order goes through two steps with a due time each, after which TikTok cancels it at the
seller's fault: it is to be packed, then to be collected. With some time left before such a
moment, the order is like those that were still open with as little time left. Of these, as many
were late as were late of all, since who is late is open to the last:

    chance(left) = (late + PRIOR_ORDERS × prior(left)) / (still open at `left` + PRIOR_ORDERS)

`PRIOR_ORDERS` orders of a partner of whom nothing is known are added: such a one takes the step
for half of what is open every `PRIOR_HALVING_S`. They carry the guess while there are few data,
and weigh little beside hundreds. At the due time nobody is open but the late, and the chance is 1.

Time left is counted in steps of `LEFT_EDGES_S`. An order counts as if it had only the least time
of its step: where a guess can go two ways, it is the dearer one.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate


HOUR_S = 3_600.0

LEFT_EDGES_S = tuple(
    hours * HOUR_S
    for hours in (
        0.0,
        0.25,
        0.5,
        1,
        2,
        3,
        4,
        6,
        8,
        12,
        16,
        20,
        24,
        30,
        36,
        48,
        60,
        72,
        96,
        120,
        168,
    )
)
"""Where the steps of time left begin; the last is open-ended."""

PRIOR_ORDERS = 20.0
"""How many orders the guess weighs before anything is measured."""

PRIOR_HALVING_S = 6.0 * HOUR_S
"""In how long a partner of whom nothing is known handles half of what is open.

Two working days and a collection a day, as in the API page's section 8, leave about one in three
hundred at the end: less than the limits of the markets, and more than nothing.
"""


class Deadline(StrEnum):
    """What is to be done by a due time."""

    SHIPPING = "shipping"
    """To be packed and handed over for collection."""
    COLLECTION = "collection"
    """To be collected."""


def step_of(left_s: float) -> int:
    """Return the step of a time left, from 0; -1 once the moment is past."""
    return bisect_right(LEFT_EDGES_S, left_s) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Punctuality:
    """How a partner fared by one deadline: how many orders were late, and the others' time left.

    `in_time` counts by `step_of` the orders that took the step, by the time then left.
    """

    late: int = 0
    in_time: Mapping[int, int]

    def __post_init__(self) -> None:
        """Refuse counts that are none, and steps that are not there."""
        if self.late < 0 or any(count < 0 for count in self.in_time.values()):
            raise ValueError("orders are counted from 0")
        if any(not 0 <= step < len(LEFT_EDGES_S) for step in self.in_time):
            raise ValueError(f"time left has the steps 0 to {len(LEFT_EDGES_S) - 1}")

    def chances(self) -> tuple[float, ...]:
        """Return the chance to be late in each step of time left; it falls from 1."""
        in_time = [self.in_time.get(step, 0) for step in range(len(LEFT_EDGES_S) - 1)]
        still_open = accumulate([self.late, *in_time])
        return tuple(
            (self.late + PRIOR_ORDERS * prior_chance(left_s)) / (count + PRIOR_ORDERS)
            for left_s, count in zip(LEFT_EDGES_S, still_open, strict=True)
        )


def prior_chance(left_s: float) -> float:
    """Return the chance to be late of which nothing is measured, for a time left of 0 or more."""
    return math.exp2(-left_s / PRIOR_HALVING_S)


UNMEASURED = Punctuality(in_time={})
"""A partner of whom nothing is known."""


def all_together(parts: Iterable[Punctuality]) -> Punctuality:
    """Return the counts of several shops or warehouses as one partner's."""
    late, in_time = 0, Counter[int]()
    for part in parts:
        late += part.late
        in_time.update(part.in_time)
    return Punctuality(late=late, in_time=in_time)


def late_chance(chances: tuple[float, ...], left_s: float) -> float:
    """Return the chance to be late with a time left, 1 once it is past."""
    step = step_of(left_s)
    return 1.0 if step < 0 else chances[step]


def left_s_below(chances: tuple[float, ...], chance: float) -> float:
    """Return the time left from which on the chance is below `chance`, infinite if it never is."""
    for left_s, each in zip(LEFT_EDGES_S, chances, strict=True):
        if each < chance:
            return left_s
    return math.inf
