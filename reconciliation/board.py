"""Everything one decision looks at, as a value: the pools, their listings, and the moment."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from .catalog import Listing, ListingKey, PoolKey
from .demand import NO_DEMAND, Demand
from .exposure import ListingBook
from .guard import GuardState, Staleness, staleness
from .policy import Assumptions, GuardPolicy
from .position import Position
from .quantities import EPOCH, Instant, Units
from .race_terms import RaceTerms


SHOPS_MAX = 1_000_000
"""More than there are places in the order of shops: no place outweighs a priority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFacts:
    """A pool at the moment of a decision; `moved_at`: when stock last moved between shops.

    `headroom_percent` of what is sellable is left free when the pool is shared out.
    `withheld_units` are given to no listing, `kept_for` holds what a shop's listings alone may
    have by a person's word. Where `race` is given, listings may promise the same units on its
    terms; else each unit is promised once.
    """

    position: Position
    moved_at: Instant | None = None
    headroom_percent: float = 0.0
    withheld_units: Units = 0
    kept_for: Mapping[str, Units] = field(default_factory=dict)
    race: RaceTerms | None = None

    @property
    def shareable_units(self) -> Units:
        """Return what is shared out between listings: sellable less headroom."""
        sellable = self.position.sellable_units
        return sellable - math.floor(sellable * self.headroom_percent / 100.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A person's word on a listing: show `units_max` at most.

    One that `freezes` also forbids every increase: it respects a quantity that a person set on
    TikTok, where we were not told why.
    """

    units_max: Units
    why: str
    freezes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingFacts:
    """A listing at the moment of a decision.

    `ledger_complete_up_to`: every order of its shop placed before that is in the ledger, None
    if that was never shown. `demand` is its rate relative to the others', by which goods are
    shared; `forecast` is what a race is priced by. `rank` is its shop's place in the configured
    order. `stranded_because` names why it cannot be written; `least_units` is the least that can,
    above 0 where backorders can be
    bought or TikTok has refused less. `policy_version` is that of its
    policy, 0 for the settings'.
    """

    listing: Listing
    book: ListingBook
    policy: GuardPolicy
    state: GuardState = GuardState.OPEN
    since: Instant = EPOCH
    resumes: tuple[Instant, ...] = ()
    ledger_complete_up_to: Instant | None = None
    demand: Fraction = Fraction(1)
    forecast: Demand = NO_DEMAND
    rank: int = 0
    hold: Hold | None = None
    stranded_because: str = ""
    least_units: Units = 0
    policy_version: int = 0

    def __post_init__(self) -> None:
        """Refuse a demand that cannot be compared."""
        if self.demand <= 0:
            raise ValueError(f"the demand of {self.listing.key} must be above 0")

    @property
    def key(self) -> ListingKey:
        """Return the listing's key."""
        return self.listing.key

    @property
    def turn(self) -> int:
        """Return when it is served, the least first: by priority, then by its shop's place."""
        return self.rank - self.policy.priority * SHOPS_MAX

    @property
    def sku_group(self) -> tuple[str, str, str]:
        """Return what TikTok updates together: one SKU of a product in all its warehouses."""
        return (self.key.shop, self.key.product_id, self.key.sku_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Pools and all listings that draw on them; complete, or the bound means nothing.

    Raises `ValueError` where a listing draws on a pool that the board does not hold.
    """

    now: Instant
    pools: Mapping[PoolKey, PoolFacts]
    listings: tuple[ListingFacts, ...]
    assumptions: Assumptions = field(default_factory=Assumptions)
    _unheard: dict[PoolKey, Units] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Refuse a board with a hole in it, and sum up what went of each pool unheard of."""
        for facts in self.listings:
            unheard = facts.book.unheard_units
            for part in facts.listing.recipe:
                if part.pool not in self.pools:
                    raise ValueError(f"{facts.key} draws on {part.pool}, which is not here")
                if unheard:
                    units = unheard * part.units
                    self._unheard[part.pool] = self._unheard.get(part.pool, 0) + units

    def sellable_units(self) -> dict[PoolKey, Units]:
        """Return what the listings of each pool may promise together."""
        return {key: facts.position.sellable_units for key, facts in self.pools.items()}

    def drawing(self) -> dict[PoolKey, list[ListingFacts]]:
        """Return the listings that draw on each pool."""
        drawing: dict[PoolKey, list[ListingFacts]] = {pool: [] for pool in self.pools}
        for facts in self.listings:
            for pool in {part.pool for part in facts.listing.recipe}:
                drawing[pool].append(facts)
        return drawing

    def goods_units(self, pool: PoolKey) -> Units:
        """Return what may be promised of a pool.

        In a race a unit that a read saw go, and that no order has told of yet, counts against all;
        else it counts against its listing, whose exposure it is part of.
        """
        sellable = self.pools[pool].position.sellable_units
        if self.pools[pool].race is None:
            return sellable
        return max(sellable - self._unheard.get(pool, 0), 0)

    def supply_units(self, facts: ListingFacts) -> Units | None:
        """Return how many sales of a listing the goods allow, None where that is unknown."""
        supplies = []
        for part in facts.listing.recipe:
            if not self.pools[part.pool].position.known:
                return None
            supplies.append(self.goods_units(part.pool) // part.units)
        return min(supplies)

    def snapshot_as_of(self, facts: ListingFacts) -> Instant | None:
        """Return the as-of time of the oldest snapshot that the listing depends on."""
        known = [self.pools[part.pool].position.as_of for part in facts.listing.recipe]
        instants = [as_of for as_of in known if as_of is not None]
        return min(instants) if len(instants) == len(known) else None

    def staleness(self, facts: ListingFacts) -> Staleness:
        """Return the lowest rung among the feeds that a listing depends on, each by its schedule.

        A pool that no feed has named is unknown, not stale.
        """
        positions = [self.pools[part.pool].position for part in facts.listing.recipe]
        rungs = [
            staleness(self.now - each.as_of, facts.policy, expected_every_s=each.expected_every_s)
            for each in positions
            if each.as_of is not None
        ]
        return max(rungs, default=Staleness.FRESH)
