"""From rest, planning and writing comes to an end, and ends with everything on sale.

A state is at rest when nothing is under way and all is read and recorded. From there each
round writes what the plan asks for, lets it land, reads and closes the ledger.
"""

from dataclasses import replace

from reconciliation.catalog import PoolKey
from reconciliation.plan import decide
from reconciliation.quantities import Units

from .cells import Cell
from .world_model import State, WorldModel


ROUNDS_MAX = 6
"""Zero first, settle, raise: two rounds for each of two shops, and two to spare."""

_ON_THE_WAY = (" sent", " takes effect", " answered")


class Liveness:
    """Checks every state at rest; states that only differ in their budget are checked once."""

    def __init__(self) -> None:
        """Begin with nothing checked."""
        self.checked: dict[tuple[object, ...], str] = {}

    def stuck(self, model: WorldModel, _before: State | None, after: State) -> str:
        """Say where a state at rest does not come to an end with everything on sale."""
        cells = model.cells(after)
        if not (all(map(_at_rest, cells)) and model.undecided(after)):
            return ""
        goods = model.outsides.value(after[0]).goods
        key = (goods, cells)
        if key not in self.checked:
            self.checked[key] = _run(model, after)
        return self.checked[key]


def _at_rest(cell: Cell) -> bool:
    under_way = cell.fates or cell.reading is not None or cell.cancelled is not None
    return cell.complete and not under_way and not cell.unheard


def _run(model: WorldModel, state: State) -> str:
    state = _refreshed(model, state)
    for _ in range(ROUNDS_MAX):
        planned = {shop: model.plan(state, shop) for shop in range(model.shop_count)}
        if not any(planned.values()):
            return _held_back(model, state)
        for shop, units in planned.items():
            if units is not None:
                state = model.decided_and_committed(state, shop, units)
        state = _refreshed(model, state)
    return f"still writing after {ROUNDS_MAX} rounds"


def _held_back(model: WorldModel, state: State) -> str:
    """Say how much less is shown than could be, unless the plan names an obstacle."""
    board = model.board(state)
    plan = decide(board)
    if any(decision.obstacle for decision in plan.decisions):
        return ""
    shown: dict[PoolKey, Units] = dict.fromkeys(board.pools, 0)
    for facts, cell in zip(board.listings, model.cells(state), strict=True):
        for part in facts.listing.recipe:
            shown[part.pool] += cell.available
    short = [pool for pool, units in board.sellable_units().items() if shown[pool] != units]
    return f"nothing to do, and yet {short[0]} does not show what is sellable" if short else ""


def _refreshed(model: WorldModel, state: State) -> State:
    """Let every write land and be answered, then read and close the ledger."""
    cells = tuple(_calm(model, cell) for cell in model.cells(state))
    outside = model.outsides.value(state[0])
    return model.state(replace(outside, faults=0, cancellations=0, feeds=()), cells)


def _calm(model: WorldModel, cell: Cell) -> Cell:
    while cell.busy:
        cell = _taken(model, cell, _ON_THE_WAY)
    while cell.reading is None:
        cell = _taken(model, cell, (" begins", " begins, looks"))
    while cell.reading is not None:
        cell = _taken(model, cell, (" looks", *(f" shows {units}" for units in range(9))))
    return cell if cell.complete and not cell.book.doubts else _taken(model, cell, (" complete",))


def _taken(model: WorldModel, cell: Cell, endings: tuple[str, ...]) -> Cell:
    steps = model.setting.stepper.steps(cell)
    return next(step.after for step in steps if step.label.endswith(endings))
