"""What a backtest is asked for, the replays that answer it, and their outcomes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .contenders import ALL, ATOMIC, BOUNDS, MIRROR, check_name
from .feed_file import FeedRow
from .history import History
from .item_trace import Trace, most_oversold, trace
from .outcome import Outcome, outcome_of
from .partner import FEED_ERRORS, RECORDED
from .player import Player, Replay, play_all
from .scene import FeedCondition, Scene
from .supply import usual_gap_s
from .tally import Tally


INTENSITIES = (1.0, 30.0, 1_000.0)
"""Quiet, large, and a live-stream rush: how much the recorded time is compressed."""

SEEDS = 20
"""How many seeds are replayed."""

SKUS = 15
"""SKUs in the sample of one seed: what the time allows for the real planner."""

STALE_SKUS = 10
"""The same where feeds are stale: there are six times as many set-ups, and more decisions."""

TRACED = (MIRROR, "fixed_buffer_1", "fixed_buffer_5", "percent_split", "strict", "guard")
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
    """What to replay. `first_seed` and the `seeds - 1` after it.

    `skus` are drawn for each seed: 0 are all, None as many as the time allows.

    `stale` adds late and wrong feeds, and `feeds` recorded ones with the stock that they tell of:
    both at the recorded pace, for their delays are real, and a feed of once a day has no meaning
    where a day's orders come within minutes.
    """

    policies: tuple[str, ...] = ALL
    intensities: tuple[float, ...] = INTENSITIES
    stale: bool = False
    feeds: tuple[FeedRow, ...] = ()
    shops: int = 3
    stock_weeks: float = 2.0
    skus: int | None = None
    seeds: int = SEEDS
    first_seed: int = 1

    def __post_init__(self) -> None:
        """Refuse a policy that nobody knows. Raises `BadReplay`."""
        for name in self.policies:
            check_name(name)


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
    played = play_all(history, request.feeds, replays, processes)
    for done, (one, tally) in enumerate(played, start=1):
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
    writing = [name for name in request.policies if name not in BOUNDS]
    names = [name for name in TRACED if name in writing] or writing[: len(TRACED)]
    scene = max(scenes(request, len(history.skus)), key=lambda each: each.intensity)
    seed, skus = request.first_seed, sampled(request, len(history.skus), scene.feed)
    demand = Player(history).demand(seed, skus, scene.shops)
    item = most_oversold(MIRROR, demand, scene, seed)
    return tuple(trace(name, demand, scene, seed, item) for name in names)


def scenes(request: Request, skus_recorded: int) -> tuple[Scene, ...]:
    """Return the set-ups: each intensity with exact feeds, then the feeds that are not."""
    races = [(intensity, FeedCondition()) for intensity in request.intensities]
    feeds = list(STALE_FEEDS) if request.stale else []
    if request.feeds:
        feeds.append(FeedCondition(delay_s=usual_gap_s(request.feeds), error=RECORDED))
    return tuple(
        Scene(
            shops=request.shops,
            intensity=intensity,
            stock_weeks=request.stock_weeks,
            quota_share=sampled(request, skus_recorded, feed) / skus_recorded,
            feed=feed,
        )
        for intensity, feed in (*races, *((1.0, feed) for feed in feeds))
    )


def sampled(request: Request, skus_recorded: int, feed: FeedCondition) -> int:
    """Return how many SKUs each seed draws for a set-up with such feeds."""
    usual = SKUS if feed.exact or feed.error == RECORDED else STALE_SKUS
    wanted = usual if request.skus is None else request.skus or skus_recorded
    return min(wanted, skus_recorded)


def _replays(history: History, request: Request) -> Iterator[Replay]:
    """Yield every replay, `atomic` among them, since the others are measured by it."""
    for seed in range(request.first_seed, request.first_seed + request.seeds):
        for scene in scenes(request, len(history.skus)):
            skus = sampled(request, len(history.skus), scene.feed)
            for policy in dict.fromkeys((ATOMIC, *request.policies)):
                yield Replay(policy=policy, seed=seed, skus=skus, scene=scene)
