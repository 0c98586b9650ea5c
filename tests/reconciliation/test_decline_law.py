"""The law of decline: exact quantiles, against brute-force sums, and monotone in every respect."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.decline_law import (
    AHEAD_S_MIN,
    GRAIN_S,
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
    law = DeclineLaw(per_hour_units=0.2 / 24, spread_ratio=96.0)
    each = [clump_quantile(0.99, 0.2, ratio=r, units_max=1_000) for r in RATIOS if r <= 96]

    assert law.quantile_units(0.99, DAY_S, units_max=1_000) == max(each) > each[-1]


@pytest.mark.parametrize("declines", [0.1, math.inf])
def test_nothing_has_gone_yet_at_the_moment_of_a_report(declines: float) -> None:
    """However often something goes."""
    law = DeclineLaw(per_hour_units=50.0, spread_ratio=3.0, per_hour_declines=declines)

    assert law.quantile_units(0.999, 0.0, units_max=1_000) == 0


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
        {"interval_s": -1.0},
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
    interval_s=st.just(DAY_S),
)


@LAW
@given(law=LAWS, level=LEVELS, age_s=st.floats(0, 5e5))
def test_it_is_known_when_the_quantile_grows(law: DeclineLaw, level: float, age_s: float) -> None:
    """Until then it is the same, and a moment later more, unless nothing grows for an interval."""
    until_s = law.grows_after_s(level, age_s, units_max=50)
    now, then, next_look = (
        law.quantile_units(level, each_s, units_max=50)
        for each_s in (age_s, until_s, until_s + GRAIN_S)
    )

    assert now == then < next_look or (now == then and until_s == age_s + DAY_S)


def test_growth_is_looked_for_some_hours_ahead_where_files_come_often() -> None:
    """An alarm for each file of a quarter of an hour would be one too many."""
    law = DeclineLaw(per_hour_units=0.0, interval_s=900.0)

    assert law.grows_after_s(0.99, 60.0, units_max=50) == 60.0 + AHEAD_S_MIN


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
        interval_s=law.interval_s,
    )

    better_units = law.quantile_units(level, 0.0, units_max=10_000)
    assert better_units <= worse.quantile_units(level, age_s, units_max=10_000)
