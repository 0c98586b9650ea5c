"""A policy is valid when made, names every contradiction at once, and is overridden in order."""

from dataclasses import replace

import pytest

from reconciliation.budget import Cause, Prices, flat_prices
from reconciliation.policy import (
    TIKTOK_UNITS_MAX,
    Assumptions,
    GuardPolicy,
    OverlapRule,
    Override,
    PolicyBook,
    PolicyFault,
    Pricing,
    Setting,
)
from reconciliation.quantities import Sku


def faults_of(**changes: Setting) -> tuple[str, ...]:
    """What is wrong with the defaults after some changes."""
    try:
        replace(GuardPolicy(), **changes)  # type: ignore[arg-type]  # the test gives the types
    except PolicyFault as fault:
        return fault.faults
    return ()


def override(
    *, shop: str = "", partner: str = "", sku_pattern: str = "", **changes: Setting
) -> Override:
    """Changes for what matches."""
    return Override(shop=shop, partner=partner, sku_pattern=sku_pattern, changes=changes)


def safety_of(*overrides: Override, shop: str = "A", sku: str = "TEE-1") -> int:
    """The least safety stock of a listing of shop A and partner P."""
    book = PolicyBook(overrides=overrides)
    return book.for_listing(shop=shop, partner="P", sku=Sku(sku)).safety_units_min


# --- overlap and prices ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"overlap": OverlapRule.STRICT},
        {"cancelled_per_10k": 0.0},
        {"race_risk": 0.0, "decline_risk": 0.9},
        {"write_risk": 0.0, "decline_risk": 0.5},
    ],
)
def test_each_unit_is_promised_once_where_the_policy_or_its_budget_says_so(
    changes: dict[str, Setting],
) -> None:
    """A budget of nothing leaves nothing to weigh."""
    # Reason of the ignore: the test gives the types.
    assert replace(GuardPolicy(), **changes).is_strict  # type: ignore[arg-type]  # see above


def test_listings_overlap_by_risk_unless_told_otherwise() -> None:
    """The default, and also where a person sets the price and the budget says nothing."""
    by_price = GuardPolicy(pricing=Pricing.NEWSVENDOR, cancelled_per_10k=0.0)

    assert not any(policy.is_strict for policy in (GuardPolicy(), by_price))


def test_a_price_that_a_person_sets_stays_whatever_happens() -> None:
    """Newsvendor mode keeps no account."""
    policy = GuardPolicy(pricing=Pricing.NEWSVENDOR, cancellation_price=40.0)

    assert policy.prices({Cause.RACE: 4.0}) == flat_prices(40.0)


def test_with_a_budget_prices_follow_what_happened() -> None:
    """Beginning at the policy's price."""
    prices = GuardPolicy(cancellation_price=40.0).prices({Cause.RACE: 2.0})

    assert prices == Prices(decline=40.0, race=12.0, write=6.0)


# --- contradictions --------------------------------------------------------------------------


def test_the_defaults_contradict_nothing() -> None:
    """The policy that nobody touched is a policy."""
    assert faults_of() == ()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"safety_units_min": -1}, "safety_units_min must be a number and not negative"),
        ({"dwell_s_min": -0.5}, "dwell_s_min must be a number and not negative"),
        ({"safety_percent": 101.0}, "safety_percent must not exceed 100"),
        ({"listing_units_max": TIKTOK_UNITS_MAX + 1}, "listing_units_max must not exceed 99999"),
        ({"kept_percent": 100.5}, "kept_percent must not exceed 100"),
        ({"withheld_percent": 101.0}, "withheld_percent must not exceed 100"),
        ({"priority": -1}, "priority must be a number and not negative"),
        ({"throttle_cap_units": 0}, "throttle_cap_units must be at least 1"),
        ({"share_band_ratio": 0.5}, "share_band_ratio must be at least 1"),
        ({"race_risk": 0.6}, "decline_risk, race_risk and write_risk must sum to 1"),
        ({"cancelled_per_10k": 20_000.0}, "cancelled_per_10k must lie between 0 and 10000"),
        (
            {"safety_units_min": 5, "safety_units_max": 4},
            "safety_units_max must not be below safety_units_min",
        ),
        ({"resume_at_units": 0}, "resume_at_units must be above pause_at_units"),
        ({"pause_at_units": 7, "resume_at_units": 8}, "throttle_at_units must not be below"),
        ({"open_at_units": 6}, "open_at_units must be above throttle_at_units"),
        ({"widen_after_s": 50_000.0}, "widen_after_s must not be above freeze_after_s"),
        ({"freeze_after_s": 90_000.0}, "freeze_after_s must not be above floor_after_s"),
        ({"floor_after_s": 200_000.0}, "floor_after_s must not be above zero_after_s"),
    ],
)
def test_a_contradiction_is_named(changes: dict[str, Setting], fault: str) -> None:
    """Each number that cannot be meant is refused in words."""
    (found,) = faults_of(**changes)

    assert found.startswith(fault)


def test_every_contradiction_is_named_at_once() -> None:
    """Who mends a policy does not mend it one error at a time."""
    assert len(faults_of(safety_percent=200.0, share_band_ratio=0.0, dwell_s_min=-1.0)) == 3


@pytest.mark.parametrize("name", ["zero_after_s", "read_age_s_max", "dwell_s_min"])
def test_what_is_no_number_is_refused(name: str) -> None:
    """Every comparison with NaN is false: a limit of NaN would be no limit."""
    assert faults_of(**{name: float("nan")})


def test_an_assumption_cannot_be_negative() -> None:
    """A bound on time that lies in the past bounds nothing."""
    assert Assumptions(orders_lag_s=-1.0).faults() == ("orders_lag_s must not be negative",)


# --- overrides -------------------------------------------------------------------------------


def test_the_last_matching_override_wins() -> None:
    """The file is read from top to bottom."""
    assert safety_of(override(safety_units_min=1), override(safety_units_min=2)) == 2


def test_overrides_of_different_fields_add_up() -> None:
    """An override changes what it names and leaves the rest."""
    assert safety_of(override(safety_units_min=1), override(safety_percent=50.0)) == 1


def test_an_override_for_a_shop_is_for_that_shop() -> None:
    """Another shop keeps the defaults."""
    assert safety_of(override(shop="B", safety_units_min=1)) == 0


def test_an_override_for_a_partner_is_for_that_partner() -> None:
    """Another partner's goods keep the defaults."""
    assert safety_of(override(partner="Q", safety_units_min=1)) == 0


@pytest.mark.parametrize(("sku", "expected"), [("TEE-1", 1), ("CAP-1", 0), ("tee-1", 0)])
def test_an_override_for_a_pattern_is_for_what_it_matches(sku: str, expected: int) -> None:
    """Patterns are globs, and letter case counts."""
    assert safety_of(override(sku_pattern="TEE-*", safety_units_min=1), sku=sku) == expected


def test_an_override_needs_all_its_matchers() -> None:
    """Shop, partner and pattern narrow each other."""
    narrow = override(shop="A", partner="Q", sku_pattern="TEE-*", safety_units_min=1)

    assert safety_of(narrow) == 0


def test_no_shop_bends_the_policy_of_a_pool() -> None:
    """A pool is shared: what one shop wishes is not for all."""
    book = PolicyBook(overrides=(override(shop="A", safety_units_min=1),))

    assert book.for_pool(partner="P", sku=Sku("TEE-1")) == GuardPolicy()


def test_a_partners_override_is_for_its_pools() -> None:
    """What is said of a partner and an item holds for the goods themselves."""
    book = PolicyBook(overrides=(override(partner="P", safety_units_min=1),))

    assert book.for_pool(partner="P", sku=Sku("TEE-1")).safety_units_min == 1


def test_overrides_that_contradict_each_other_are_refused() -> None:
    """Two overrides, each sound alone, may not make an unsound policy together."""
    low = override(safety_units_max=1)
    high = override(safety_units_min=2)

    with pytest.raises(PolicyFault):
        safety_of(low, high)


def test_overrides_are_judged_together() -> None:
    """What a later override puts right was never wrong: only the outcome must hold."""
    high = override(throttle_at_units=20)
    opens = override(open_at_units=30)
    book = PolicyBook(overrides=(high, opens))

    assert book.for_pool(partner="P", sku=Sku("TEE-1")).throttle_at_units == 20
