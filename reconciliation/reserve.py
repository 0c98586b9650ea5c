"""What is promised before demand is weighed: floors of listings, and units kept for a shop.

A floor is the least that a listing's share has while goods allow. Where they do not, floors are
met in the order in which shops are served. A floor counts towards the share: it changes nothing
for a listing that gets as much by its demand.

Units kept for a shop are sold by nobody else, whether or not that shop can sell them now; kept
for nobody, they are sold by none. A shop takes what is kept for it first. A shop that sells less
of a pool than is kept for it has a compartment of its own there, which `share` sees as another
pool; so the total never exceeds what there is, whatever is kept and wherever floors lie.

Without floors and without anything kept, the result is that of `share`.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from .allocation import Claimant, share
from .board import Board
from .catalog import ListingKey, PoolKey
from .exposure import exposure_units
from .quantities import Sku, Units


NOBODY = ""
"""In place of a shop: what is kept for nobody stays on the shelf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where units are kept: of a pool, for a shop."""

    pool: PoolKey
    shop: str


Kept = Mapping[Place, Units]
"""Units kept by place, those of whoever is served first in front."""


def kept_on(board: Board) -> dict[Place, Units]:
    """Return what is kept on a board, never more of a pool than is sellable.

    A listing's policy speaks of its first item, as everywhere; its word counts for its shop.
    What a listing that cannot be written may still sell is gone, and used up of its shop's.
    """
    if not _keeps_any(board):
        return {}
    wanted, left = _wanted(board), board.sellable_units()
    for place, units in _stranded(board):
        wanted[place] = max(wanted.get(place, 0) - units, 0)
        left[place.pool] = max(left[place.pool] - units, 0)
    return {place: units for place, units in _there(left, wanted).items() if units}


def _keeps_any(board: Board) -> bool:
    """Tell whether anything is to be kept; on most boards nothing is, and this is all."""
    for pool in board.pools.values():
        if pool.withheld_units or pool.kept_for:
            return True
    # Plain loops: this is asked for every decision, and a generator takes three times as long.
    for facts in board.listings:  # noqa: SIM110 - as said above
        if facts.policy.kept_units or facts.policy.kept_percent:
            return True
    return False


def _wanted(board: Board) -> dict[Place, Units]:
    """Return what is to be kept: for nobody first, then for whoever is served first."""
    wanted = {
        Place(pool=pool, shop=NOBODY): facts.withheld_units
        for pool, facts in board.pools.items()
        if facts.withheld_units
    }
    for facts in sorted(board.listings, key=lambda each: each.turn):
        for part in facts.listing.recipe:
            pool = board.pools[part.pool]
            units = pool.kept_for.get(facts.key.shop, 0)
            if part is facts.listing.recipe[0]:
                units += facts.policy.kept_of(pool.position.sellable_units)
            if units:
                place = Place(pool=part.pool, shop=facts.key.shop)
                wanted[place] = max(wanted.get(place, 0), units)
    return wanted


def _stranded(board: Board) -> Iterator[tuple[Place, Units]]:
    """Yield what listings that cannot be written may sell, by place."""
    for facts in board.listings:
        if facts.stranded_because:
            for part in facts.listing.recipe:
                place = Place(pool=part.pool, shop=facts.key.shop)
                yield place, exposure_units(facts.book) * part.units


def pools_sold_into(
    board: Board, kept: Kept, shown: Mapping[ListingKey, Units]
) -> frozenset[PoolKey]:
    """Return the pools in which what is shown reaches into units that are kept for others.

    A shop's listings may show what is kept for it, and all shops together the rest.
    """
    rest, showing = board.sellable_units(), dict.fromkeys(kept, 0)
    for place, units in kept.items():
        rest[place.pool] -= units
    for place, units in _stranded(board):
        rest[place.pool] -= units
    for facts in board.listings:
        for part in facts.listing.recipe if not facts.stranded_because else ():
            place = Place(pool=part.pool, shop=facts.key.shop)
            showing[place] = showing.get(place, 0) + shown[facts.key] * part.units
    for place, units in showing.items():
        rest[place.pool] -= max(units - kept.get(place, 0), 0)
    return frozenset(place.pool for place in kept if rest[place.pool] < 0)


# -- sharing ------------------------------------------------------------------------------------


def share_reserved(
    sellable: Mapping[PoolKey, Units], claimants: Sequence[Claimant], kept: Kept
) -> dict[ListingKey, Units]:
    """Return the sales that each listing may promise; together never more than is sellable.

    No shop's listings get units that are kept for another.
    """
    if not kept:
        return _share_above_floors(sellable, claimants)
    kept = _there(sellable, kept)
    apart = {place for place in kept if place.shop == NOBODY}
    while True:
        given = _share_above_floors(
            _compartments(sellable, kept, apart), [_within(each, apart) for each in claimants]
        )
        used = _used(claimants, given)
        # What they sell less of than is kept for them must not go to others.
        unfilled = {each for each in kept if used.get(each, 0) < kept[each]} - apart
        if not unfilled:
            return given
        apart |= unfilled


def _there(sellable: Mapping[PoolKey, Units], kept: Kept) -> dict[Place, Units]:
    """Return of what is kept what is there, in the order in which it is kept."""
    left = dict(sellable)
    there = {}
    for place, units in kept.items():
        there[place] = max(min(units, left[place.pool]), 0)
        left[place.pool] -= there[place]
    return there


def _compartments(
    sellable: Mapping[PoolKey, Units], kept: Kept, apart: AbstractSet[Place]
) -> dict[PoolKey, Units]:
    """Return the pools with some places taken out of them, each a pool of its own."""
    pools = dict(sellable)
    for place in apart:
        pools[_compartment(place)] = kept[place]
        pools[place.pool] -= kept[place]
    return pools


def _compartment(place: Place) -> PoolKey:
    """Return a key that no pool can have: SKUs hold no control characters."""
    return replace(place.pool, sku=Sku(f"{place.pool.sku}\0{place.shop}"))


def _within(claimant: Claimant, apart: AbstractSet[Place]) -> Claimant:
    """Return a claimant that draws on its shop's compartments, where it has some."""
    places = [Place(pool=part.pool, shop=claimant.key.shop) for part in claimant.recipe]
    if apart.isdisjoint(places):
        return claimant
    parts = zip(claimant.recipe, places, strict=True)
    recipe = tuple(
        replace(part, pool=_compartment(place)) if place in apart else part
        for part, place in parts
    )
    return replace(claimant, recipe=recipe)


def _used(claimants: Sequence[Claimant], given: Mapping[ListingKey, Units]) -> dict[Place, Units]:
    used: dict[Place, Units] = {}
    for claimant in claimants:
        for part in claimant.recipe:
            place = Place(pool=part.pool, shop=claimant.key.shop)
            used[place] = used.get(place, 0) + given[claimant.key] * part.units
    return used


def _share_above_floors(
    sellable: Mapping[PoolKey, Units], claimants: Sequence[Claimant]
) -> dict[ListingKey, Units]:
    """Share by demand; who gets less than its floor has its floor, and the others the rest."""
    if not any(claimant.units_min for claimant in claimants):
        return share(sellable, claimants)
    floors = _floors(sellable, claimants)
    at_floor: dict[ListingKey, Units] = {}
    while True:
        free = [each for each in claimants if each.key not in at_floor]
        left = dict(sellable)
        for claimant in claimants:
            for part in claimant.recipe:
                left[part.pool] -= part.units * at_floor.get(claimant.key, 0)
        given = share(left, free)
        below = {key: floors[key] for key in given if given[key] < floors.get(key, 0)}
        if not below:
            return given | at_floor
        at_floor |= below


def _floors(
    sellable: Mapping[PoolKey, Units], claimants: Sequence[Claimant]
) -> dict[ListingKey, Units]:
    """Return what each listing is sure of, in the order in which shops are served."""
    left = dict(sellable)
    floors = {}
    for claimant in sorted(claimants, key=lambda each: each.rank):
        wanted = min(claimant.units_min, claimant.units_max)
        if wanted > 0:
            there = min(left[part.pool] // part.units for part in claimant.recipe)
            floors[claimant.key] = min(wanted, there)
            for part in claimant.recipe:
                left[part.pool] -= part.units * floors[claimant.key]
    return floors
