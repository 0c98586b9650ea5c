"""A listing's decision while it is made: what the guard said of it, and what is planned since."""

from dataclasses import dataclass

from .board import ListingFacts
from .guard import GuardState, Staleness
from .quantities import Units
from .verdict import Decision, Write


@dataclass(slots=True, kw_only=True)
class Draft:
    """What will be a `Decision`, with the same meanings; `raced`: one of its pools is.

    Unlike it a draft changes, as the passes go on: a decision anew for each change took longer
    than the passes themselves.
    """

    facts: ListingFacts
    state: GuardState
    rung: Staleness
    supply_units: Units | None
    cap_units: Units
    cap_rule: str
    shown_units: Units
    exposure_units: Units
    raced: bool
    target_units: Units = 0
    obstacle: str = ""
    waits_for_proof: bool = False
    read_closely: bool = False
    write: Write | None = None

    @property
    def heading_units(self) -> Units:
        """Return what the listing is heading for, this plan's write included."""
        return self.shown_units if self.write is None else self.write.units

    @property
    def goal_units(self) -> Units:
        """Return what the listing should show: its share, under the guard's cap."""
        return min(self.target_units, self.cap_units)

    def decision(self) -> Decision:
        """Return the decision as it is now."""
        return Decision(
            key=self.facts.listing.key,
            state_before=self.facts.state,
            state=self.state,
            rung=self.rung,
            supply_units=self.supply_units,
            cap_units=self.cap_units,
            cap_rule=self.cap_rule,
            target_units=self.target_units,
            shown_units=self.shown_units,
            exposure_units=self.exposure_units,
            obstacle=self.obstacle,
            waits_for_proof=self.waits_for_proof,
            read_closely=self.read_closely,
            write=self.write,
        )
