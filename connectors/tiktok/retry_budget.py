"""How often a read that met a blip may be repeated at once: seldom where many fail.

A blip is ridden out by repeating the call. In an outage every call meets one, and repeating all
of them multiplies what an API has to refuse. So each (shop, API) has an account: a failure takes
one off, an answer puts a tenth back, and nothing is repeated while no more than half is there. Ten
answers pay for one failure; whoever is not repeated comes back later, as the queue of record has
it.
"""

from dataclasses import dataclass, field
from threading import Lock


FULL = 10.0
"""What an account holds at most, and to begin with."""

BACK_PER_ANSWER = 0.1


@dataclass(slots=True)
class RetryBudget:
    """The accounts of one app in this process. May be shared between threads."""

    _left: dict[tuple[str, str], float] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def answered(self, shop: str, api: str) -> None:
        """Note that a call was answered."""
        self._change(shop, api, BACK_PER_ANSWER)

    def failed(self, shop: str, api: str) -> bool:
        """Note that a call failed; return whether it may be repeated at once."""
        return self._change(shop, api, -1.0) > FULL / 2

    def _change(self, shop: str, api: str, by: float) -> float:
        with self._lock:
            left = min(FULL, max(0.0, self._left.get((shop, api), FULL) + by))
            self._left[shop, api] = left
        return left
