"""The guard's states: when a listing may show its share, part of it, or nothing.

Theory of operation
-------------------
At each decision the facts about a listing are condensed into one `Signal`, the first of the
list below that holds. `TRANSITIONS` says which state follows. Levels for pausing, resuming,
throttling and opening differ, so that a quantity trembling around one level moves nothing.
On top of the table, leaving `paused` asks for the resume level and for proof: a snapshot taken
after the pause, the dwell time, and room under the cap on resumes (`resume_obstacle`).

What is unknown moves no state and allows no increase: the guard fails closed. A feed that
grows old lowers what a listing may show step by step (`Staleness`), whatever its state.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from .ladder import ladder_of
from .policy import GuardPolicy
from .quantities import Instant, Units


SECONDS_PER_HOUR = 3600.0


class GuardState(StrEnum):
    """What the guard allows a listing to show."""

    OPEN = "open"
    """Its share."""
    THROTTLED = "throttled"
    """A few units at a time: supply is near zero."""
    PAUSED = "paused"
    """Nothing, until stock is proven again."""
    HELD = "held"
    """What a person allows, or less, until the person releases it."""
    STRANDED = "stranded"
    """It cannot be written; what it shows still counts against the goods."""


class Signal(StrEnum):
    """The facts about a listing in one word."""

    STRANDED = "stranded"
    HELD = "held"
    UNKNOWN = "unknown"
    EMPTY = "empty"
    NEAR_ZERO = "near_zero"
    MIDDLE = "middle"
    """Above the throttle level but below the open level."""
    PLENTY = "plenty"


_O, _T, _P = GuardState.OPEN, GuardState.THROTTLED, GuardState.PAUSED
_H, _S = GuardState.HELD, GuardState.STRANDED

TRANSITIONS: dict[GuardState, dict[Signal, GuardState]] = {
    _O: {
        Signal.STRANDED: _S,
        Signal.HELD: _H,
        Signal.UNKNOWN: _O,
        Signal.EMPTY: _P,
        Signal.NEAR_ZERO: _T,
        Signal.MIDDLE: _O,
        Signal.PLENTY: _O,
    },
    _T: {
        Signal.STRANDED: _S,
        Signal.HELD: _H,
        Signal.UNKNOWN: _T,
        Signal.EMPTY: _P,
        Signal.NEAR_ZERO: _T,
        Signal.MIDDLE: _T,
        Signal.PLENTY: _O,
    },
    _P: {
        Signal.STRANDED: _S,
        # A hold caps, and lifts no pause.
        Signal.HELD: _P,
        Signal.UNKNOWN: _P,
        Signal.EMPTY: _P,
        Signal.NEAR_ZERO: _T,
        Signal.MIDDLE: _T,
        Signal.PLENTY: _O,
    },
    # A released or mended listing starts over as a paused one that owes no proof.
    _H: {
        Signal.STRANDED: _S,
        Signal.HELD: _H,
        Signal.UNKNOWN: _P,
        Signal.EMPTY: _P,
        Signal.NEAR_ZERO: _T,
        Signal.MIDDLE: _T,
        Signal.PLENTY: _O,
    },
    _S: {
        Signal.STRANDED: _S,
        Signal.HELD: _H,
        Signal.UNKNOWN: _P,
        Signal.EMPTY: _P,
        Signal.NEAR_ZERO: _T,
        Signal.MIDDLE: _T,
        Signal.PLENTY: _O,
    },
}


class Staleness(IntEnum):
    """How far down the ladder a feed's age has brought a listing; higher is worse."""

    FRESH = 0
    OVERDUE = 1
    """By its own schedule a newer file should be here; more is held back."""
    FROZEN = 2
    """Nothing is raised."""
    FLOOR = 3
    """A few units at most are shown."""
    ZERO = 4
    """Nothing is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardFacts:
    """What the guard looks at.

    `supply_units`: how many sales the goods allow over all shops, None when unknown.
    `feed_age_s` and `snapshot_as_of`: of the oldest feed that the listing depends on.
    `resumes`: when the listing came back within the last hour.
    """

    state: GuardState
    since: Instant
    supply_units: Units | None
    snapshot_as_of: Instant | None
    stranded: bool = False
    held: bool = False
    resumes: tuple[Instant, ...] = ()


def read_signal(facts: GuardFacts, policy: GuardPolicy) -> Signal:
    """Condense the facts into the first signal that holds."""
    supply = facts.supply_units
    if facts.stranded:
        return Signal.STRANDED
    if facts.held:
        return Signal.HELD
    if supply is None:
        return Signal.UNKNOWN
    levels = (
        (policy.pause_at_units, Signal.EMPTY),
        (policy.throttle_at_units, Signal.NEAR_ZERO),
        (policy.open_at_units - 1, Signal.MIDDLE),
    )
    return next((signal for level, signal in levels if supply <= level), Signal.PLENTY)


def next_state(facts: GuardFacts, policy: GuardPolicy, now: Instant) -> GuardState:
    """Return the state that follows from the facts, by the table and the proof of stock."""
    after = TRANSITIONS[facts.state][read_signal(facts, policy)]
    resumes = facts.state is GuardState.PAUSED and after in {GuardState.OPEN, GuardState.THROTTLED}
    if resumes and resume_obstacle(facts, policy, now) is not None:
        return GuardState.PAUSED
    return after


def resume_obstacle(facts: GuardFacts, policy: GuardPolicy, now: Instant) -> str | None:
    """Return in words what keeps a paused listing from coming back, None if nothing does."""
    if facts.supply_units is None or facts.supply_units < policy.resume_at_units:
        return f"it comes back from a supply of {policy.resume_at_units}"
    if facts.snapshot_as_of is None or facts.snapshot_as_of <= facts.since:
        return "no feed has been taken since the pause"
    if now - facts.since < policy.dwell_s_min:
        return f"the pause is younger than its dwell time of {policy.dwell_s_min:g} s"
    recent = [each for each in facts.resumes if now - each < SECONDS_PER_HOUR]
    if len(recent) >= policy.resumes_per_hour_max:
        return f"it came back {len(recent)} times within the hour already"
    return None


def staleness(
    feed_age_s: float, policy: GuardPolicy, *, expected_every_s: float | None = None
) -> Staleness:
    """Return the rung of the ladder for a feed's age, by its own schedule where it tells one.

    Only a feed with a schedule is ever overdue.
    """
    ladder = ladder_of(policy, expected_every_s)
    rungs = [
        (ladder.zero_s, Staleness.ZERO),
        (ladder.floor_s, Staleness.FLOOR),
        (ladder.freeze_s, Staleness.FROZEN),
    ]
    if expected_every_s is not None:
        rungs.append((ladder.widen_s, Staleness.OVERDUE))
    return next((rung for after_s, rung in rungs if feed_age_s >= after_s), Staleness.FRESH)


def cap_units(
    state: GuardState,
    rung: Staleness,
    *,
    shown_units: Units,
    policy: GuardPolicy,
    raced: bool = False,
) -> tuple[Units, str]:
    """Return the most a listing may show, and the rule that says so.

    Where its goods are `raced` the race caps it near zero, better than a fixed number can.
    """
    caps = [(policy.listing_units_max, "listing_units_max")]
    if not (raced and state is GuardState.THROTTLED):
        caps += _state_caps(state, shown_units, policy)
    if rung >= Staleness.FROZEN:
        caps.append((shown_units, "the feed is stale: nothing is raised"))
    if rung >= Staleness.FLOOR:
        caps.append((policy.floor_units, "the feed is stale: floor"))
    if rung is Staleness.ZERO:
        caps.append((0, "the feed is stale: zero"))
    return min(caps, key=lambda cap: cap[0])


def _state_caps(
    state: GuardState, shown_units: Units, policy: GuardPolicy
) -> list[tuple[Units, str]]:
    match state:
        case GuardState.THROTTLED:
            return [(policy.throttle_cap_units, "throttled: supply is near zero")]
        case GuardState.PAUSED:
            return [(0, "paused")]
        case GuardState.STRANDED:
            return [(shown_units, "stranded")]
        case GuardState.OPEN | GuardState.HELD:
            return []
