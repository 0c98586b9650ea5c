"""The law of decline: exact quantiles, against brute-force sums, and monotone in every respect."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.decline_law import (
    RATIOS,
    DeclineLaw,
    clump_quantile,
    level_of,
    log_chance,
    seldom_quantile,
)

from ..support.boards import LAW


DAY_S = 86_400.0
LEVELS = st.floats(0.5, 0.9999)
MEANS = st.floats(1e-4, 60)


def chances(mean: float, ratio: float) -> list[float]:
    """P(N = 0), P(N = 1), … of the negative binomial, by its textbook formula."""
    if ratio == 1:
        return [math.exp(-mean + n * math.log(mean) - math.lgamma(n + 1)) for n in range(4_000)]
    size, miss = mean / (ratio - 1), 1 / ratio
    return [
        math.exp(
            math.lgamma(n + size)
            - math.lgamma(size)
            - math.lgamma(n + 1)
            + size * math.log(miss)
            + n * math.log(1 - miss)
        )
        for n in range(4_000)
    ]


@LAW
@given(level=LEVELS, mean=MEANS, ratio=st.one_of(st.just(1.0), st.floats(1.01, 30)))
def test_the_quantile_is_that_of_a_brute_force_sum(
    level: float, mean: float, ratio: float
) -> None:
    """Term by term from the formula, summed up until the level is reached."""
    found = clump_quantile(level, mean, ratio=ratio, units_max=4_000)
    terms = chances(mean, ratio)

    assert sum(terms[:found]) - 1e-9 < level <= sum(terms[: found + 1]) + 1e-9


@pytest.mark.parametrize("mean", [2_000.0, 50_000.0])
@pytest.mark.parametrize("ratio", [1.0, 3.0])
def test_a_large_mean_does_not_underflow(mean: float, ratio: float) -> None:
    """Where the chance of 0 is no float, the sum begins further up and is as exact."""
    found = clump_quantile(0.975, mean, ratio=ratio, units_max=10**6)

    assert found == pytest.approx(mean + 1.96 * math.sqrt(mean * ratio), abs=0.02 * mean**0.5 + 3)


@LAW
@given(level=LEVELS, mean=MEANS, chance=st.floats(0.01, 1))
def test_seldom_and_much_is_covered(level: float, mean: float, chance: float) -> None:
    """Nothing but for a chance, then Poisson: against the sum of both parts."""
    found = seldom_quantile(level, mean, chance=chance, units_max=100_000)
    inside = [math.exp(log_chance(n, mean / chance, 1.0)) for n in range(found + 1)]

    assert 1 - chance + chance * math.fsum(inside) >= level - 1e-9


def test_the_chances_of_all_numbers_sum_to_one() -> None:
    """So the quantile's terms are a law and not only alike in ratio."""
    total = math.fsum(math.exp(log_chance(n, 7.0, 4.0)) for n in range(2_000))

    assert total == pytest.approx(1.0)


def test_the_quantile_covers_each_ratio_up_to_the_learned_one() -> None:
    """A wider law of the same mean has more mass at 0; its thinner quantile must not win."""
    law = DeclineLaw(per_hour_units=0.2 / 24, spread_ratio=96.0, least_age_s=DAY_S)
    each = [clump_quantile(0.99, 0.2, ratio=r, units_max=1_000) for r in RATIOS if r <= 96]

    assert law.quantile_units(0.99, 0.0, units_max=1_000) == max(each) > each[-1]


def test_a_young_snapshot_counts_as_old_as_reports_lie_apart() -> None:
    """A report can be wrong on the day it is made."""
    law = DeclineLaw(per_hour_units=0.5, least_age_s=DAY_S)

    assert law.mean_units(0.0) == law.mean_units(DAY_S) == 12.0


def test_the_level_is_the_critical_ratio() -> None:
    """Nine lost sales for a cancelled order: nine in ten are covered."""
    assert level_of(9.0) == pytest.approx(0.9)


@pytest.mark.parametrize(
    "change",
    [
        {"per_hour_units": -1.0},
        {"per_hour_units": math.inf},
        {"spread_ratio": 0.5},
        {"certainty": 0.0},
        {"per_hour_declines": 0.0},
        {"least_age_s": -1.0},
    ],
)
def test_what_is_no_law_is_refused(change: dict[str, float]) -> None:
    """A value is valid from birth."""
    with pytest.raises(ValueError, match=r"decline|spread"):
        replace(DeclineLaw(per_hour_units=1.0), **change)


LAWS = st.builds(
    DeclineLaw,
    per_hour_units=st.floats(0, 2),
    spread_ratio=st.floats(1, 40),
    certainty=st.floats(0.05, 1e3),
    per_hour_declines=st.floats(1e-3, 10),
    least_age_s=st.just(DAY_S),
)


@LAW
@given(
    law=LAWS,
    level=LEVELS,
    rate=st.floats(0, 2),
    spread=st.floats(0, 40),
    doubt=st.floats(0.1, 1),
    age_s=st.floats(0, 5e5),
)
def test_more_error_never_thins_it(
    law: DeclineLaw, level: float, rate: float, spread: float, doubt: float, age_s: float
) -> None:
    """A higher rate, wider spread, less certainty or older report cover at least as much."""
    worse = DeclineLaw(
        per_hour_units=law.per_hour_units + rate,
        spread_ratio=law.spread_ratio + spread,
        certainty=law.certainty * doubt,
        per_hour_declines=law.per_hour_declines,
        least_age_s=law.least_age_s,
    )

    better_units = law.quantile_units(level, 0.0, units_max=10_000)
    assert better_units <= worse.quantile_units(level, age_s, units_max=10_000)
