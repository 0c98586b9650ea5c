"""Tails: exact for what is ordered, and for what goes missing the highest of all laws."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.decline_law import RATIOS, DeclineLaw, clump_quantile, log_chance
from reconciliation.unit_tails import GRID_RATIO, NONE, Tails, missing, on_grid, ordered

from ..support.boards import LAW


MEANS = st.floats(0.01, 8.0)
SHAPES = st.sampled_from([0.3, 1.0, 4.0, math.inf])
SIZES = st.sampled_from([(1.0,), (0.8, 0.15, 0.05), (0.5, 0.0, 0.0, 0.5)])
MOST = 60


def counted(orders: int, mean: float, shape: float) -> float:
    """P(so many orders), from the textbook."""
    if math.isinf(shape):
        return math.exp(orders * math.log(mean) - mean - math.lgamma(orders + 1))
    ways = math.lgamma(orders + shape) - math.lgamma(shape) - math.lgamma(orders + 1)
    part = mean / (shape + mean)
    return math.exp(ways + shape * math.log1p(-part) + orders * math.log(part))


def enumerated(mean: float, shape: float, sizes: tuple[float, ...]) -> list[float]:
    """P(so many units), by every number of orders, each of every size."""
    units, of_orders = [0.0] * (MOST + 1), [1.0] + [0.0] * MOST
    for orders in range(MOST + 1):
        chance = counted(orders, mean, shape)
        units = [each + chance * here for each, here in zip(units, of_orders, strict=True)]
        grown = [0.0] * (MOST + 1)
        for before, here in enumerate(of_orders):
            for size, of_size in enumerate(sizes, start=1):
                if before + size <= MOST:
                    grown[before + size] += here * of_size
        of_orders = grown
    return units


@LAW
@given(mean=MEANS, shape=SHAPES, sizes=SIZES, low=st.integers(0, 20), more=st.integers(0, 20))
def test_tails_of_orders_are_those_of_the_plain_sum(
    mean: float, shape: float, sizes: tuple[float, ...], low: int, more: int
) -> None:
    """More than so many units, and those beyond so many, none counted beyond a most."""
    chances, high = enumerated(mean, shape, sizes), low + more
    tails = ordered(mean, shape, sizes)
    up_to = math.fsum(chances[: low + 1])
    between = math.fsum(
        chance * (min(units, high) - low) for units, chance in enumerate(chances) if units > low
    ) + (1.0 - math.fsum(chances)) * (high - low)

    assert tails.chance_beyond(low) == pytest.approx(1.0 - up_to, abs=1e-9)
    assert tails.units_between(low, high) == pytest.approx(between, abs=1e-9)


def test_a_rush_is_counted_in_lots() -> None:
    """Two thousand orders: nearly surely more than 1,500, hardly ever more than 2,500."""
    tails = ordered(2_000.0, math.inf, (1.0,))

    assert tails.lot_units > 1
    assert tails.chance_beyond(1_500) > 0.999
    assert tails.chance_beyond(2_500) < 0.001
    assert tails.units_beyond(0) == pytest.approx(2_000.0, rel=1e-3)


@LAW
@given(
    per_hour=st.floats(0.001, 2.0),
    ratio=st.floats(1.0, 6.0),
    certainty=st.sampled_from([1.0, 20.0, math.inf]),
    declines=st.sampled_from([0.01, 0.5, math.inf]),
    level=st.sampled_from([0.9, 0.99]),
)
def test_what_is_held_back_at_a_level_is_exceeded_no_oftener(
    per_hour: float, ratio: float, certainty: float, declines: float, level: float
) -> None:
    """The quantile of the safety stock and the tail of the risk are of one law."""
    law = DeclineLaw(
        per_hour_units=per_hour,
        spread_ratio=ratio,
        certainty=certainty,
        per_hour_declines=declines,
    )
    held = law.quantile_units(level, 3_600.0, units_max=10_000)
    tails = missing(law.mean_units(3_600.0), law.ratio(3_600.0), law.chance(3_600.0))

    assert tails.chance_beyond(held) <= 1.0 - level + 1e-9
    assert held == 0 or tails.chance_beyond(held - 1) > 1.0 - level - 1e-9


@LAW
@given(mean=st.floats(0.01, 20.0), ratio=st.sampled_from(RATIOS[:9]), units=st.integers(0, 40))
def test_what_goes_missing_is_no_rarer_than_by_the_learned_law(
    mean: float, ratio: float, units: int
) -> None:
    """The plain negative binomial tail lies below."""
    plain = 1.0 - math.fsum(math.exp(log_chance(n, mean, ratio)) for n in range(units + 1))

    assert missing(mean, ratio, 1.0).chance_beyond(units) >= plain - 1e-9


def test_without_spread_it_is_poisson() -> None:
    """A ratio of one and something at every time: the tail begins with one less e to minus one."""
    tails = missing(1.0, 1.0, 1.0)

    assert tails.chance_beyond(0) == pytest.approx(1 - 1 / math.e)
    assert tails.units_beyond(0) == pytest.approx(1.0)


def test_a_mean_beyond_all_floats_is_told_all_the_same() -> None:
    """The chance of none is no float; the tail agrees with the quantile of the safety stock."""
    tails = missing(3_000.0, 2.0, 1.0)
    median = clump_quantile(0.5, 3_000.0, ratio=2.0, units_max=10_000)

    assert tails.chance_beyond(median) == pytest.approx(0.5, abs=0.02)


@LAW
@given(
    mean=MEANS,
    ratio=st.floats(1.0, 6.0),
    chance=st.floats(0.05, 1.0),
    grow=st.sampled_from(["mean", "ratio"]),
    units=st.integers(0, 30),
)
def test_more_error_never_thins_a_tail(
    mean: float, ratio: float, chance: float, grow: str, units: int
) -> None:
    """A higher mean or a wider spread makes no number of missing units rarer."""
    less = missing(mean, ratio, chance)
    more = (
        missing(mean * 1.5, ratio, chance) if grow == "mean" else missing(mean, ratio * 2, chance)
    )

    assert more.chance_beyond(units) >= less.chance_beyond(units) - 1e-9
    assert more.units_beyond(units) >= less.units_beyond(units) - 1e-9


def test_of_nothing_nothing_is_beyond() -> None:
    """No orders, nothing missing: but that there are more than minus one units is certain."""
    assert ordered(0.0, 1.0, (1.0,)) == missing(0.0, 2.0, 0.5) == NONE
    assert NONE.chance_beyond(0) == NONE.units_beyond(0) == 0.0
    assert NONE.chance_beyond(-1) == NONE.units_beyond(-1) == 1.0


def test_a_most_below_the_least_counts_nothing() -> None:
    """Where no more is shown than there is, nothing is beyond."""
    tails = Tails(beyond=(1.0, 0.5), excess=(1.5, 0.5))

    assert tails.units_between(1, 1) == tails.units_between(2, 1) == 0.0


@given(mean=st.floats(1e-9, 1e6))
def test_the_grid_rounds_up_a_little(mean: float) -> None:
    """Never down, and never by more than its ratio."""
    assert mean * (1 - 1e-6) <= on_grid(mean) <= mean * GRID_RATIO * (1 + 1e-6)
