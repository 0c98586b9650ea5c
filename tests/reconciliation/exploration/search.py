"""Breadth-first search of a world, so that the first broken promise has the shortest path."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .world_model import State, WorldModel


Verdict = Callable[[WorldModel, State | None, State], str]
"""Says what is wrong with a step and the state after it; empty if nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a search met: `path` leads to the first state that is `wrong`."""

    states: int
    transitions: int
    depth: int
    whole: bool
    wrong: str = ""
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the finding as people read it."""
        size = f"{self.states:,} states, {self.transitions:,} transitions, depth {self.depth}"
        reach = "" if self.whole else " (cut)"
        steps = [f"  {at:2d} {step}" for at, step in enumerate(self.path)]
        return "\n".join([size + reach, *([self.wrong, *steps] if self.wrong else [])])


def search(
    model: WorldModel, starts: Iterable[State], verdict: Verdict, *, depth_max: int
) -> Finding:
    """Walk every state within `depth_max` steps, or up to the first that is wrong."""
    parents: dict[State, State | None] = dict.fromkeys(starts)
    frontier, transitions, depth = list(parents), 0, 0
    wrong = next(
        ((state, why) for state in frontier if (why := verdict(model, None, state))), None
    )
    while frontier and wrong is None and depth < depth_max:
        frontier, count, wrong = _level(model, frontier, parents, verdict)
        transitions += count
        depth += bool(frontier)
    return Finding(
        states=len(parents),
        transitions=transitions,
        depth=depth,
        whole=not frontier,
        wrong=wrong[1] if wrong else "",
        path=_path(model, parents, wrong[0]) if wrong else (),
    )


def _level(
    model: WorldModel,
    frontier: list[State],
    parents: dict[State, State | None],
    verdict: Verdict,
) -> tuple[list[State], int, tuple[State, str] | None]:
    found, transitions = [], 0
    normal, successors = model.normal, model.successors
    for state in frontier:
        for _, raw in successors(state):
            transitions += 1
            after = normal(raw)
            if after in parents:
                continue
            parents[after] = state
            found.append(after)
            if why := verdict(model, state, after):
                return found, transitions, (after, why)
    return found, transitions, None


def _path(model: WorldModel, parents: dict[State, State | None], end: State) -> tuple[str, ...]:
    """Return the start and the steps to `end`; a shop keeps its name although states reorder."""
    states, parent = [end], parents[end]
    while parent is not None:
        states.append(parent)
        parent = parents[parent]
    states.reverse()
    names = list(model.names)
    steps = [_start(model, states[0])]
    for before, after in itertools.pairwise(states):
        label, raw = next(
            (label, raw) for label, raw in model.successors(before) if model.normal(raw) == after
        )
        changed = next((at for at in range(1, len(raw)) if raw[at] != before[at]), 0)
        steps.append(f"{names[changed - 1]}: {label}" if changed else label)
        if raw != after:
            names.reverse()
    return tuple(steps)


def _start(model: WorldModel, state: State) -> str:
    outside = model.outsides.value(state[0])
    cells = model.cells(state)
    shown = ", ".join(str(cell.available) for cell in cells)
    live = sum(cell.live for cell in cells)
    return f"goods {outside.goods}, shown {shown}, {live} orders"
