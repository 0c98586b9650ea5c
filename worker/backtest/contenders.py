"""The policies that a replay knows by name."""

import re
from collections.abc import Callable

from reconciliation.budget import USUAL_BUDGET, CancellationBudget

from .faults import BadReplay
from .history import Demand
from .instant import InstantMarket
from .market import Market
from .mirrors import FeedCopy, Mirror, PercentSplit
from .planner import Planned
from .policy import Policy
from .racing import Raced
from .scene import Scene
from .supply import Supply
from .tally import Tally


ATOMIC = "atomic"
"""The bound: what others fill less than this is lost."""

OMNISCIENT = "omniscient"

MIRROR = "mirror_event"
"""What most of the field does."""

BUFFER_UNITS_MAX = 10
"""The largest fixed buffer that is tried unless asked for."""

GUARD = "guard"
"""What we do, within the default budget; `guard_N` may let N of 10,000 orders be cancelled."""

BUDGETS = (0.2, 0.5, 5.0)
"""Budgets that are tried beside the default, unless policies are named."""

_BUDGETED = re.compile(r"guard_(\d{1,4}(?:\.\d{1,3})?)")

_BUFFER = re.compile(r"fixed_buffer_(\d{1,5})")

_NAMED: dict[str, Callable[[], Policy]] = {
    "mirror_feed": FeedCopy,
    MIRROR: Mirror,
    "percent_split": PercentSplit,
    "strict": Planned,
}

BOUNDS = frozenset({ATOMIC, OMNISCIENT})
"""What needs no listings, and so no writing."""

ALL = (
    "mirror_feed",
    MIRROR,
    *(f"fixed_buffer_{units}" for units in range(1, BUFFER_UNITS_MAX + 1)),
    "percent_split",
    "strict",
    *(f"{GUARD}_{budget:g}" for budget in BUDGETS),
    GUARD,
    ATOMIC,
    OMNISCIENT,
)
"""What is tried unless policies are named."""


def check_name(name: str) -> None:
    """Refuse a policy that nobody knows. Raises `BadReplay`."""
    patterns = (_BUFFER, _BUDGETED)
    if name not in {*_NAMED, *BOUNDS, GUARD} and not any(
        each.fullmatch(name) for each in patterns
    ):
        known = ", ".join((*_NAMED, "fixed_buffer_N", GUARD, "guard_BUDGET", ATOMIC, OMNISCIENT))
        raise BadReplay(f"there is no policy {name!r}", f"name one of {known}")


def replay(
    name: str, demand: Demand, scene: Scene, seed: int, supply: Supply | None = None
) -> Tally:
    """Replay one seed's demand under a policy. Raises `BadReplay` for an unknown name."""
    check_name(name)
    if name in BOUNDS:
        knows = name == OMNISCIENT
        return InstantMarket(demand, scene, seed, supply, knows_goods=knows).run()
    return Market(demand, scene, policy_of(name, scene), seed, supply).run()


def policy_of(name: str, scene: Scene) -> Policy:
    """Return a policy that writes listings, by its name: any but the two bounds."""
    if name == GUARD or _BUDGETED.fullmatch(name):
        return raced(name, scene)
    if buffer := _BUFFER.fullmatch(name):
        return Mirror(int(buffer[1]))
    return _NAMED[name]()


def raced(name: str, scene: Scene) -> Raced:
    """Return a guard by its name, with the budget that it tells, or the default."""
    budgeted = _BUDGETED.fullmatch(name)
    budget = CancellationBudget(cancelled_per_10k=float(budgeted[1])) if budgeted else USUAL_BUDGET
    return Raced(scene, budget=budget)
