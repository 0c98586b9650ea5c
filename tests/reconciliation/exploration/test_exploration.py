"""No reachable state of a small world breaks the promise; without a rule, some state does.

Run with `-s` to see how much was explored, and the shortest path to each oversell.
"""

import sys

import pytest

from .liveness import Liveness
from .rulebook import (
    WITHOUT_DOUBT,
    WITHOUT_FIT,
    WITHOUT_LOCK,
    WITHOUT_RESTOCKS,
    WITHOUT_SUM,
    Rulebook,
)
from .search import Finding, search
from .slices import (
    CANCELLATION,
    FEED,
    NEWCOMER,
    SLICES,
    TWO_WRITERS,
    Slice,
    oversold,
    promise_broken,
)


WEAKENED = (
    (WITHOUT_LOCK, TWO_WRITERS),
    (WITHOUT_DOUBT, TWO_WRITERS),
    (WITHOUT_FIT, TWO_WRITERS),
    (WITHOUT_SUM, TWO_WRITERS),
    (WITHOUT_RESTOCKS, CANCELLATION),
)
EVENTS_BEYOND = 2
"""How much deeper than a rule's shortest counterexample the world must have been explored."""

REST_DEPTH_MAX = 18
"""Enough for every listing to be written and read twice, between two rests."""


def slice_name(value: object) -> str:
    """A slice's or a rulebook's own name, for pytest to show."""
    return str(getattr(value, "name", value)).replace(" ", "-")


def told(finding: Finding, explored: Slice, rulebook: Rulebook) -> Finding:
    """The finding, printed for whoever asks with `-s`."""
    sys.stdout.write(f"\n{explored.name}, rules {rulebook.name}: {finding}\n")
    return finding


# Half a million states take ten seconds on one core, and a machine may be busy.
@pytest.mark.timeout(240)
@pytest.mark.parametrize("explored", SLICES, ids=slice_name)
def test_no_reachable_state_breaks_the_promise(explored: Slice) -> None:
    """What is sold and what could still be sold never exceed the goods."""
    rulebook = Rulebook()
    model = explored.model(rulebook)

    starts = explored.starts(model)
    finding = search(model, starts, promise_broken, depth_max=explored.depth_max)

    told(finding, explored, rulebook)
    assert (finding.path, finding.wrong) == ((), "")
    assert finding.states >= explored.states_floor
    assert finding.depth >= explored.depth_floor


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("rulebook", "explored"), WEAKENED, ids=slice_name)
def test_without_the_rule_something_is_oversold(rulebook: Rulebook, explored: Slice) -> None:
    """A search that cannot find what a weaker rule breaks would prove nothing of the real one."""
    model = explored.model(rulebook)

    starts = explored.starts(model)
    finding = search(model, starts, oversold, depth_max=explored.depth_max)

    told(finding, explored, rulebook)
    events = len(finding.path) - 1
    sys.stdout.write(f"shortest: {events} events; explored: {explored.depth_floor} or more\n")
    assert finding.wrong
    assert events + EVENTS_BEYOND <= explored.depth_floor


@pytest.mark.timeout(240)
@pytest.mark.parametrize("explored", [TWO_WRITERS, FEED, NEWCOMER], ids=slice_name)
def test_planning_ends_with_everything_on_sale(explored: Slice) -> None:
    """From rest, a few rounds of plan and write show all that is sellable, or say why not."""
    model, liveness = explored.model(Rulebook()), Liveness()

    starts = explored.starts(model)
    finding = search(model, starts, liveness.stuck, depth_max=REST_DEPTH_MAX)

    told(finding, explored, Rulebook())
    sys.stdout.write(f"{len(liveness.checked)} states at rest\n")
    assert (finding.path, finding.wrong) == ((), "")
    assert len(liveness.checked) > 5
