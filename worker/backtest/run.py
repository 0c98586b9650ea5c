"""All replays that were asked for, over several processes, and their outcomes.

One replay is one policy in one set-up under one seed. Each depends on nothing but these, so that
the answer is the same however many processes share the work. Replays that need the same demand
come after each other, for a process keeps the last that it made.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from multiprocessing import get_context

from .contenders import ALL, ATOMIC, BOUNDS, MIRROR, check_name, replay
from .history import Demand, History, demand_of, sample
from .outcome import Outcome, outcome_of
from .partner import FEED_ERRORS
from .scene import FeedCondition, Scene
from .tally import Tally
from .trace import Trace, most_oversold, trace


INTENSITIES = (1.0, 30.0, 1_000.0)
"""Quiet, large, and a live-stream rush: how much the recorded time is compressed."""

SEEDS = 20
"""How many seeds are replayed."""

SKUS = 40
"""SKUs in the sample of one seed: what the time allows for the real planner."""


TRACES_MAX = 6
"""Policies under which a single item is followed: as many as a chart has room for."""

FEED_DELAYS_S = (900.0, 14_400.0, 86_400.0)
"""A quarter of an hour, four hours, and a day between two files."""

STALE_FEEDS = tuple(
    FeedCondition(delay_s=delay_s, error=error)
    for delay_s in FEED_DELAYS_S
    for error in FEED_ERRORS
)
"""Every delay with every kind of error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to replay. `first_seed` and the `seeds - 1` after it; 0 `skus` are all of them.

    `stale` adds late and wrong feeds, at the recorded pace: their delays are real, and a feed
    of once a day has no meaning where a day's orders come within minutes.
    """

    policies: tuple[str, ...] = ALL
    intensities: tuple[float, ...] = INTENSITIES
    stale: bool = False
    shops: int = 3
    stock_weeks: float = 2.0
    skus: int = SKUS
    seeds: int = SEEDS
    first_seed: int = 1

    def __post_init__(self) -> None:
        """Refuse a policy that nobody knows. Raises `BadReplay`."""
        for name in self.policies:
            check_name(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One policy in one set-up under one seed."""

    policy: str
    seed: int
    skus: int
    scene: Scene = field(default_factory=Scene)


def backtest(
    history: History,
    request: Request,
    *,
    processes: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Outcome, ...]:
    """Replay what is asked for; outcomes come by set-up, then in the order of the policies.

    `progress` is told how many replays are done, of how many. As many `processes` as there are
    cores unless told otherwise.
    """
    replays = tuple(_replays(history, request))
    tallies: dict[tuple[str, Scene], list[Tally]] = {}
    for done, (one, tally) in enumerate(_tallies(history, replays, processes), start=1):
        tallies.setdefault((one.policy, one.scene), []).append(tally)
        if progress is not None:
            progress(done, len(replays))
    return tuple(
        outcome_of(
            policy, scene.intensity, scene.feed, tallies[policy, scene], tallies[ATOMIC, scene]
        )
        for scene in scenes(request, len(history.skus))
        for policy in request.policies
    )


def traces(history: History, request: Request) -> tuple[Trace, ...]:
    """Follow one item under the policies, at the fiercest pace: the one mirrored the worst."""
    names = [name for name in request.policies if name not in BOUNDS][:TRACES_MAX]
    scene = max(scenes(request, len(history.skus)), key=lambda each: each.intensity)
    seed, skus = request.first_seed, sampled(request, len(history.skus))
    demand = Player(history).demand(seed, skus, scene.shops)
    item = most_oversold(MIRROR, demand, scene, seed)
    return tuple(trace(name, demand, scene, seed, item) for name in names)


def scenes(request: Request, skus_recorded: int) -> tuple[Scene, ...]:
    """Return the set-ups: each intensity with exact feeds, then the feeds that are not."""
    plain = Scene(
        shops=request.shops,
        stock_weeks=request.stock_weeks,
        quota_share=sampled(request, skus_recorded) / skus_recorded,
    )
    races = tuple(replace(plain, intensity=each) for each in request.intensities)
    feeds = STALE_FEEDS if request.stale else ()
    return (*races, *(replace(plain, feed=feed) for feed in feeds))


def sampled(request: Request, skus_recorded: int) -> int:
    """Return how many SKUs each seed draws."""
    return min(request.skus or skus_recorded, skus_recorded)


def _replays(history: History, request: Request) -> Iterator[Replay]:
    """Yield every replay, `atomic` among them, since the others are measured by it."""
    skus = sampled(request, len(history.skus))
    for seed in range(request.first_seed, request.first_seed + request.seeds):
        for scene in scenes(request, len(history.skus)):
            for policy in dict.fromkeys((ATOMIC, *request.policies)):
                yield Replay(policy=policy, seed=seed, skus=skus, scene=scene)


def _tallies(
    history: History, replays: tuple[Replay, ...], processes: int | None
) -> Iterator[tuple[Replay, Tally]]:
    """Yield each replay with what came of it, in their order."""
    workers = min(processes or os.cpu_count() or 1, len(replays))
    if workers <= 1:
        player = Player(history)
        yield from ((one, player.play(one)) for one in replays)
        return
    # Started anew rather than forked: the same on every platform, whatever threads there are.
    context = get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_take_seat, initargs=(history,)
    ) as pool:
        yield from zip(replays, pool.map(_play, replays, chunksize=4), strict=True)


class Player:
    """Plays replays of one history, and keeps the demand of the last seed."""

    def __init__(self, history: History) -> None:
        """Make no demand yet."""
        self._history = history
        self.demand = lru_cache(maxsize=1)(self._demand_of)

    def play(self, one: Replay) -> Tally:
        """Return what comes of a replay."""
        demand = self.demand(one.seed, one.skus, one.scene.shops)
        return replay(one.policy, demand, one.scene, one.seed)

    def _demand_of(self, seed: int, skus: int, shops: int) -> Demand:
        chosen = sample(self._history, most=skus, seed=seed)
        latencies = Scene().latencies
        return demand_of(self._history, chosen, seed=seed, shops=shops, latencies=latencies)


_seat: list[Player] = []
"""The player of a process of the pool: the history is handed over once, not with each replay."""


def _take_seat(history: History) -> None:
    _seat[:] = [Player(history)]


def _play(one: Replay) -> Tally:
    return _seat[0].play(one)
