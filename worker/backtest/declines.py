"""What the guard has learned in a replay of how the partner's figures fall short, file by file.

It is what the program keeps in the record: a history of each item, and their sum for the partner.
It begins with nothing, as a new partner does.
"""

from collections.abc import Iterable
from functools import reduce
from operator import add

from reconciliation.decline import DeclineHistory, DeclineTotals, law_of, learn, totals_of
from reconciliation.decline_law import DeclineLaw
from reconciliation.decline_seen import observe
from reconciliation.position import Claim, Snapshot

from ..steps.learn_decline import COMPARED_S_MAX


class LearnedDeclines:
    """The unexplained decline of every item, as the files that have come tell it."""

    def __init__(self, items: int) -> None:
        """Have seen no file."""
        self._histories = [DeclineHistory()] * items
        self._totals = [DeclineTotals()] * items
        self._before: list[Snapshot | None] = [None] * items
        self._partner = DeclineTotals()
        self._laws: dict[int, DeclineLaw | None] = {}

    def as_of(self, item: int) -> float | None:
        """Return the moment that the last file spoke of, None before the first."""
        before = self._before[item]
        return None if before is None else before.as_of

    def report(self, item: int, snapshot: Snapshot, claims: Iterable[Claim]) -> None:
        """Learn from a newer figure and the orders that are known by now.

        The first figure of an item, and one after a long gap, teach nothing.
        """
        before, self._before[item] = self._before[item], snapshot
        if before is None or snapshot.as_of - before.as_of > COMPARED_S_MAX:
            return
        history = self._histories[item]
        interval = observe(
            before,
            snapshot,
            claims,
            pending_units=history.pending_units,
            clock_tolerance_s=0.0,  # one clock in the replay
        )
        if interval is not None:
            self._histories[item] = learn(history, interval)
            self._totals[item] = totals_of(self._histories[item])

    def close(self) -> None:
        """Sum up what the items' figures in a file have told."""
        self._partner = reduce(add, self._totals, DeclineTotals())
        self._laws.clear()

    def law(self, item: int) -> DeclineLaw | None:
        """Return the law of an item's decline, None while no file has told anything."""
        if item not in self._laws:
            self._laws[item] = law_of(self._histories[item], self._partner)
        return self._laws[item]
