"""What each listing of a raced pool should show: its cap in the race, and enough for its buyers.

A pool is raced where its facts carry the terms of a race (`race`); else its goods are shared out
(`allocation`). The cap is the most that the race allows. What is shown needs to be no more than
buyers need: to show less than the cap while stock is plentiful leaves room for sales in other
shops, so that not each of them asks for a write (W3). What is shown already is left alone where it
costs hardly more than the best.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .board import Board, ListingFacts
from .catalog import ListingKey, PoolKey
from .demand import Demand
from .exposure import exposure_units, likely_units
from .quantities import Units
from .race import is_good_enough, overlap, priced
from .race_cost import Overlap
from .race_terms import RaceTerms


SIZE_LEVEL = 0.99
"""Buyers need so much that this share of orders finds enough."""

ORDERS_SHOWN = 1
"""Orders of that size that a listing shows at least, where the cap allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the race allows a listing, and what it should show.

    `read_closely`: only so is the cap safe.
    """

    cap_units: Units
    target_units: Units
    read_closely: bool


def raced(facts: ListingFacts, board: Board) -> bool:
    """Tell whether any of a listing's pools is raced."""
    return any(board.pools[part.pool].race is not None for part in facts.listing.recipe)


def shown_in_races(board: Board, selling: Iterable[ListingFacts]) -> dict[ListingKey, Shown]:
    """Return what each listing that sells from a raced pool should show, the tightest of all."""
    stuck = [facts for facts in board.listings if facts.stranded_because]
    drawing: dict[PoolKey, list[ListingFacts]] = {}
    for facts in selling:
        for part in facts.listing.recipe:
            if board.pools[part.pool].race is not None:
                drawing.setdefault(part.pool, []).append(facts)
    shown: dict[ListingKey, Shown] = {}
    for pool, group in drawing.items():
        units = _contested_units(board, pool, stuck)
        for key, allowed in _in_race(board, pool, group=group, units=units).items():
            before = shown.get(key, allowed)
            shown[key] = Shown(
                cap_units=min(allowed.cap_units, before.cap_units),
                target_units=min(allowed.target_units, before.target_units),
                read_closely=allowed.read_closely or before.read_closely,
            )
    return shown


def _in_race(
    board: Board, pool: PoolKey, *, group: list[ListingFacts], units: Units
) -> Mapping[ListingKey, Shown]:
    terms = board.pools[pool].race
    if terms is None:
        return {}
    packs, likely, demands = _in_pool_units(pool, group)
    best = overlap(units, demands, terms)
    caps = best.caps
    if any(now > cap for now, cap in zip(likely, caps, strict=True)) and is_good_enough(
        likely, units, demands, terms
    ):
        caps = tuple(max(now, cap) for now, cap in zip(likely, caps, strict=True))
    return {
        facts.key: Shown(
            cap_units=cap // pack,
            target_units=_packs(_enough_units(now, cap, demand, terms), cap, pack=pack),
            read_closely=best.read_closely,
        )
        for facts, pack, now, cap, demand in zip(group, packs, likely, caps, demands, strict=True)
    }


def _contested_units(board: Board, pool: PoolKey, stuck: Iterable[ListingFacts]) -> Units:
    """Return what may be sold: the goods less what listings that are stuck still show."""
    fixed = sum(exposure_units(facts.book) * facts.listing.units_of(pool) for facts in stuck)
    return max(board.goods_units(pool) - fixed, 0)


def _in_pool_units(
    pool: PoolKey, group: Iterable[ListingFacts]
) -> tuple[list[Units], list[Units], list[Demand]]:
    """Return what a sale of each listing takes of a pool, what it shows of it, and the demand."""
    packs, likely, demands = [], [], []
    for facts in group:
        pack = facts.listing.units_of(pool)
        packs.append(pack)
        likely.append(likely_units(facts.book) * pack)
        demands.append(facts.forecast.in_packs_of(pack))
    return packs, likely, demands


def _packs(enough: Units, cap: Units, *, pack: Units) -> Units:
    """Return the sales for which a listing should show goods: a pack that is begun is whole."""
    return min(-(-enough // pack), cap // pack)


def _enough_units(now: Units, cap: Units, demand: Demand, terms: RaceTerms) -> Units:
    """Return what a listing should show: what it shows now, where that is enough."""
    needed = min(ORDERS_SHOWN * _usual_most(demand), cap)
    level = max(needed, math.ceil(cap * terms.shown_percent / 100.0))
    return now if needed <= now <= cap and 2 * now >= level else level


def _usual_most(demand: Demand) -> Units:
    """Return the size that hardly any order exceeds."""
    reached = 0.0
    for units, chance in enumerate(demand.sizes, start=1):
        reached += chance
        if reached >= SIZE_LEVEL:
            return units
    return len(demand.sizes)


def race_now(board: Board, pool: PoolKey) -> Overlap | None:
    """Return what it costs to show what a raced pool's listings show now, None for no race."""
    terms = board.pools[pool].race
    if terms is None:
        return None
    _, shown, demands = _in_pool_units(pool, board.drawing()[pool])
    goods = board.goods_units(pool)
    # What a listing shows beyond all goods is lowered at once, and is no matter of the race.
    within = [min(units, goods) for units in shown]
    closely = bool(terms.close_windows) and overlap(goods, demands, terms).read_closely
    return replace(priced(within, goods, demands, terms, closely=closely), caps=tuple(shown))
