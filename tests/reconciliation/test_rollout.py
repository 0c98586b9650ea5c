"""A policy on its way: whom it applies to, that shares nest, and what is assumed meanwhile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.policy import Assumptions, GuardPolicy, PolicyBook
from reconciliation.quantities import Sku
from reconciliation.rollout import EVERYTHING, Rollout, Stage, place_of

from ..support.boards import LAW


NEW = PolicyBook(
    defaults=GuardPolicy(safety_units_min=9),
    assumptions=Assumptions(orders_lag_s=20.0, write_horizon_s=60.0),
)
OLD = PolicyBook(defaults=GuardPolicy(safety_units_min=1))

skus = st.text(min_size=1, max_size=12).map(Sku)
shares = st.floats(min_value=0.001, max_value=1.0)


def rollout(stage: Stage) -> Rollout:
    """Version 2 on its way in place of version 1."""
    return Rollout(version=2, book=NEW, stage=stage, rest_version=1, rest=OLD)


def safety_of(policies: Rollout, *, shop: str = "A", sku: str = "TEE-1") -> int:
    """The least safety stock of a listing."""
    return policies.for_listing(shop=shop, partner="P", sku=Sku(sku)).safety_units_min


@LAW
@given(sku=skus, one=shares, other=shares)
def test_a_larger_share_contains_the_smaller(sku: Sku, one: float, other: float) -> None:
    """Fifty percent contain the ten percent that came first."""
    smaller, larger = Stage(share_ratio=min(one, other)), Stage(share_ratio=max(one, other))

    assert larger.covers(shop="A", sku=sku) or not smaller.covers(shop="A", sku=sku)


def test_a_share_is_as_large_as_it_says() -> None:
    """Ten percent of many SKUs are about ten percent of them."""
    tenth = Stage(share_ratio=0.1)
    covered = sum(tenth.covers(shop="A", sku=Sku(f"SKU-{number}")) for number in range(10_000))

    assert 900 <= covered <= 1_100


def test_the_place_of_a_sku_is_the_same_for_ever() -> None:
    """Another release must not give a stage to other SKUs."""
    assert place_of(Sku("TEE-1")) == pytest.approx(0.89826, abs=1e-5)


def test_everything_covers_pools_and_listings() -> None:
    """A policy that is applied to all leaves nothing to the one before."""
    assert EVERYTHING.covers(shop="", sku=Sku("TEE"))
    assert EVERYTHING.covers(shop="A", sku=Sku("T"))


@pytest.mark.parametrize(
    ("stage", "shop", "sku", "units"),
    [
        (EVERYTHING, "A", "TEE-1", 9),
        (Stage(shops=("A",)), "A", "TEE-1", 9),
        (Stage(shops=("A",)), "B", "TEE-1", 1),
        (Stage(sku_pattern="TEE-*"), "B", "TEE-1", 9),
        (Stage(sku_pattern="TEE-*"), "B", "CAP-1", 1),
        (Stage(share_ratio=0.90), "A", "TEE-1", 9),
        (Stage(share_ratio=0.89), "A", "TEE-1", 1),
    ],
)
def test_a_stage_gives_each_listing_its_policy(
    stage: Stage, shop: str, sku: str, units: int
) -> None:
    """The new one within the stage, the one before everywhere else."""
    assert safety_of(rollout(stage), shop=shop, sku=sku) == units


def test_a_stage_of_shops_leaves_the_pool_alone() -> None:
    """What all shops share follows the policy before until all shops have the new one."""
    pool = rollout(Stage(shops=("A",))).for_pool(partner="P", sku=Sku("TEE-1"))

    assert pool == OLD.defaults


def test_the_version_is_that_of_the_policy() -> None:
    """A decision can say under which policy it was made."""
    policies = rollout(Stage(shops=("A",)))

    assert [policies.version_for(shop=shop, sku=Sku("TEE")) for shop in "AB"] == [2, 1]


def test_meanwhile_the_more_careful_assumption_counts() -> None:
    """TikTok is the same for every listing, so that neither policy may count on too little."""
    assumed = rollout(Stage(share_ratio=0.1)).assumptions

    assert (assumed.orders_lag_s, assumed.write_horizon_s) == (20.0, 120.0)


def test_once_applied_to_all_its_own_assumptions_count() -> None:
    """The policy before has no say any more."""
    assert rollout(EVERYTHING).assumptions == NEW.assumptions


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    """Neither nothing nor more than all."""
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        Stage(share_ratio=share)


def test_two_limits_at_once_are_refused() -> None:
    """Nobody can say what they would mean together."""
    with pytest.raises(ValueError, match="one limit"):
        Stage(shops=("A",), sku_pattern="TEE-*")
