"""Goods are shared by demand, never beyond what is there, and more goods harm nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.allocation import Claimant, share
from reconciliation.catalog import ListingKey, PoolKey, Recipe
from reconciliation.quantities import Units

from ..support.boards import LAW, TEE, listing_key, pool_key, recipe


CAP = pool_key("CAP")
PLENTY = 99_999
Demand = int | Fraction


def claims(
    shop: str, demand: Demand = 1, *, of: Recipe = (), units_max: Units = PLENTY, rank: int = 0
) -> Claimant:
    """A shop's claim on tees, unless told otherwise."""
    return Claimant(
        key=listing_key(shop),
        recipe=of or recipe(TEE),
        demand=Fraction(demand),
        units_max=units_max,
        rank=rank,
    )


def shares(tees: Units, *claimants: Claimant, caps: Units = 0) -> list[Units]:
    """What each claimant gets, in their order."""
    given_out = share({TEE: tees, CAP: caps}, claimants)
    return [given_out[claimant.key] for claimant in claimants]


def taken(
    claimants: Sequence[Claimant], given_out: Mapping[ListingKey, Units]
) -> dict[PoolKey, Units]:
    """The units that the shares take out of each pool."""
    total = {TEE: 0, CAP: 0}
    for claimant in claimants:
        for part in claimant.recipe:
            total[part.pool] += part.units * given_out[claimant.key]
    return total


def walk(
    sellable: Mapping[PoolKey, Units], claimants: Sequence[Claimant]
) -> dict[ListingKey, Units]:
    """The rule as it is told, one sale at a time: the oracle of the fast one."""
    left = dict(sellable)
    given_out = {claimant.key: 0 for claimant in claimants}
    asking = list(claimants)
    while asking:
        next_one = min(
            asking,
            key=lambda each: ((given_out[each.key] + Fraction(1, 2)) / each.demand, each.rank),
        )
        enough = all(left[part.pool] >= part.units for part in next_one.recipe)
        if given_out[next_one.key] >= next_one.units_max or not enough:
            asking.remove(next_one)
            continue
        given_out[next_one.key] += 1
        for part in next_one.recipe:
            left[part.pool] -= part.units
    return given_out


recipes = st.sampled_from(
    [
        recipe(TEE),
        recipe(CAP),
        recipe((TEE, 2)),
        recipe((TEE, 3)),
        recipe(TEE, CAP),
        recipe((TEE, 2), (CAP, 3)),
    ]
)
demands = st.fractions(min_value=Fraction(1, 8), max_value=8, max_denominator=8)


def crowds(of: st.SearchStrategy[Recipe]) -> st.SearchStrategy[list[Claimant]]:
    """One to four shops, each with its claim and its place in the configured order."""
    one = st.builds(
        claims, st.just("?"), demands, of=of, units_max=st.sampled_from([0, 1, 3, 10, PLENTY])
    )
    return st.lists(one, min_size=1, max_size=4).map(
        lambda crowd: [
            replace(each, key=listing_key(shop), rank=rank)
            for rank, (shop, each) in enumerate(zip("ABCD", crowd, strict=False))
        ]
    )


amounts = st.integers(0, 60)


# --- laws ------------------------------------------------------------------------------------


@LAW
@given(tees=amounts, caps=amounts, crowd=crowds(recipes))
def test_no_pool_gives_more_than_it_has(tees: Units, caps: Units, crowd: list[Claimant]) -> None:
    """Bundles and packs included, every unit is promised once at most."""
    used = taken(crowd, share({TEE: tees, CAP: caps}, crowd))

    assert used[TEE] <= tees
    assert used[CAP] <= caps


@LAW
@given(tees=amounts, caps=amounts, crowd=crowds(recipes))
def test_nobody_gets_more_than_the_cap(tees: Units, caps: Units, crowd: list[Claimant]) -> None:
    """The guard's cap holds whatever the demand."""
    given_out = share({TEE: tees, CAP: caps}, crowd)

    assert all(given_out[each.key] <= each.units_max for each in crowd)


@LAW
@given(tees=amounts, caps=amounts, crowd=crowds(recipes))
def test_nothing_that_somebody_could_sell_is_left(
    tees: Units, caps: Units, crowd: list[Claimant]
) -> None:
    """Where units are left, everybody is at the cap or lacks a unit of something."""
    given_out = share({TEE: tees, CAP: caps}, crowd)
    used = taken(crowd, given_out)
    left = {TEE: tees - used[TEE], CAP: caps - used[CAP]}

    assert not [
        each
        for each in crowd
        if given_out[each.key] < each.units_max
        and all(left[part.pool] >= part.units for part in each.recipe)
    ]


@LAW
@given(tees=amounts, caps=amounts, crowd=crowds(recipes))
def test_the_leap_equals_the_walk(tees: Units, caps: Units, crowd: list[Claimant]) -> None:
    """Handing out many at once ends where handing out one by one does."""
    pools = {TEE: tees, CAP: caps}

    assert share(pools, crowd) == walk(pools, crowd)


@LAW
@given(
    tees=amounts,
    caps=amounts,
    of_tees=crowds(st.sampled_from([recipe(TEE), recipe((TEE, 2))])),
    of_caps=crowds(st.sampled_from([recipe(CAP), recipe((CAP, 3))])),
    mixed=st.randoms(use_true_random=False),
)
def test_who_has_no_pool_in_common_does_not_matter_to_each_other(
    tees: Units,
    caps: Units,
    of_tees: list[Claimant],
    of_caps: list[Claimant],
    mixed: Random,
) -> None:
    """Shared together, in whatever order they come, everybody gets what they get apart."""
    others = [replace(each, key=listing_key(f"other-{each.key.shop}")) for each in of_caps]
    crowd = [*of_tees, *others]
    mixed.shuffle(crowd)
    pools = {TEE: tees, CAP: caps}

    assert share(pools, crowd) == share(pools, of_tees) | share(pools, others)


@LAW
@given(tees=amounts, more=st.integers(1, 10), crowd=crowds(st.just(recipe(TEE))))
def test_more_goods_take_from_nobody(tees: Units, more: Units, crowd: list[Claimant]) -> None:
    """Of single units, more stock never lowers anybody's share."""
    few, many = shares(tees, *crowd), shares(tees + more, *crowd)

    assert all(before <= after for before, after in zip(few, many, strict=True))


@LAW
@given(tees=amounts, more=st.integers(1, 10), crowd=crowds(st.just(recipe((TEE, 3)))))
def test_more_goods_take_from_nobody_of_equal_packs(
    tees: Units, more: Units, crowd: list[Claimant]
) -> None:
    """Of packs of one size, more stock never lowers anybody's share."""
    few, many = shares(tees, *crowd), shares(tees + more, *crowd)

    assert all(before <= after for before, after in zip(few, many, strict=True))


@LAW
@given(tees=amounts, demand=demands, factor=st.integers(2, 50))
def test_only_the_ratio_of_demands_counts(tees: Units, demand: Fraction, factor: int) -> None:
    """Rates by the hour and by the day share alike."""
    by_day = shares(tees, claims("A", demand), claims("B", rank=1))
    by_hour = shares(tees, claims("A", demand / factor), claims("B", Fraction(1, factor), rank=1))

    assert by_day == by_hour


# --- examples --------------------------------------------------------------------------------


def test_shares_follow_demand() -> None:
    """Who sells three times as fast gets three times as much."""
    assert shares(40, claims("A", 3), claims("B", 1)) == [30, 10]


def test_the_last_unit_goes_where_it_sells_first() -> None:
    """One unit goes to the listing of the higher demand, whatever the order of shops."""
    assert shares(1, claims("A", 1), claims("B", 2, rank=1)) == [0, 1]


def test_ties_go_by_the_configured_order() -> None:
    """Between equals the shop that stands first is served first."""
    assert shares(3, claims("A", rank=1), claims("B", rank=0)) == [1, 2]


def test_what_a_cap_leaves_goes_to_the_others() -> None:
    """A throttled listing does not hold back what it may not show."""
    assert shares(20, claims("A", 3, units_max=2), claims("B", 1)) == [2, 18]


def test_a_pack_takes_whole_packs() -> None:
    """What is less than a pack sells no pack."""
    assert shares(11, claims("A", of=recipe((TEE, 6)))) == [1]


def test_a_bundle_takes_the_least_of_its_parts() -> None:
    """A bundle stops where its scarcest item does; the rest stays for the others."""
    bundle = claims("A", of=recipe(TEE, CAP))

    assert shares(10, bundle, claims("B"), caps=2) == [2, 8]


def test_nothing_is_shared_out_of_nothing() -> None:
    """No goods, no shares."""
    assert shares(0, claims("A"), claims("B")) == [0, 0]


def test_nobody_asking_is_no_trouble() -> None:
    """Goods without listings are shared among nobody."""
    assert share({TEE: 5}, []) == {}


@pytest.mark.parametrize("demand", [0, -1])
def test_a_demand_is_above_zero(demand: int) -> None:
    """What cannot be compared is refused when made."""
    with pytest.raises(ValueError, match="must be above 0"):
        claims("A", demand)


# --- size ------------------------------------------------------------------------------------


def test_the_work_does_not_grow_with_the_units() -> None:
    """Sharing a billion units ends: one by one it would outlast the test's time."""
    crowd = [claims("A", 5, units_max=10**9), claims("B", 3, rank=1, units_max=10**9)]

    assert sum(shares(10**9, *crowd)) == 10**9


def test_the_largest_listing_that_tiktok_takes_is_shared_by_demand() -> None:
    """At full size the shares are as true as at three units."""
    crowd = [claims("A", 5), claims("B", 3, rank=1), claims("C", 2, rank=2)]

    assert shares(99_999, *crowd) == [49_999, 30_000, 20_000]
