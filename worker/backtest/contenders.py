"""The policies that a replay knows by name."""

import re
from collections.abc import Callable

from .faults import BadReplay
from .history import Demand
from .instant import InstantMarket
from .market import Market
from .mirrors import FeedCopy, Mirror, PercentSplit
from .planner import Planned
from .policy import Policy
from .racing import DEFAULT_PRICE, Raced
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
"""What we do, at the default price of a cancelled order; `guard_N` is the same at the price N."""

_PRICED = re.compile(r"guard_([1-9]\d{0,4})")

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
    GUARD,
    ATOMIC,
    OMNISCIENT,
)
"""What is tried unless policies are named."""


def check_name(name: str) -> None:
    """Refuse a policy that nobody knows. Raises `BadReplay`."""
    patterns = (_BUFFER, _PRICED)
    if name not in {*_NAMED, *BOUNDS, GUARD} and not any(
        each.fullmatch(name) for each in patterns
    ):
        known = ", ".join((*_NAMED, "fixed_buffer_N", GUARD, "guard_PRICE", ATOMIC, OMNISCIENT))
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
    priced = _PRICED.fullmatch(name)
    if priced or name == GUARD:
        return Raced(scene, price=float(priced[1]) if priced else DEFAULT_PRICE)
    if buffer := _BUFFER.fullmatch(name):
        return Mirror(int(buffer[1]))
    return _NAMED[name]()
