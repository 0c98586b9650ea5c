"""The guard's table is total, its levels do not flap, and coming back asks for proof."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation.guard import (
    TRANSITIONS,
    GuardFacts,
    GuardState,
    Signal,
    Staleness,
    cap_units,
    next_state,
    read_signal,
    resume_obstacle,
    staleness,
)
from reconciliation.policy import GuardPolicy, PolicyFault
from reconciliation.quantities import Instant, Units

from ..support.boards import LAW, NOW, ago


POLICY = GuardPolicy(resume_at_units=3, dwell_s_min=300.0)
OPEN, THROTTLED, PAUSED = GuardState.OPEN, GuardState.THROTTLED, GuardState.PAUSED
HELD, STRANDED = GuardState.HELD, GuardState.STRANDED
LIVE = [OPEN, THROTTLED, PAUSED]


def facts(state: GuardState = PAUSED, supply: Units | None = 50) -> GuardFacts:
    """A listing that has been in its state for an hour, with a fresh feed."""
    return GuardFacts(
        state=state, since=ago(3_600.0), supply_units=supply, snapshot_as_of=ago(60.0)
    )


def state_after(state: GuardState, *supplies: Units, policy: GuardPolicy = POLICY) -> GuardState:
    """The state once the supply has gone through some levels, an hour or more at each."""
    for supply in supplies:
        state = next_state(facts(state, supply), policy, NOW)
    return state


def policy_with(
    pause: int, resume_gap: int, throttle_gap: int, open_gap: int
) -> GuardPolicy | None:
    """A policy by the distances of its levels, None where it is refused."""
    try:
        return GuardPolicy(
            pause_at_units=pause,
            resume_at_units=pause + resume_gap,
            throttle_at_units=pause + throttle_gap,
            open_at_units=pause + throttle_gap + open_gap,
        )
    except PolicyFault:
        return None


gaps = st.integers(1, 6)
policies = st.builds(policy_with, st.integers(0, 4), gaps, st.integers(0, 6), gaps).flatmap(
    lambda policy: st.nothing() if policy is None else st.just(policy)
)


# --- the table -------------------------------------------------------------------------------


def test_the_table_is_total() -> None:
    """Every state answers every signal."""
    assert {state: set(row) for state, row in TRANSITIONS.items()} == {
        state: set(Signal) for state in GuardState
    }


@pytest.mark.parametrize("state", GuardState)
def test_a_stranded_listing_is_stranded_whatever_it_was(state: GuardState) -> None:
    """What cannot be written is not reasoned about."""
    lost = replace(facts(state), stranded=True, held=True)

    assert next_state(lost, POLICY, NOW) is STRANDED


@pytest.mark.parametrize("state", [state for state in GuardState if state is not PAUSED])
def test_a_person_s_hold_beats_every_level(state: GuardState) -> None:
    """What a person decided is not undone by stock."""
    assert next_state(replace(facts(state), held=True), POLICY, NOW) is HELD


def test_a_hold_leaves_a_pause_in_place() -> None:
    """It caps what is shown; it proves no stock."""
    assert next_state(replace(facts(PAUSED), held=True), POLICY, NOW) is PAUSED


@pytest.mark.parametrize("state", LIVE)
def test_what_is_unknown_moves_nothing(state: GuardState) -> None:
    """Without a supply there is no reason to pause, and none to come back."""
    assert next_state(facts(state, None), POLICY, NOW) is state


@pytest.mark.parametrize("state", [HELD, STRANDED])
def test_a_released_listing_of_unknown_supply_is_paused(state: GuardState) -> None:
    """Nobody knows what it may show, so it shows nothing."""
    assert next_state(facts(state, None), POLICY, NOW) is PAUSED


@pytest.mark.parametrize("state", [HELD, STRANDED])
def test_a_released_listing_owes_no_proof(state: GuardState) -> None:
    """It was not paused for want of stock."""
    young = replace(facts(state), since=NOW, snapshot_as_of=ago(60.0))

    assert next_state(young, POLICY, NOW) is OPEN


# --- levels ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supply", "signal"),
    [
        (0, Signal.EMPTY),
        (1, Signal.NEAR_ZERO),
        (6, Signal.NEAR_ZERO),
        (7, Signal.MIDDLE),
        (8, Signal.MIDDLE),
        (9, Signal.PLENTY),
        (None, Signal.UNKNOWN),
    ],
)
def test_supply_is_read_against_the_levels(supply: Units | None, signal: Signal) -> None:
    """Each level belongs to the side that its name says."""
    assert read_signal(facts(OPEN, supply), POLICY) is signal


@pytest.mark.parametrize(
    ("supplies", "expected"),
    [
        ((50, 6), THROTTLED),
        ((50, 0), PAUSED),
        ((6, 8), THROTTLED),
        ((6, 9), OPEN),
        ((0, 2), PAUSED),
        ((0, 3), THROTTLED),
        ((0, 9), OPEN),
    ],
)
def test_a_state_follows_the_supply(supplies: tuple[Units, ...], expected: GuardState) -> None:
    """From open, each way down and up passes the levels as declared."""
    assert state_after(OPEN, *supplies) is expected


@LAW
@given(policy=policies, state=st.sampled_from(LIVE), supplies=st.lists(st.integers(0, 25)))
def test_between_pause_and_resume_nothing_pauses_or_resumes(
    policy: GuardPolicy, state: GuardState, supplies: list[Units]
) -> None:
    """A supply trembling above the pause level and below the resume level moves no pause."""
    between = [s for s in supplies if policy.pause_at_units < s < policy.resume_at_units]
    after = state_after(state, *between, policy=policy)

    assert (after is PAUSED) == (state is PAUSED)


@LAW
@given(policy=policies, supplies=st.lists(st.integers(0, 25)))
def test_between_throttle_and_open_nothing_changes(
    policy: GuardPolicy, supplies: list[Units]
) -> None:
    """A supply trembling above the throttle level and below the open level changes no state."""
    between = [s for s in supplies if policy.throttle_at_units < s < policy.open_at_units]

    assert state_after(OPEN, *between, policy=policy) is OPEN
    assert state_after(THROTTLED, *between, policy=policy) is THROTTLED


@settings(LAW, max_examples=1_000)
@given(policy=policies, low=st.integers(0, 25), times=st.integers(2, 6))
def test_a_supply_that_trembles_by_one_settles(
    policy: GuardPolicy, low: Units, times: int
) -> None:
    """Where the levels lie two apart, one unit more or less is no reason to change each time."""
    gap = min(
        policy.resume_at_units - policy.pause_at_units,
        policy.open_at_units - policy.throttle_at_units,
    )
    trembling = [low, low + 1] * times

    settled = state_after(OPEN, *trembling, policy=policy)

    assert gap < 2 or state_after(settled, low, policy=policy) is settled


# --- proof of stock --------------------------------------------------------------------------


def test_a_paused_listing_comes_back_once_stock_is_proven() -> None:
    """A fresh feed, the dwell time gone, room under the cap: it may."""
    assert resume_obstacle(facts(), POLICY, NOW) is None


@pytest.mark.parametrize("as_of", [None, ago(3_600.0), ago(3_700.0)])
def test_a_resume_needs_a_feed_from_after_the_pause(as_of: Instant | None) -> None:
    """What was known when it was paused proves nothing new."""
    stale = replace(facts(), snapshot_as_of=as_of)

    assert next_state(stale, POLICY, NOW) is PAUSED


@pytest.mark.parametrize(("seconds", "expected"), [(299.0, PAUSED), (300.0, OPEN)])
def test_a_resume_waits_for_the_dwell_time(seconds: float, expected: GuardState) -> None:
    """However fast the goods come back, the listing does not flicker."""
    young = replace(facts(), since=ago(seconds))

    assert next_state(young, POLICY, NOW) is expected


@pytest.mark.parametrize(("count", "expected"), [(5, OPEN), (6, PAUSED)])
def test_resumes_are_capped_by_the_hour(count: int, expected: GuardState) -> None:
    """A listing that comes back too often stays away for a while."""
    restless = replace(facts(), resumes=tuple(ago(600.0 * at) for at in range(count)))

    assert next_state(restless, POLICY, NOW) is expected


def test_resumes_of_long_ago_do_not_count() -> None:
    """The cap looks back one hour."""
    rested = replace(facts(), resumes=(ago(3_600.0),) * 10)

    assert next_state(rested, POLICY, NOW) is OPEN


def test_a_pause_needs_no_proof() -> None:
    """Whatever is young or stale, an empty pool pauses at once."""
    empty = GuardFacts(state=OPEN, since=NOW, supply_units=0, snapshot_as_of=None)

    assert next_state(empty, POLICY, NOW) is PAUSED


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (facts(supply=2), "it comes back from a supply of 3"),
        (facts(supply=None), "it comes back from a supply of 3"),
        (replace(facts(), snapshot_as_of=None), "no feed has been taken since the pause"),
        (replace(facts(), since=ago(100.0)), "younger than its dwell time of 300 s"),
        (replace(facts(), resumes=(ago(1.0),) * 6), "it came back 6 times within the hour"),
    ],
)
def test_an_obstacle_is_told_in_words(found: GuardFacts, words: str) -> None:
    """Who asks why it is paused gets the reason."""
    assert words in (resume_obstacle(found, POLICY, NOW) or "")


# --- the ladder ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age_s", "rung"),
    [
        (43_199.0, Staleness.FRESH),
        (43_200.0, Staleness.FROZEN),
        (86_400.0, Staleness.FLOOR),
        (172_800.0, Staleness.ZERO),
    ],
)
def test_a_feed_goes_down_the_ladder_with_age(age_s: float, rung: Staleness) -> None:
    """Each rung begins at its age."""
    assert staleness(age_s, POLICY) is rung


@LAW
@given(ages=st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)).map(sorted))
def test_the_ladder_only_goes_down(ages: list[float]) -> None:
    """An older feed is never on a better rung."""
    younger, older = (staleness(age, POLICY) for age in ages)

    assert younger <= older


@LAW
@given(state=st.sampled_from(GuardState), shown=st.integers(0, 99_999))
def test_a_lower_rung_never_allows_more(state: GuardState, shown: Units) -> None:
    """Whatever the state, each rung allows at most what the one above it does."""
    caps = [cap_units(state, rung, shown_units=shown, policy=POLICY)[0] for rung in Staleness]

    assert caps == sorted(caps, reverse=True)


# --- caps ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "rung", "expected"),
    [
        (OPEN, Staleness.FRESH, 99_999),
        (THROTTLED, Staleness.FRESH, 3),
        (PAUSED, Staleness.FRESH, 0),
        (HELD, Staleness.FRESH, 99_999),
        (STRANDED, Staleness.FRESH, 20),
        (OPEN, Staleness.FROZEN, 20),
        (OPEN, Staleness.FLOOR, 1),
        (OPEN, Staleness.ZERO, 0),
        (PAUSED, Staleness.FROZEN, 0),
    ],
)
def test_the_least_cap_binds(state: GuardState, rung: Staleness, expected: Units) -> None:
    """Of a listing that shows 20, state and rung each allow so much at most."""
    assert cap_units(state, rung, shown_units=20, policy=POLICY)[0] == expected


@pytest.mark.parametrize(
    ("state", "rung", "words"),
    [
        (OPEN, Staleness.FRESH, "listing_units_max"),
        (THROTTLED, Staleness.FRESH, "throttled"),
        (PAUSED, Staleness.FRESH, "paused"),
        (OPEN, Staleness.FROZEN, "nothing is raised"),
        (OPEN, Staleness.FLOOR, "floor"),
        (OPEN, Staleness.ZERO, "zero"),
    ],
)
def test_the_cap_that_binds_is_named(state: GuardState, rung: Staleness, words: str) -> None:
    """A decision says which rule it follows."""
    assert words in cap_units(state, rung, shown_units=20, policy=POLICY)[1]
