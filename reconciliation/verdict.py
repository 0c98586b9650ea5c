"""What a decision says: the writes to make, and for each listing its terms in plain words."""

from dataclasses import dataclass
from enum import IntEnum

from .catalog import ListingKey
from .guard import GuardState, Staleness
from .quantities import Units


class WriteClass(IntEnum):
    """How urgent a write is; lower goes first (design 3.10)."""

    OVERSELL_DECREASE = 0
    """The goods no longer cover what is shown."""
    PAUSE = 1
    DECREASE = 2
    MOVE = 3
    """To zero, so that another listing of the pool can have its share."""
    SENT_ALONG = 4
    """Unchanged, but TikTok wants all warehouses of a SKU in one call."""
    RAISE_FROM_ZERO = 5
    RAISE = 6


DECREASES = frozenset(
    {WriteClass.OVERSELL_DECREASE, WriteClass.PAUSE, WriteClass.DECREASE, WriteClass.MOVE}
)
"""Writes that show less than before: a fifth of the quota is kept for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A quantity to set on TikTok, what it is set from, and why."""

    key: ListingKey
    units: Units
    shown_units: Units
    write_class: WriteClass
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided for one listing, and from which numbers.

    `cap_units` and `cap_rule` are the guard's word, `target_units` the share under that cap,
    `obstacle` what keeps the listing from its target, empty if nothing does. It
    `waits_for_proof` if all that a raise lacks is a fresh read or a complete ledger. Where its
    goods are nearly gone it may have to be `read_closely`.
    """

    key: ListingKey
    state_before: GuardState
    state: GuardState
    rung: Staleness
    supply_units: Units | None
    cap_units: Units
    cap_rule: str
    target_units: Units
    shown_units: Units
    exposure_units: Units
    obstacle: str = ""
    waits_for_proof: bool = False
    read_closely: bool = False
    write: Write | None = None

    @property
    def reason(self) -> str:
        """Return the decision in a few words."""
        if self.write is not None:
            return self.write.reason
        if self.obstacle:
            return self.obstacle
        return self.cap_rule if self.target_units == self.cap_units else "at its share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All decisions of one board; the writes in the order in which they should go out."""

    decisions: tuple[Decision, ...]

    @property
    def writes(self) -> tuple[Write, ...]:
        """Return the writes, the most urgent first."""
        made = [decision.write for decision in self.decisions if decision.write is not None]
        return tuple(sorted(made, key=lambda write: (write.write_class, write.key)))
