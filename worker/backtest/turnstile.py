"""TikTok's quota for one API of one shop: who may call now, and who waits for a turn."""

import heapq
from collections.abc import Callable

from connectors.tiktok.quota import TIKTOK_CALLS_PER_S, USED_SHARE


Later = Callable[[float, Callable[[int], None], int], None]
"""Runs an action with its argument at a later moment."""


class Turnstile:
    """Grants `calls_per_s` at most in any second; those who wait go by rank, then in order.

    It is a token bucket that refills at nine tenths of the quota and holds a tenth, as the
    program's own (`connectors.tiktok.quota`): no second sees more than the quota. A `share` of
    the quota, as a sample of SKUs has, refills by that share; the tenth stays whole, since the
    calls of a few items come in lumps that those of all would even out.
    """

    def __init__(self, later: Later, grant: Callable[[int], None], share: float = 1.0) -> None:
        """Start full: `grant` is called with whoever has its turn."""
        self._rate = TIKTOK_CALLS_PER_S * USED_SHARE * share
        self._room = TIKTOK_CALLS_PER_S * (1.0 - USED_SHARE)
        self._tokens = self._room
        self._at = 0.0
        self._later = later
        self._grant = grant
        self._waiting: list[tuple[int, int, int]] = []
        self._asked = 0

    def ask(self, now: float, who: int, rank: int = 0) -> None:
        """Grant a call now, or as soon as there is a token for it; a lower rank goes first."""
        if not self._waiting and self._take(now):
            self._grant(who)
            return
        if not self._waiting:
            self._later(self._next_at(), self._serve, 0)
        self._asked += 1
        heapq.heappush(self._waiting, (rank, self._asked, who))

    def give_back(self) -> None:
        """Take back a call that was granted and not made."""
        self._tokens = min(self._room, self._tokens + 1.0)

    def _take(self, now: float) -> bool:
        filled = self._tokens + (now - self._at) * self._rate
        self._at = now
        self._tokens = min(self._room, filled)
        # A token that is short by the rounding of a clock's float is whole.
        if self._tokens < 1.0 - 1e-6:
            return False
        self._tokens -= 1.0
        return True

    def _next_at(self) -> float:
        return self._at + (1.0 - self._tokens) / self._rate

    def _serve(self, _: int) -> None:
        """Let the first of those who wait pass, and come again for the next."""
        self._take(self._next_at())
        _, _, who = heapq.heappop(self._waiting)
        if self._waiting:
            self._later(self._next_at(), self._serve, 0)
        self._grant(who)
