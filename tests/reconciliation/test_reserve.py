"""Floors, priorities, and units kept for a shop or for nobody: honoured, never beyond goods."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.allocation import Claimant, share
from reconciliation.board import Board, PoolFacts
from reconciliation.catalog import ListingKey, PoolKey, Recipe
from reconciliation.guard import GuardState
from reconciliation.plan import decide
from reconciliation.policy import GuardPolicy
from reconciliation.quantities import Units
from reconciliation.reserve import Place, kept_on, share_reserved

from ..support.boards import (
    LAW,
    NO_LIMITS,
    TEE,
    board,
    decision_on,
    goods,
    listed,
    listing_key,
    plan_for,
    pool_key,
    recipe,
    written_by_shop,
)


CAP = pool_key("CAP")
PLENTY = 99_999
SINGLE = recipe(TEE)


def claims(
    shop: str,
    demand: int = 1,
    *,
    floor: Units = 0,
    units_max: Units = PLENTY,
    rank: int = 0,
    of: Recipe = SINGLE,
) -> Claimant:
    """A shop's claim on tees, unless told otherwise."""
    return Claimant(
        key=listing_key(shop),
        recipe=of,
        demand=Fraction(demand),
        units_max=units_max,
        units_min=floor,
        rank=rank,
    )


def kept(**units: Units) -> dict[Place, Units]:
    """Tees kept by shop; for nobody under the name `nobody`."""
    names = {name: "" if name == "nobody" else name for name in units}
    return {Place(pool=TEE, shop=names[name]): count for name, count in units.items()}


def shares(
    tees: Units, *claimants: Claimant, keep: Mapping[Place, Units] | None = None
) -> list[Units]:
    """What each claimant gets, in their order."""
    given_out = share_reserved({TEE: tees, CAP: 0}, claimants, keep or {})
    return [given_out[claimant.key] for claimant in claimants]


def taken(
    pool: PoolKey, claimants: Sequence[Claimant], given_out: Mapping[ListingKey, Units]
) -> Units:
    """The units that some shares take out of a pool."""
    return sum(
        part.units * given_out[each.key]
        for each in claimants
        for part in each.recipe
        if part.pool == pool
    )


# --- laws --------------------------------------------------------------------------------------

recipes = st.sampled_from([SINGLE, SINGLE, recipe(CAP), recipe((TEE, 3)), recipe(TEE, CAP)])


def crowds(of: st.SearchStrategy[Recipe]) -> st.SearchStrategy[list[Claimant]]:
    """One to four shops, each with its claim, its floor and its turn."""
    one = st.builds(
        claims,
        st.just("?"),
        st.integers(1, 6),
        floor=st.sampled_from([0, 0, 1, 4, 15]),
        units_max=st.sampled_from([0, 2, 10, PLENTY]),
        rank=st.integers(0, 3),
        of=of,
    )
    return st.lists(one, min_size=1, max_size=4).map(
        lambda crowd: [
            replace(each, key=listing_key(shop)) for shop, each in zip("ABCD", crowd, strict=False)
        ]
    )


amounts = st.integers(0, 40)
keeps = st.dictionaries(
    st.builds(Place, pool=st.sampled_from([TEE, CAP]), shop=st.sampled_from(["A", "B", "Z", ""])),
    st.integers(1, 25),
    max_size=4,
)


@LAW
@given(tees=amounts, caps=amounts, crowd=crowds(recipes), keep=keeps)
def test_no_pool_gives_more_than_it_has(
    tees: Units, caps: Units, crowd: list[Claimant], keep: dict[Place, Units]
) -> None:
    """Whatever is kept and wherever floors lie, every unit is promised once at most."""
    given_out = share_reserved({TEE: tees, CAP: caps}, crowd, keep)

    assert taken(TEE, crowd, given_out) <= tees
    assert taken(CAP, crowd, given_out) <= caps


@LAW
@given(tees=amounts, caps=amounts, crowd=crowds(recipes), keep=keeps)
def test_nobody_gets_what_is_kept_for_another(
    tees: Units, caps: Units, crowd: list[Claimant], keep: dict[Place, Units]
) -> None:
    """The others leave it, sold or not; of too little, who is kept for first is served first."""
    pools = {TEE: tees, CAP: caps}
    given_out = share_reserved(pools, crowd, keep)
    left = dict(pools)
    for place, units in keep.items():
        there = min(units, left[place.pool])
        left[place.pool] -= there
        others = [each for each in crowd if each.key.shop != place.shop]

        assert taken(place.pool, others, given_out) <= pools[place.pool] - there


@LAW
@given(tees=amounts, caps=amounts, crowd=crowds(recipes), keep=keeps)
def test_nobody_gets_more_than_the_cap(
    tees: Units, caps: Units, crowd: list[Claimant], keep: dict[Place, Units]
) -> None:
    """The guard's cap holds above every floor."""
    given_out = share_reserved({TEE: tees, CAP: caps}, crowd, keep)

    assert all(given_out[each.key] <= each.units_max for each in crowd)


@LAW
@given(tees=amounts, caps=amounts, crowd=crowds(recipes))
def test_floors_are_met_in_the_order_of_turns(
    tees: Units, caps: Units, crowd: list[Claimant]
) -> None:
    """Each listing has its floor, or what those before it have left of the goods for it."""
    given_out = share_reserved({TEE: tees, CAP: caps}, crowd, {})
    left = {TEE: tees, CAP: caps}
    for each in sorted(crowd, key=lambda claimant: claimant.rank):
        there = min(left[part.pool] // part.units for part in each.recipe)
        floor = min(each.units_min, each.units_max, there)
        for part in each.recipe:
            left[part.pool] -= part.units * floor

        assert given_out[each.key] >= floor


@LAW
@given(tees=amounts, caps=amounts, crowd=crowds(recipes))
def test_without_floors_nothing_is_other_than_by_demand(
    tees: Units, caps: Units, crowd: list[Claimant]
) -> None:
    """Taking floors and keeps away gives back the shares by demand exactly."""
    plain = [replace(each, units_min=0) for each in crowd]
    pools = {TEE: tees, CAP: caps}

    assert share_reserved(pools, plain, {}) == share(pools, plain)


@LAW
@given(tees=amounts, caps=amounts, crowd=crowds(recipes))
def test_a_floor_below_the_share_changes_nothing(
    tees: Units, caps: Units, crowd: list[Claimant]
) -> None:
    """Who gets as much by demand is not better off for a floor."""
    pools = {TEE: tees, CAP: caps}
    by_demand = share(pools, crowd)
    floored = [replace(each, units_min=by_demand[each.key]) for each in crowd]

    assert share_reserved(pools, floored, {}) == by_demand


@LAW
@given(tees=amounts, crowd=crowds(st.just(SINGLE)), keep=keeps)
def test_what_nobody_is_kept_from_is_not_left(
    tees: Units, crowd: list[Claimant], keep: dict[Place, Units]
) -> None:
    """Of single units, what is left is kept, or everybody is at the cap."""
    given_out = share_reserved({TEE: tees, CAP: 0}, crowd, keep)
    left = tees - taken(TEE, crowd, given_out)
    kept_units = sum(units for place, units in keep.items() if place.pool == TEE)

    assert left <= kept_units or all(given_out[each.key] == each.units_max for each in crowd)


# --- floors and priorities ---------------------------------------------------------------------


def test_a_floor_lifts_a_slow_listing() -> None:
    """It gets its floor, and the others share the rest."""
    assert shares(20, claims("A", 9), claims("B", 1, floor=5)) == [15, 5]


def test_a_floor_counts_towards_the_share() -> None:
    """It is the least, not something on top."""
    assert shares(20, claims("A", 1), claims("B", 1, floor=5)) == [10, 10]


def test_of_too_few_goods_the_first_in_turn_has_its_floor() -> None:
    """The next has what is left."""
    assert shares(7, claims("A", 9, floor=5, rank=1), claims("B", floor=5, rank=0)) == [2, 5]


def test_a_cap_is_above_a_floor() -> None:
    """A throttled listing shows no more for having a floor."""
    assert shares(20, claims("A", floor=8, units_max=3), claims("B")) == [3, 17]


def test_a_priority_takes_the_last_unit() -> None:
    """Between equals it decides before the order of the shops."""
    first, second = (
        listed(shop, rank=rank, policy=replace(NO_LIMITS, priority=priority))
        for shop, rank, priority in (("A", 0, 0), ("B", 1, 1))
    )

    assert written_by_shop(plan_for(1, first, second)) == {"B": 1}


# --- kept units --------------------------------------------------------------------------------


def test_a_shop_takes_what_is_kept_for_it_first() -> None:
    """Where its share is larger, the rest comes from what all may sell."""
    assert shares(20, claims("A", 3), claims("B"), keep=kept(A=10)) == [15, 5]


def test_a_shop_that_sells_less_has_what_is_kept_all_the_same() -> None:
    """By demand it would get two."""
    assert shares(20, claims("A", 1), claims("B", 9), keep=kept(A=10)) == [10, 10]


def test_what_a_paused_shop_is_kept_is_sold_by_nobody() -> None:
    """It may not show anything now; it is still its own."""
    assert shares(20, claims("A", units_max=0), claims("B"), keep=kept(A=10)) == [0, 10]


def test_what_is_kept_for_nobody_stays() -> None:
    """Another channel sells it."""
    assert shares(20, claims("A"), claims("B"), keep=kept(nobody=6)) == [7, 7]


def test_what_is_kept_for_another_meets_no_floor() -> None:
    """A floor is met from what the listing may sell."""
    assert shares(10, claims("A", floor=5), claims("B"), keep=kept(B=8)) == [2, 8]


# --- on a board --------------------------------------------------------------------------------


def keeping(**changes: float) -> GuardPolicy:
    """A policy without limits that keeps something."""
    return replace(NO_LIMITS, **changes)  # type: ignore[arg-type]  # whole numbers are floats too


def on_board(tees: PoolFacts | Units, *, a: GuardPolicy = NO_LIMITS, shows: Units = 0) -> Board:
    """Tees that shops A and B sell, each showing so many."""
    pool = goods(tees) if isinstance(tees, int) else tees
    return board({TEE: pool}, listed("A", policy=a, shows=shows), listed("B", shows=shows, rank=1))


@pytest.mark.parametrize(
    ("policy", "units"),
    [
        (keeping(kept_units=4), 4),
        (keeping(kept_percent=25.0), 3),
        (keeping(kept_units=4, kept_percent=50.0), 5),
        (keeping(kept_units=40), 10),
    ],
)
def test_a_policy_keeps_units_or_percent(policy: GuardPolicy, units: Units) -> None:
    """The larger of both, rounded up, and never more than there is."""
    assert kept_on(on_board(10, a=policy)) == kept(A=units)


def test_a_persons_word_is_added_to_the_policy() -> None:
    """A promotion's stock comes on top of what is kept anyway."""
    pool = replace(goods(10), kept_for={"A": 3})

    assert kept_on(on_board(pool, a=keeping(kept_units=2))) == kept(A=5)


def test_a_board_that_keeps_nothing_keeps_nothing() -> None:
    """The usual case."""
    assert kept_on(on_board(10)) == {}


def test_what_a_stranded_listing_may_sell_is_used_up() -> None:
    """It is the shop's own, and it is gone."""
    on = on_board(10, a=keeping(kept_units=6), shows=4)
    stranded = replace(on.listings[0], stranded_because="the shop was revoked")

    assert kept_on(replace(on, listings=(stranded, on.listings[1]))) == kept(A=2)


def test_units_that_are_kept_for_another_are_taken_off_sale() -> None:
    """Who shows them when they come to be kept is lowered to its share, and told why."""
    plan = decide(on_board(10, a=keeping(kept_units=8), shows=5))

    assert decision_on(plan, "B").cap_rule == "units of east/TEE are kept for others"
    assert written_by_shop(plan)["B"] <= 2


def test_a_shop_may_show_what_is_kept_for_it() -> None:
    """Nothing is lowered where nobody shows what is another's."""
    plan = decide(on_board(10, a=keeping(kept_units=5), shows=5))

    assert plan.writes == ()


def test_what_is_withheld_is_taken_off_sale() -> None:
    """No listing is left with it."""
    plan = decide(on_board(replace(goods(10), withheld_units=4), shows=5))

    assert all(units <= 3 for units in written_by_shop(plan).values())
    assert len(plan.writes) == 2


def test_a_reserve_pauses_nobody() -> None:
    """A listing of which all units are kept for others shows nothing, and is not paused."""
    decision = decision_on(decide(on_board(5, a=keeping(kept_units=5))), "B")

    assert (decision.target_units, decision.state) == (0, GuardState.OPEN)
