"""The guard policy: every number a person may choose, with overrides, valid when made.

A policy is resolved for a listing by (shop, partner, SKU) and for a pool by (partner, SKU):
the defaults, then each matching override in the order of the file, the last one winning.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from fnmatch import fnmatchcase

from .budget import (
    PRICE_MAX,
    USUAL_BUDGET,
    CancellationBudget,
    Cause,
    Prices,
    flat_prices,
    prices_of,
)
from .quantities import Sku, Units


TIKTOK_UNITS_MAX = 99_999
"""Largest quantity that TikTok's Update Inventory takes (its page: valid range 1 to 99,999)."""

PERCENT_MAX = 100
"""All of something."""

Setting = int | float | str | None
"""The value of one policy field, as an override gives it."""


class AutoRestock(StrEnum):
    """Whether TikTok puts the stock of a cancelled order back on sale by itself."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"
    SWITCH_OFF = "switch_off"
    """It is to be switched off SKU by SKU, and counts as on all the same: nobody has seen yet that
    TikTok keeps to it."""


class WhenStuck(StrEnum):
    """What is done where TikTok lets a listing show no fewer than it shows."""

    LEAVE = "leave"
    """It is left on sale, and told."""
    TAKE_OFF_SALE = "take_off_sale"
    """Its whole product is deactivated, and comes back through a new audit."""


class OverlapRule(StrEnum):
    """Whether listings may promise the same unit."""

    STRICT = "strict"
    """Each unit is promised once: no order is cancelled because two listings sold the same."""
    RISK_BOUNDED = "risk_bounded"
    """As far as a cancelled order's price allows, and freely where nothing is near zero."""


class Pricing(StrEnum):
    """Where the price of a cancelled order comes from."""

    BUDGET = "budget"
    """From the budget: it rises where more orders are oversold than may be, and falls else."""
    NEWSVENDOR = "newsvendor"
    """From a person: `cancellation_price`, whatever happens."""


class PolicyFault(ValueError):
    """A policy whose numbers contradict each other; `faults` names each one."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        """Keep the faults, and join them for people."""
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What the guard takes for granted about TikTok; monitored in the field.

    Each is an upper bound in seconds. A bound chosen too small can oversell, one chosen too
    large delays increases; none of them delays a decrease.
    """

    write_horizon_s: float = 120.0
    """A write without a clean answer may take effect up to this long after it was sent."""
    read_staleness_s: float = 5.0
    """An inventory read may show the state of up to this long before it began."""
    orders_lag_s: float = 10.0
    """An order placed this long before a poll began is in the poll's result."""
    restock_horizon_s: float = 60.0
    """A cancelled order's units return to the listing within this time, or never."""
    clock_tolerance_s: float = 2.0
    """Two clocks of the story differ by at most this much."""

    def most_careful(self, other: "Assumptions") -> "Assumptions":
        """Return the larger of both in each bound: what is safe under either."""
        bounds = {
            each.name: max(getattr(self, each.name), getattr(other, each.name))
            for each in fields(self)
        }
        return Assumptions(**bounds)

    def faults(self) -> tuple[str, ...]:
        """Name each bound that is negative."""
        return tuple(
            f"{each.name} must not be negative"
            for each in fields(self)
            if getattr(self, each.name) < 0
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardPolicy:
    """How much stock to hold back, when to throttle and pause, and what proves stock again."""

    safety_units_min: Units = 0
    """Units of a pool always held back."""
    safety_percent: float = 0.0
    """Percent of the snapshot held back, rounded up."""
    safety_units_max: Units | None = None
    """Cap on the units held back; when it binds, `explain` says so."""

    overlap: OverlapRule = OverlapRule.RISK_BOUNDED
    """`strict`: each unit is promised by one listing only. `risk_bounded`: several may show it, as
    far as that costs less than it sells. Where any listing of a pool is strict, all of it are."""
    watched_s_min: float = 86_400.0
    """Of a listing that has been watched for less, nobody knows how fast it can sell: until then
    each unit of its pool is promised once."""
    pricing: Pricing = Pricing.BUDGET
    """`budget`: what a cancelled order weighs follows from the budget below and what happened.
    `newsvendor`: it is `cancellation_price`, whatever happens."""
    cancellation_price: float = 100.0
    """How many lost sales one cancelled order weighs. What may have gone unexplained is held back
    at the level price / (1 + price): at 100, so that in 99 of 100 cases nothing is missing. With a
    budget it is where prices begin if the budget is the usual one; half of that doubles them."""
    cancelled_per_10k: float = USUAL_BUDGET.cancelled_per_10k
    """The budget: of 10,000 orders, so many may be cancelled for want of goods. 0 is strict."""
    decline_risk: float = USUAL_BUDGET.decline_risk
    """The budget's share for units that are not where the partner's figure has them. A larger one
    holds back less safety stock; the three shares sum to 1."""
    race_risk: float = USUAL_BUDGET.race_risk
    """The budget's share for two listings selling the same unit before one shows less. A larger
    one lets listings show more of the same units near zero; 0 is strict."""
    write_risk: float = USUAL_BUDGET.write_risk
    """The budget's share for quantities of ours that give back what was sold while they were on
    their way. A larger one leaves less room beside a quantity that is raised; 0 is strict."""

    throttle_at_units: Units = 6
    """Supply (what could still be sold, over all shops) at or below which it is near zero."""
    throttle_cap_units: Units = 3
    """The most units that one listing shows while its supply is near zero."""
    open_at_units: Units = 9
    """Supply from which a throttled listing opens again; above the throttle level."""
    pause_at_units: Units = 0
    """Supply at or below which a listing shows 0."""
    resume_at_units: Units = 1
    """Supply that a paused listing needs to come back; above the pause level."""
    dwell_s_min: float = 5.0
    """The least time between a pause and the resume after it."""
    resumes_per_hour_max: int = 6
    """The most often a listing may come back within an hour."""

    widen_after_s: float = 7_200.0
    """Feed age from which safety stock grows, of a feed that does not tell how often it comes."""
    widen_percent_per_hour: float = 5.0
    """Percent of the snapshot by which it grows with each further hour, while nothing has been
    learned of the partner's errors; after that it grows by what is learned."""
    freeze_after_s: float = 43_200.0
    """Feed age from which nothing is raised, of a feed that does not tell how often it comes."""
    floor_after_s: float = 86_400.0
    """Feed age from which a listing shows `floor_units` at most, of such a feed."""
    floor_units: Units = 1
    """The most units a listing shows on such an old feed."""
    zero_after_s: float = 172_800.0
    """Feed age from which a listing shows 0, of such a feed."""
    widen_after_intervals: float = 1.25
    """Age of a feed that tells how often it comes (`expected_every_s`), in its own intervals, from
    which it is overdue and safety stock grows; 0: `widen_after_s` holds for it as well."""
    freeze_after_intervals: float = 1.5
    """Likewise, from which nothing is raised."""
    floor_after_intervals: float = 2.5
    """Likewise, from which a listing shows `floor_units` at most."""
    zero_after_intervals: float = 4.0
    """Likewise, from which a listing shows 0."""
    ladder_interval_s_min: float = 10_800.0
    """A feed that comes more often than this is measured as if it came this often."""

    headroom_percent: float = 5.0
    """Percent of what is sellable, rounded down, that is left free when stock is shared out, so
    that a small drop of ATS need not take a listing off sale. Below 20 units it is nothing."""
    priority: int = 0
    """Of several shops the one of the highest priority is served first: its floor, what is kept
    for it, and the last unit. Among equals the order of the shops in the settings decides."""
    share_units_min: Units = 0
    """The least units of a listing's share, while goods and guard allow, whatever its demand."""
    kept_units: Units = 0
    """Units of a pool that a shop's listings alone may sell."""
    kept_percent: float = 0.0
    """Percent of what is sellable that a shop's listings alone may sell, rounded up."""
    withheld_units: Units = 0
    """Units of a pool that no listing is given: for a channel that the program does not know."""
    withheld_percent: float = 0.0
    """Percent of what is sellable that no listing is given, rounded up."""
    raise_units_min: Units = 1
    """An increase that gains fewer units is not worth a call."""
    raise_percent_min: float = 20.0
    """An increase that gains a smaller percent of what is shown is not worth a call."""
    share_band_ratio: float = 3.0
    """A share is rebuilt only when what is shown is this many times away from it."""
    move_s_min: float = 120.0
    """The least time between two moves of stock from one listing of a pool to another."""
    read_age_s_max: float = 30.0
    """An increase needs a read of the listing younger than this."""
    listing_units_max: Units = TIKTOK_UNITS_MAX
    """The most units any listing shows."""
    auto_restock: AutoRestock = AutoRestock.UNKNOWN
    """Whether TikTok restocks cancelled orders; unknown counts as on."""
    when_stuck: WhenStuck = WhenStuck.LEAVE
    """Whether a product is taken off sale of which a listing shows more than there is and cannot
    be lowered. All its SKUs go with it, and its way back is TikTok's audit."""

    def __post_init__(self) -> None:
        """Refuse contradictions, all at once. Raises `PolicyFault`."""
        faults = (*_range_faults(self), *_order_faults(self), *_budget_faults(self))
        if faults:
            raise PolicyFault(faults)

    @property
    def budget(self) -> CancellationBudget:
        """Return the budget of cancelled orders."""
        return CancellationBudget(
            cancelled_per_10k=self.cancelled_per_10k,
            decline_risk=self.decline_risk,
            race_risk=self.race_risk,
            write_risk=self.write_risk,
        )

    @property
    def is_strict(self) -> bool:
        """Tell whether each unit is promised once: as it says, or because nothing may go wrong."""
        nothing_may = self.pricing is Pricing.BUDGET and not (
            self.cancelled_per_10k and self.race_risk and self.write_risk
        )
        return self.overlap is OverlapRule.STRICT or nothing_may

    def prices(self, factors: Mapping[Cause, float]) -> Prices:
        """Return the prices of cancelled orders, `factors` being what happened makes of them."""
        if self.pricing is Pricing.NEWSVENDOR:
            return flat_prices(self.cancellation_price)
        return prices_of(self.budget, factors, cancellation_price=self.cancellation_price)

    def kept_of(self, sellable_units: Units) -> Units:
        """Return the units that are kept for a shop out of what is sellable."""
        return max(self.kept_units, math.ceil(sellable_units * self.kept_percent / PERCENT_MAX))

    def withheld_of(self, sellable_units: Units) -> Units:
        """Return the units that no listing is given out of what is sellable."""
        by_percent = math.ceil(sellable_units * self.withheld_percent / PERCENT_MAX)
        return max(self.withheld_units, by_percent)


def _range_faults(policy: GuardPolicy) -> tuple[str, ...]:
    faults = [
        f"{each.name} must be a number and not negative"
        for each in fields(policy)
        # Not `value < 0`: every comparison with NaN is false.
        if isinstance(value := getattr(policy, each.name), int | float) and not value >= 0
    ]
    faults += [
        f"{name} must not exceed {PERCENT_MAX}"
        for name in ("safety_percent", "headroom_percent", "kept_percent", "withheld_percent")
        if getattr(policy, name) > PERCENT_MAX
    ]
    if policy.listing_units_max > TIKTOK_UNITS_MAX:
        faults.append(f"listing_units_max must not exceed {TIKTOK_UNITS_MAX}")
    if policy.throttle_cap_units < 1:
        faults.append("throttle_cap_units must be at least 1 (use pause_at_units to show 0)")
    if not 1 <= policy.cancellation_price <= PRICE_MAX:
        faults.append(f"cancellation_price must be at least 1 and at most {PRICE_MAX:g}")
    if policy.share_band_ratio < 1:
        faults.append("share_band_ratio must be at least 1")
    return tuple(faults)


def _budget_faults(policy: GuardPolicy) -> tuple[str, ...]:
    try:
        _ = policy.budget
    except ValueError as fault:
        return (str(fault),)
    return ()


def _order_faults(policy: GuardPolicy) -> tuple[str, ...]:
    faults = []
    if policy.safety_units_max is not None and policy.safety_units_max < policy.safety_units_min:
        faults.append("safety_units_max must not be below safety_units_min")
    if policy.resume_at_units <= policy.pause_at_units:
        faults.append("resume_at_units must be above pause_at_units, or listings would flap")
    if policy.throttle_at_units < policy.pause_at_units:
        faults.append("throttle_at_units must not be below pause_at_units")
    if policy.open_at_units <= policy.throttle_at_units:
        faults.append("open_at_units must be above throttle_at_units, or listings would flap")
    ladder = ("widen_after_s", "freeze_after_s", "floor_after_s", "zero_after_s")
    for lower, upper in itertools.pairwise(ladder):
        if getattr(policy, lower) > getattr(policy, upper):
            faults.append(f"{lower} must not be above {upper}")
    return (*faults, *_schedule_faults(policy))


def _schedule_faults(policy: GuardPolicy) -> tuple[str, ...]:
    """Name each step by schedule that comes before the one below it; 0 is no step by schedule."""
    names = ("widen", "freeze", "floor", "zero")
    steps = [f"{name}_after_intervals" for name in names]
    given = [step for step in steps if getattr(policy, step) > 0]
    return tuple(
        f"{lower} must not be above {upper}"
        for lower, upper in itertools.pairwise(given)
        if getattr(policy, lower) > getattr(policy, upper)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Changes to the policy for what matches; an empty matcher matches everything."""

    shop: str = ""
    partner: str = ""
    sku_pattern: str = ""
    changes: Mapping[str, Setting] = field(default_factory=dict)

    def matches(self, *, shop: str, partner: str, sku: Sku) -> bool:
        """Tell whether the override applies. `sku_pattern` is a glob such as `TEE-*`."""
        return (
            self.shop in ("", shop)
            and self.partner in ("", partner)
            and (not self.sku_pattern or fnmatchcase(sku, self.sku_pattern))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyBook:
    """The defaults, the overrides in file order, and the assumptions about TikTok.

    A policy is made and checked once for each set of overrides that meet, and then handed out
    again: it is asked for with every listing of every decision.
    """

    defaults: GuardPolicy = field(default_factory=GuardPolicy)
    overrides: tuple[Override, ...] = ()
    assumptions: Assumptions = field(default_factory=Assumptions)
    _made: dict[tuple[int, ...], GuardPolicy] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def for_listing(self, *, shop: str, partner: str, sku: Sku) -> GuardPolicy:
        """Return the policy of one listing. Raises `PolicyFault` if overrides contradict."""
        if not self.overrides:
            return self.defaults
        meeting = tuple(
            position
            for position, override in enumerate(self.overrides)
            if override.matches(shop=shop, partner=partner, sku=sku)
        )
        made = self._made.get(meeting)
        if made is None:
            made = self._made[meeting] = self._overridden(meeting)
        return made

    def _overridden(self, meeting: tuple[int, ...]) -> GuardPolicy:
        changes: dict[str, Setting] = {}
        for position in meeting:
            changes.update(self.overrides[position].changes)
        # Reason of the ignore: names and types were checked when the settings were read.
        return replace(self.defaults, **changes)  # type: ignore[arg-type]  # see above

    def for_pool(self, *, partner: str, sku: Sku) -> GuardPolicy:
        """Return the policy of a pool, which no shop's override may bend."""
        return self.for_listing(shop="", partner=partner, sku=sku)
