"""The slices: small worlds that each let one kind of trouble happen, beside sales and reads."""

import itertools
from dataclasses import dataclass

from reconciliation.policy import TIKTOK_UNITS_MAX, GuardPolicy
from reconciliation.quantities import Units

from .cells import Cell, known_cell, new_cell
from .rulebook import Rulebook
from .steps import Fault, Stepper
from .world_model import Outside, Setting, State, WorldModel


TWO_SHOPS = ((0, 0), (1, 0))
"""Two shops, one listing each, drawing on one pool."""
TWO_WAREHOUSES = ((0, 0), (0, 1))
"""One shop, one SKU in two TikTok warehouses, each drawing on a pool of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A world to explore. `cells` are the listings that a path may start with.

    A search that stops short of `states_floor` or `depth_floor` explores less than it did when
    the slice was written, and says so by failing.
    """

    name: str
    goods: tuple[Units, ...]
    cells: tuple[Cell, ...]
    places: tuple[tuple[int, int], ...] = TWO_SHOPS
    faults: int = 0
    kinds: frozenset[Fault] = frozenset()
    cancellations: int = 0
    feeds: tuple[Units, ...] = ()
    blurred: bool = False
    slow_reads: bool = False
    listing_units_max: Units = TIKTOK_UNITS_MAX
    depth_max: int = 1_000
    states_floor: int = 0
    depth_floor: int = 0

    def model(self, rulebook: Rulebook) -> WorldModel:
        """Return the world under a rulebook."""
        stepper = Stepper(
            rulebook=rulebook,
            faults=self.kinds,
            blurred=self.blurred,
            slow_reads=self.slow_reads,
        )
        setting = Setting(
            places=self.places,
            stepper=stepper,
            policy=plain_policy(self.listing_units_max),
            symmetric=self.places == TWO_SHOPS,
        )
        return WorldModel(setting)

    def starts(self, model: WorldModel) -> list[State]:
        """Return every start whose promises the goods cover."""
        outside = Outside(
            goods=self.goods,
            peak=self.goods,
            faults=self.faults,
            cancellations=self.cancellations,
            feeds=self.feeds,
        )
        choices = itertools.product(self.cells, repeat=len(self.places))
        states = [model.normal(model.state(outside, cells)) for cells in choices]
        return [state for state in dict.fromkeys(states) if not promise_broken(model, None, state)]


def plain_policy(listing_units_max: Units) -> GuardPolicy:
    """Return a policy that keeps nothing back, so that only the bound stands in the way."""
    return GuardPolicy(
        throttle_at_units=0,
        open_at_units=1,
        resume_at_units=1,
        dwell_s_min=0.0,
        raise_units_min=1,
        raise_percent_min=0.0,
        move_s_min=0.0,
        read_age_s_max=1_000_000.0,
        listing_units_max=listing_units_max,
    )


def promise_broken(model: WorldModel, before: State | None, after: State) -> str:
    """Say where more is promised than there ever was, or a write of ours promises too much."""
    outside = model.outsides.value(after[0])
    claims = model.claimed(after)
    for pool, claimed in enumerate(claims):
        if claimed > outside.peak[pool]:
            return f"pool {pool}: {claimed} sold or promised of {outside.peak[pool]}"
        beyond = claimed > outside.goods[pool]
        if beyond and before is not None and claimed > model.claimed(before)[pool]:
            return f"pool {pool}: a write promises {claimed} of {outside.goods[pool]}"
    return ""


def oversold(model: WorldModel, _before: State | None, after: State) -> str:
    """Say where more orders want a unit than there ever were units."""
    outside = model.outsides.value(after[0])
    for pool, live in enumerate(model.live(after)):
        if live > outside.peak[pool]:
            return f"pool {pool}: {live} orders for {outside.peak[pool]} units"
    return ""


def _known(units_max: Units) -> tuple[Cell, ...]:
    return tuple(known_cell(units) for units in range(units_max + 1))


EVERY_FAULT = frozenset(Fault)

TWO_WRITERS = Slice(
    name="two writers",
    goods=(2,),
    cells=_known(2),
    blurred=True,
    states_floor=180_000,
    depth_floor=30,
)
SLOW_READS = Slice(
    name="slow reads",
    goods=(2,),
    cells=_known(2),
    slow_reads=True,
    depth_max=22,
    states_floor=130_000,
    depth_floor=22,
)
WAREHOUSES = Slice(
    name="two warehouses",
    goods=(1, 1),
    cells=_known(1),
    places=TWO_WAREHOUSES,
    feeds=(1,),
    depth_max=18,
    states_floor=300_000,
    depth_floor=18,
)
CANCELLATION = Slice(
    name="cancellation",
    goods=(1,),
    cells=_known(1),
    cancellations=1,
    states_floor=240_000,
    depth_floor=30,
)
FEED = Slice(
    name="feed",
    goods=(1,),
    cells=_known(1),
    feeds=(1, -1),
    states_floor=180_000,
    depth_floor=30,
)
CRASH = Slice(
    name="crash",
    goods=(1,),
    cells=_known(1),
    faults=2,
    kinds=EVERY_FAULT,
    slow_reads=True,
    blurred=True,
    states_floor=120_000,
    depth_floor=30,
)
LATE_WRITES = Slice(
    name="late writes",
    goods=(2,),
    cells=_known(2),
    faults=1,
    kinds=frozenset({Fault.TIMEOUT}),
    depth_max=22,
    states_floor=200_000,
    depth_floor=22,
)
NEWCOMER = Slice(
    name="newcomer",
    goods=(2,),
    cells=(*(new_cell(shown, unheard) for shown in (0, 1) for unheard in (0, 1)), *_known(1)),
    states_floor=150_000,
    depth_floor=30,
)
CAPPED = Slice(
    name="capped",
    goods=(4,),
    cells=(new_cell(2, 1), new_cell(0, 1), *_known(3)),
    listing_units_max=1,
    depth_max=12,
    states_floor=100_000,
    depth_floor=12,
)

SLICES = (
    TWO_WRITERS,
    SLOW_READS,
    WAREHOUSES,
    CANCELLATION,
    FEED,
    CRASH,
    LATE_WRITES,
    NEWCOMER,
    CAPPED,
)
