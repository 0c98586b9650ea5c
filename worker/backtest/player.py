"""Replays one after the other, or shared by several processes.

One replay is one policy in one set-up under one seed. It depends on nothing but these, so that
the answer is the same however many processes share the work. Replays that need the same demand
come after each other, for a process keeps the last that it made.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing import get_context, parent_process
from threading import Thread

from .contenders import replay
from .feed_file import FeedRow
from .history import Demand, History, demand_of, sample
from .partner import RECORDED
from .scene import Scene
from .supply import Supply, supply_of
from .tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One policy in one set-up under one seed."""

    policy: str
    seed: int
    skus: int
    scene: Scene = field(default_factory=Scene)

    @property
    def as_recorded(self) -> bool:
        """Tell whether stock and files come as recorded."""
        return self.scene.feed.error == RECORDED


def play_all(
    history: History,
    feeds: tuple[FeedRow, ...],
    replays: tuple[Replay, ...],
    processes: int | None,
) -> Iterator[tuple[Replay, Tally]]:
    """Yield each replay with what came of it, in their order.

    As many `processes` as there are cores where their number is None.
    """
    workers = min(processes or os.cpu_count() or 1, len(replays))
    if workers <= 1:
        player = Player(history, feeds)
        yield from ((one, player.play(one)) for one in replays)
        return
    # Started anew rather than forked: the same on every platform, whatever threads there are.
    context = get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_take_seat, initargs=(history, feeds)
    ) as pool:
        yield from zip(replays, pool.map(_play, replays, chunksize=4), strict=True)


class Player:
    """Plays replays of one history; keeps the last two demands: of races, and of stale feeds."""

    def __init__(self, history: History, feeds: tuple[FeedRow, ...] = ()) -> None:
        """Make no demand yet."""
        self._history = history
        self._feeds = feeds
        self.supply = lru_cache(maxsize=1)(self._supply_of)
        self.demand = lru_cache(maxsize=2)(self._demand_of)

    def play(self, one: Replay) -> Tally:
        """Return what comes of a replay."""
        demand = self.demand(one.seed, one.skus, one.scene.shops)
        supply = self.supply(one.seed, one.skus, one.scene.shops) if one.as_recorded else None
        return replay(one.policy, demand, one.scene, one.seed, supply)

    def _supply_of(self, seed: int, skus: int, shops: int) -> Supply:
        demand = self.demand(seed, skus, shops)
        return supply_of(self._feeds, demand.skus, demand.arrivals)

    def _demand_of(self, seed: int, skus: int, shops: int) -> Demand:
        chosen = sample(self._history, most=skus, seed=seed)
        latencies = Scene().latencies
        return demand_of(self._history, chosen, seed=seed, shops=shops, latencies=latencies)


_seat: list[Player] = []
"""The player of a process of the pool: the history is handed over once, not with each replay."""


def _take_seat(history: History, feeds: tuple[FeedRow, ...]) -> None:
    _seat[:] = [Player(history, feeds)]
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that started it has died: nobody would ever tell it to."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _play(one: Replay) -> Tally:
    return _seat[0].play(one)
