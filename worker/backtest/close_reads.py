"""Close reads: the listings of a shop that are nearly gone are read every moment, in one call.

Each item is read at its own pace, and those of a pace together. Nearly all of these calls show
what the last one showed. They are counted, and only those that can show anything new are played:
the first after a sale, and as many as the policy asks to look at.
"""

import math
from collections.abc import Callable

from .turnstile import Later


SKUS_PER_READ = 600
"""What TikTok reads in one call (API page, section 4)."""


class CloseReads:
    """The close reads of one shop; `play` is called when one that may show a change begins.

    Paces are doubled from one to the next, so that what is read seldom is read together with what
    is read often, in the same call.
    """

    def __init__(
        self, later: Later, play: Callable[["ReadsAtPace"], None], offset_s: float
    ) -> None:
        """Read nothing closely yet; each pace begins at `offset_s`."""
        self._later = later
        self._play = play
        self._offset_s = offset_s
        self._by_pace: dict[float, ReadsAtPace] = {}
        self._reads_of: dict[int, ReadsAtPace] = {}
        self._calls = 0
        self._counted_at = 0.0

    def take(self, item: int, now: float, every_s: float | None) -> None:
        """Read an item every so often from now on; None: no more."""
        before = self._reads_of.get(item)
        if (None if before is None else before.every_s) == every_s:
            return
        self._count(now)
        if before is not None:
            before.leave(item)
            del self._reads_of[item]
        if every_s is not None:
            self._reads_of[item] = self._at_pace(every_s)
            self._reads_of[item].take(item, now)

    def changed(self, item: int, now: float) -> None:
        """Play the next read of an item, if it is read closely: it may show a change."""
        reads = self._reads_of.get(item)
        if reads is not None:
            reads.changed(item, now)

    def unchanged_at(self, item: int, now: float, read_s: float) -> tuple[float, float] | None:
        """Return when the last read that showed no change of an item began and ended, if any."""
        reads = self._reads_of.get(item)
        return None if reads is None else reads.unchanged_at(item, now, read_s)

    def calls(self, now: float) -> int:
        """Return the calls made so far."""
        self._count(now)
        return self._calls

    def _at_pace(self, every_s: float) -> "ReadsAtPace":
        if every_s not in self._by_pace:
            self._by_pace[every_s] = ReadsAtPace(self._later, self._play, every_s, self._offset_s)
        return self._by_pace[every_s]

    def _count(self, now: float) -> None:
        """Count the calls since the last count, as if each read all items that are read now."""
        paces = (each for each in self._by_pace.values() if each.reads_any)
        fastest = min(paces, key=lambda each: each.every_s, default=None)
        if fastest is not None:
            in_each = -(-len(self._reads_of) // SKUS_PER_READ)
            self._calls += fastest.begun_between(self._counted_at, now) * in_each
        self._counted_at = now


class ReadsAtPace:
    """The reads of those items of a shop that are read equally often."""

    def __init__(
        self, later: Later, play: Callable[["ReadsAtPace"], None], every_s: float, offset_s: float
    ) -> None:
        """Read nothing yet."""
        self.every_s = every_s
        self._later = later
        self._play = play
        self._offset_s = offset_s
        self._since: dict[int, float] = {}
        self._changed: set[int] = set()
        self._under_way: set[int] = set()
        self._planned = False

    @property
    def reads_any(self) -> bool:
        """Tell whether any item is read at this pace."""
        return bool(self._since)

    def take(self, item: int, now: float) -> None:
        """Read an item from now on."""
        self._since[item] = now
        self.changed(item, now)

    def leave(self, item: int) -> None:
        """Read an item no more."""
        del self._since[item]
        self._changed.discard(item)

    def changed(self, item: int, now: float) -> None:
        """Play the next read: it may show a change of an item that is read."""
        self._changed.add(item)
        if not self._planned:
            self._planned = True
            self._later(self._next_at(now), self._begin, 0)

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
        since = self._since[item]
        if item in self._changed or item in self._under_way:
            return None
        began_at = self._next_at(now - read_s) - self.every_s
        return (began_at, began_at + read_s) if began_at > since else None

    def begun_between(self, after: float, until: float) -> int:
        """Return how many reads begin in a span."""
        return round((self._next_at(until) - self._next_at(after)) / self.every_s)

    def _begin(self, _: int) -> None:
        self._play(self)

    def _next_at(self, moment: float) -> float:
        """Return when the next read after a moment begins."""
        passed = math.floor((moment - self._offset_s) / self.every_s)
        return (passed + 1) * self.every_s + self._offset_s
