"""Close reads: the listings of a shop that are nearly gone are read every moment, in one call.

Nearly all of these calls show what the last one showed. They are counted, and only those that can
show anything new are played: the first after a sale, and as many as the policy asks to look at.
"""

from collections.abc import Callable

from .scene import CLOSE_READ_EVERY_S
from .turnstile import Later


SKUS_PER_READ = 600
"""What TikTok reads in one call (API page, section 4)."""


class CloseReads:
    """The close reads of one shop; `play` is called when one that may show a change begins."""

    def __init__(
        self,
        later: Later,
        play: Callable[[int], None],
        next_at: Callable[[int, float], float],
        shop: int,
    ) -> None:
        """Read nothing closely yet. `next_at` tells when a shop is read next, after a moment."""
        self._later = later
        self._play = play
        self._next_at = next_at
        self._shop = shop
        self._since: dict[int, float] = {}
        self._changed: set[int] = set()
        self._under_way: set[int] = set()
        self._planned = False
        self._calls = 0
        self._counted_at = 0.0

    def take(self, item: int, now: float, *, wanted: bool) -> None:
        """Read an item closely from now on, or no more."""
        if wanted is (item in self._since):
            return
        self._count(now)
        if wanted:
            self._since[item] = now
            self.changed(item, now)
        else:
            del self._since[item]
            self._changed.discard(item)

    def changed(self, item: int, now: float) -> None:
        """Play the next read, if the item is in it: it may show a change."""
        if item not in self._since:
            return
        self._changed.add(item)
        if not self._planned:
            self._planned = True
            self._later(self._next_at(self._shop, now), self._play, self._shop)

    def begin(self, now: float) -> tuple[int, ...]:
        """Return the items of which a read that begins now may show a change."""
        self._planned = False
        items = tuple(sorted(item for item in self._changed if self._since[item] < now))
        self._changed.difference_update(items)
        self._under_way.update(items)
        return items

    def end(self, items: tuple[int, ...]) -> None:
        """Note that the answer to a read is in."""
        self._under_way.difference_update(items)

    def unchanged_at(self, item: int, now: float, read_s: float) -> tuple[float, float] | None:
        """Return when the last read that showed no change of an item began and ended, if any."""
        since = self._since.get(item)
        if since is None or item in self._changed or item in self._under_way:
            return None
        began_at = self._next_at(self._shop, now - read_s) - CLOSE_READ_EVERY_S
        return (began_at, began_at + read_s) if began_at > since else None

    def calls(self, now: float) -> int:
        """Return the calls made so far."""
        self._count(now)
        return self._calls

    def _count(self, now: float) -> None:
        """Count the calls since the last count: as many items as now were read in each."""
        passed_s = self._next_at(self._shop, now) - self._next_at(self._shop, self._counted_at)
        spans = round(passed_s / CLOSE_READ_EVERY_S)
        self._calls += spans * -(-len(self._since) // SKUS_PER_READ)
        self._counted_at = now
