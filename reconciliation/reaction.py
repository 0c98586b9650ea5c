"""Reaction windows: from an order's placing until the other listings show less (design 3.4).

An order is heard of by its webhook, or by the next poll where that is lost, or by a read of its
listing where those are frequent; then a write has to take effect. The window is a mixture, cut
into a few parts of which each stands for its worst moment.

`Measured` has the windows as they were of late. Slow words and slow writes are taken to meet: both
are slow when TikTok is, and nothing else is as bad. What was seen too seldom to be known, and the
worst part always, is at least what `Unmeasured` has it: no webhook comes, and each call takes as
long as it may. All is rounded up to a grid, so that a race need not be priced anew each time.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from . import grid
from .race_numbers import GRID_RATIO
from .race_terms import Window


PARTS = (0.5, 0.8, 0.95, 1.0 - 1e-3)
"""Up to which share of webhooks, or of the time between two reads, each part reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """How fast we hear of an order and act, in seconds.

    Webhooks come after an exponential time with the mean `webhook_s`; `webhooks_lost` is the share
    that a poll, every `poll_every_s`, has to find. `read_s` and `write_s` are calls to their
    effect.
    """

    webhook_s: float
    webhooks_lost: float
    poll_every_s: float
    read_s: float
    write_s: float

    def windows(self) -> tuple[Window, ...]:
        """Return the windows where only webhooks and polls tell of orders."""
        heard = 1.0 - self.webhooks_lost
        told = [
            Window(
                chance=heard * share,
                seconds=min(-self.webhook_s * math.log(1.0 - reach), self.poll_every_s)
                + self.write_s,
            )
            for share, reach in _parts(PARTS)
        ]
        polled = Window(
            chance=1.0 - heard * PARTS[-1],
            # On average the poll is half its interval away; half of them are further.
            seconds=0.75 * self.poll_every_s + self.read_s + self.write_s,
        )
        return (*told, polled)

    def close_windows(self, every_s: float) -> tuple[Window, ...]:
        """Return the windows where each listing is read every `every_s` seconds."""
        return tuple(
            Window(chance=share, seconds=reach * every_s + self.read_s + self.write_s)
            for share, reach in _parts((*PARTS[:-1], 1.0))
        )


def _parts(reaches: tuple[float, ...]) -> Iterator[tuple[float, float]]:
    """Yield each part's share, and up to where it reaches."""
    for before, reach in pairwise((0.0, *reaches)):
        yield reach - before, reach


# -- as it is measured --------------------------------------------------------------------------

MEASURED_MIN = 50
"""With fewer measurements nothing is known: of so many, one in twenty is seen twice or more."""

USUAL_CALL = 0.95
"""A call is taken to be as slow as the slowest of twenty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """What holds while nothing is measured: the longest that anything may take, in seconds.

    Orders are heard of by polls alone, which miss those younger than `orders_lag_s`.
    """

    poll_every_s: float
    orders_lag_s: float
    call_s: float

    @property
    def heard_s(self) -> float:
        """Return after how long an order is heard of at the latest."""
        return self.poll_every_s + self.orders_lag_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured of late in a shop, in seconds, in any order.

    `heard_s`: from an order's placing until we asked for it; `acted_s`: from what asks for showing
    less until less is shown; `calls_s`: how long the call of such a write took.
    """

    heard_s: Sequence[float] = ()
    acted_s: Sequence[float] = ()
    calls_s: Sequence[float] = ()

    def call_s(self, otherwise: Unmeasured) -> float:
        """Return how long a call takes until it has its effect."""
        return rounded_up(_quantile(self.calls_s, USUAL_CALL, otherwise.call_s))

    def windows(self, otherwise: Unmeasured) -> tuple[Window, ...]:
        """Return the windows where webhooks and polls tell of orders."""
        parts = [
            (share, _quantile(self.heard_s, reach, otherwise.heard_s), reach)
            for share, reach in _parts(PARTS)
        ]
        parts.append((1.0 - PARTS[-1], max(*self.heard_s, otherwise.heard_s, 0.0), 1.0))
        return self._mixed(parts, otherwise)

    def close_windows(self, every_s: float, otherwise: Unmeasured) -> tuple[Window, ...]:
        """Return the windows where each listing is read every `every_s` seconds."""
        parts = [(share, reach * every_s, reach) for share, reach in _parts((*PARTS[:-1], 1.0))]
        return self._mixed(parts, otherwise)

    def _mixed(
        self, parts: Sequence[tuple[float, float, float]], otherwise: Unmeasured
    ) -> tuple[Window, ...]:
        """Return windows of parts: their share, when an order is heard of, and how far it reaches.

        The look that tells of it takes a call, and what follows as long as in that share of cases.
        """
        look_s = _quantile(self.calls_s, USUAL_CALL, otherwise.call_s)
        return tuple(
            Window(
                chance=share,
                seconds=rounded_up(
                    heard_s + look_s + _quantile(self.acted_s, reach, otherwise.call_s)
                ),
            )
            for share, heard_s, reach in parts
        )


def _quantile(seconds: Sequence[float], reach: float, otherwise: float) -> float:
    """Return what this share of measurements did not exceed; where they are few, `otherwise`."""
    if len(seconds) < MEASURED_MIN:
        return otherwise
    ordered = sorted(seconds)
    return max(ordered[min(math.ceil(reach * len(ordered)), len(ordered)) - 1], 0.0)


def rounded_up(seconds: float) -> float:
    """Return a time on the grid of races, so that nearly equal ones are priced once."""
    return grid.rounded_up(max(seconds, 0.0), GRID_RATIO)


def slowest(mixtures: Sequence[tuple[Window, ...]]) -> tuple[Window, ...]:
    """Return the mixture that takes longest on average: where shops differ, the slowest counts."""
    return max(mixtures, key=lambda windows: math.fsum(w.chance * w.seconds for w in windows))
