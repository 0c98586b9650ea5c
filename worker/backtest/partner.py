"""The fulfilment partner: when its files come, and what is wrong with them."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Protocol

from .goods import Goods
from .policy import Feed, Policy
from .scene import EXACT, WARM_UP_S, Scene


ARRIVAL_S = 60.0
"""From the moment a file speaks of to its arrival."""

LATE_SHARE = 0.1
"""Of the files, where files are late: by up to the time between two files."""

MISSING_SHARE = 0.1
"""Of the files, where files are missing."""

SHRINKAGE_SHARE = 0.02
"""Units that vanish, as a share of what we sell."""

OTHER_CHANNEL_SHARE = 0.2
"""Units that another channel sells from the same shelf, as a share of what we sell."""

MISCOUNT_SHARE = 0.1
"""Of the deliveries that are booked wrongly, by one or two units, until the next is counted."""

LOSSES = {"shrinkage": SHRINKAGE_SHARE, "other_channel": OTHER_CHANNEL_SHARE}
"""Feed errors by which units leave the shelf unseen, and their rates."""

RECORDED = "recorded"
"""The feed error of recorded feeds: whatever it was."""

FEED_ERRORS = (EXACT, *LOSSES, "miscount", "late_files", "missing_files")
"""Every kind of error that a feed can have, one at a time."""


class World(Protocol):
    """What the partner knows and uses of the market."""

    now: float
    goods: list[Goods]

    def later(self, at: float, action: Callable[[Any], None], argument: Any) -> None:  # noqa: ANN401 - each action knows its own
        """Run an action at a moment."""


class Partner:
    """Reports the shelf of every item, by the scene's condition."""

    def __init__(
        self,
        world: World,
        scene: Scene,
        rng: Random,
        files: Sequence[tuple[float, float]] = (),
    ) -> None:
        """Report nothing yet. Recorded `files` are their moments and when they arrived."""
        self._recorded = files
        self._world = world
        self._scene = scene
        self._condition = scene.feed
        self._rng = rng
        self._figures: list[int] = []
        self._as_of = 0.0
        self._changed: set[int] = set()
        self._booked_wrong: dict[int, int] = {}
        self._policy: Policy | None = None

    def begin(self, policy: Policy) -> None:
        """State the opening stock to a policy, and begin to report."""
        self._policy = policy
        items = range(len(self._world.goods))
        self._figures = [self._world.goods[item].on_hand_units(0.0) for item in items]
        policy.fed(tuple(items))
        if self._recorded:
            for as_of, arrives_at in self._recorded:
                self._world.later(WARM_UP_S + as_of, self._send, WARM_UP_S + arrives_at)
        elif not self._condition.exact:
            self._world.later(self._condition.delay_s, self._close_file, 0)
            for item in items:
                self._lose_later(item)

    def feed(self, item: int) -> Feed:
        """Return what the last file that arrived states of an item; if exact, the shelf now."""
        if self._condition.exact:
            now = self._world.now
            return Feed(units=self._world.goods[item].on_hand_units(now), as_of=now)
        every_s = self._condition.delay_s
        return Feed(units=self._figures[item], as_of=self._as_of, every_s=every_s)

    def shelf_changed(self, item: int, *, delivered: bool = False) -> None:
        """Hear that units came to the shelf or left it."""
        if self._condition.exact:
            if self._policy is not None:
                self._policy.fed((item,))
            return
        if delivered and self._condition.error == "miscount":
            wrong = self._rng.choice((-2, -1, 1, 2))
            self._booked_wrong[item] = wrong if self._rng.random() < MISCOUNT_SHARE else 0
        self._changed.add(item)

    # -- files --------------------------------------------------------------------------------

    def _close_file(self, _: int) -> None:
        """Write a file of the shelf as it is, and send it off; the next follows in its time."""
        now, condition = self._world.now, self._condition
        self._world.later(now + condition.delay_s, self._close_file, 0)
        if condition.error == "missing_files" and self._rng.random() < MISSING_SHARE:
            return
        late_s = 0.0
        if condition.error == "late_files" and self._rng.random() < LATE_SHARE:
            late_s = self._rng.uniform(0.0, condition.delay_s)
        self._send(now + ARRIVAL_S + late_s)

    def _send(self, arrives_at: float) -> None:
        figures = {item: self._figure(item) for item in sorted(self._changed)}
        self._changed.clear()
        self._world.later(arrives_at, self._arrive, (self._world.now, figures))

    def _figure(self, item: int) -> int:
        there = self._world.goods[item].on_hand_units(self._world.now)
        return max(there + self._booked_wrong.get(item, 0), 0)

    def _arrive(self, file: tuple[float, dict[int, int]]) -> None:
        as_of, figures = file
        self._as_of = max(self._as_of, as_of)
        changed = [item for item, units in figures.items() if units != self._figures[item]]
        for item in changed:
            self._figures[item] = figures[item]
        if self._policy is not None:
            self._policy.fed(tuple(changed))

    # -- losses -------------------------------------------------------------------------------

    def _lose_later(self, item: int) -> None:
        share = LOSSES.get(self._condition.error)
        if share is not None:
            per_s = share * self._world.goods[item].sold_per_s * self._scene.intensity
            self._world.later(self._world.now + self._rng.expovariate(per_s), self._lose, item)

    def _lose(self, item: int) -> None:
        self._world.goods[item].vanish(1)
        self._changed.add(item)
        self._lose_later(item)
