"""Reaction windows: from an order's placing until the other listings show less (design 3.4).

An order is heard of by its webhook, or by the next poll where that is lost, or by a read of its
listing where those are frequent; then a write has to take effect. The window is a mixture, cut
into a few parts of which each stands for its worst moment.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from .race import Window


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
