"""Which orders to give up: by hand, and against every other choice there is."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Sku
from reconciliation.risk import OrderKey
from reconciliation.shortage import HARM_GRAIN, Claim, harm_of_cancelling, least_harm

from ..support.boards import LAW


TEE, MUG, HAT = (PoolKey(warehouse="EAST", sku=Sku(sku)) for sku in ("TEE", "MUG", "HAT"))


def claim(order_id: str, **fields: object) -> Claim:
    """An order of shop A for a tee, placed at 0 and due at 100, in a shop with all its room."""
    given = {
        "order": OrderKey(shop="A", order_id=order_id),
        "units": {TEE: 1},
        "harm": 1.0,
        "placed_at": Instant(0.0),
        "due_at": Instant(100.0),
        **fields,
    }
    return Claim(**given)  # type: ignore[arg-type]  # a builder: each test names its fields


def chosen(missing: Mapping[PoolKey, int], *claims: Claim, **limits: int) -> list[str]:
    """The ids of the orders that are given up."""
    found = least_harm(missing, claims, **limits)
    return sorted(each.order_id for each in found.given_up)


# --- by hand ---------------------------------------------------------------------------------


def test_one_order_is_better_than_two() -> None:
    """Two tees are missing: the order for two is given up, not the two for one."""
    late = Instant(200.0)

    assert chosen(
        {TEE: 2}, claim("two", units={TEE: 2}), claim("a", due_at=late), claim("b", due_at=late)
    ) == ["two"]


def test_a_bundle_frees_all_its_goods_at_once() -> None:
    """A tee and a mug are missing: the set that takes both is one order, not two."""
    claims = [claim("tee"), claim("mug", units={MUG: 1}), claim("set", units={TEE: 1, MUG: 1})]

    assert chosen({TEE: 1, MUG: 1}, *claims) == ["set"]


def test_two_cheap_orders_are_better_than_one_that_is_dear() -> None:
    """Beyond recovery an order weighs nothing, so that two of them weigh less than one."""
    claims = [claim("a", harm=0.0), claim("b", harm=0.0), claim("two", units={TEE: 2})]

    assert chosen({TEE: 2}, *claims) == ["a", "b"]


def test_a_shop_with_room_bears_it() -> None:
    """Of two orders alike the one is cancelled whose shop is further from its limit."""
    near = harm_of_cancelling(lost_chance=0.0, limit_used_ratio=0.9)

    assert chosen({TEE: 1}, claim("near", harm=near), claim("far", harm=1.1)) == ["far"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"due_at": Instant(99.0)}, {"due_at": Instant(100.0)}),
        ({"due_at": Instant(99.0)}, {"due_at": None}),
        ({"placed_at": Instant(1.0)}, {"placed_at": Instant(2.0)}),
    ],
)
def test_the_order_that_is_due_last_bears_a_tie(
    first: dict[str, object], second: dict[str, object]
) -> None:
    """A delivery has longest to come in time for it; of equals the newest."""
    assert chosen({TEE: 1}, claim("b", **first), claim("a", **second)) == ["a"]


def test_a_parcel_that_is_packed_is_broken_last() -> None:
    """Its goods are there; only where no other order is left is it taken."""
    claims = [claim("packed", packed=True, units={TEE: 2}), claim("a"), claim("b")]

    assert chosen({TEE: 2}, *claims) == ["a", "b"]
    assert chosen({TEE: 3}, *claims) == ["a", "packed"]


def test_a_packed_parcel_that_is_lost_is_no_loss() -> None:
    """Whoever is too late to be collected is cancelled anyway."""
    assert chosen({TEE: 1}, claim("a"), claim("packed", packed=True, harm=0.0)) == ["packed"]


def test_where_more_is_missing_than_was_ordered_all_are_given_up() -> None:
    """What a person set aside may be missing too."""
    assert chosen({TEE: 9}, claim("a"), claim("b")) == ["a", "b"]


@pytest.mark.parametrize("missing", [{}, {TEE: 0}, {TEE: -1}, {MUG: 1}])
def test_without_a_shortage_nothing_is_given_up(missing: dict[PoolKey, int]) -> None:
    """Nothing is missing of what was ordered."""
    assert chosen(missing, claim("a")) == []


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"units": {}}, "at least one unit"),
        ({"units": {TEE: 0}}, "at least"),
        ({"harm": -1}, "-1"),
    ],
)
def test_a_claim_that_cannot_be_is_refused(fields: dict[str, object], cause: str) -> None:
    """An order is for something, and cancelling it does nobody good."""
    with pytest.raises(ValueError, match=cause):
        claim("a", **fields)


@pytest.mark.parametrize(
    ("lost", "used", "harm"),
    [(0.0, 0.0, 1.0), (0.0, 1.0, 2.0), (0.0, 7.0, 2.0), (0.5, 1.0, 1.0), (1.0, 1.0, 0.0)],
)
def test_an_order_weighs_by_its_hope_and_by_its_shops_room(
    lost: float, used: float, harm: float
) -> None:
    """From 1 with all room to 2 at the limit and beyond; less by the chance that it is lost."""
    assert harm_of_cancelling(lost_chance=lost, limit_used_ratio=used) == harm


# --- against every other choice --------------------------------------------------------------


Cost = tuple[int, int]


def cost_of(claims: Iterable[Claim]) -> Cost:
    """Packed parcels that are not lost, and harm in millionths."""
    taken = list(claims)
    harms = [round(each.harm * HARM_GRAIN) for each in taken]
    packed = sum(each.packed and harm > 0 for each, harm in zip(taken, harms, strict=True))
    return (packed, sum(harms))


def frees_enough(missing: Mapping[PoolKey, int], taken: Sequence[Claim], of: list[Claim]) -> bool:
    """Whether some orders free what is missing, or all that all of them take."""
    return all(
        sum(each.units.get(pool, 0) for each in taken)
        >= min(units, sum(each.units.get(pool, 0) for each in of))
        for pool, units in missing.items()
    )


def least_cost(missing: Mapping[PoolKey, int], claims: list[Claim]) -> Cost:
    """The least cost of all sets of orders that free enough, each tried."""
    return min(
        cost_of(taken)
        for count in range(len(claims) + 1)
        for taken in combinations(claims, count)
        if frees_enough(missing, taken, claims)
    )


@st.composite
def shortages(draw: st.DrawFn) -> tuple[dict[PoolKey, int], list[Claim]]:
    """Up to three pools that are short and up to eight orders, some for bundles."""
    missing = draw(st.dictionaries(st.sampled_from([TEE, MUG, HAT]), st.integers(1, 5)))
    units = st.dictionaries(st.sampled_from([TEE, MUG, HAT]), st.integers(1, 3), min_size=1)
    claims = [
        claim(
            str(number),
            units=draw(units),
            harm=draw(st.sampled_from([0.0, 0.3, 1.0, 1.25, 2.0])),
            due_at=draw(st.sampled_from([None, Instant(50.0), Instant(100.0)])),
            packed=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 8)))
    ]
    return missing, claims


def taken_of(found: frozenset[OrderKey], claims: list[Claim]) -> list[Claim]:
    """The claims that are given up."""
    return [each for each in claims if each.order in found]


@LAW
@given(case=shortages())
def test_no_other_choice_does_less_harm(case: tuple[dict[PoolKey, int], list[Claim]]) -> None:
    """Of all sets of orders that free enough, tried one by one, none costs less."""
    missing, claims = case

    found = least_harm(missing, claims)

    taken = taken_of(found.given_up, claims)
    assert found.exact
    assert frees_enough(missing, taken, claims)
    assert cost_of(taken) == least_cost(missing, claims)


@LAW
@given(case=shortages())
def test_where_the_search_is_too_long_the_cost_stays_within_its_bound(
    case: tuple[dict[PoolKey, int], list[Claim]],
) -> None:
    """At most 1 + 1/2 + ... + 1/n times the least, n being the units that an order frees."""
    missing, claims = case
    bare = [each for each in claims if not each.packed]

    found = least_harm(missing, bare, steps_max=0)

    taken = taken_of(found.given_up, bare)
    most = max((sum(each.units.values()) for each in bare), default=1)
    bound = math.fsum(1 / count for count in range(1, most + 1))
    assert frees_enough(missing, taken, bare)
    assert cost_of(taken)[1] <= least_cost(missing, bare)[1] * bound


@LAW
@given(case=shortages(), seed=st.randoms(use_true_random=False))
def test_the_choice_does_not_hang_on_the_order_of_asking(
    case: tuple[dict[PoolKey, int], list[Claim]], seed: object
) -> None:
    """The same orders in another order are the same question."""
    missing, claims = case
    shuffled = list(claims)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a `random.Random`

    assert least_harm(missing, claims) == least_harm(missing, shuffled)


def test_a_long_search_says_that_it_was_cut_short() -> None:
    """Orders of two kinds need a search; without steps the choice is not called exact."""
    claims = [claim("a"), claim("b", units={TEE: 2})]

    assert not least_harm({TEE: 2}, claims, steps_max=0).exact
    assert least_harm({TEE: 2}, claims).exact


def test_thousands_of_orders_alike_need_no_search() -> None:
    """A viral item: the nine hundred that are due last, found without a step."""
    claims = [claim(f"{number:04}", due_at=Instant(number)) for number in range(3_000)]

    found = least_harm({TEE: 900}, claims, steps_max=0)

    assert found.exact
    assert min(each.order_id for each in found.given_up) == "2100"
    assert len(found.given_up) == 900
