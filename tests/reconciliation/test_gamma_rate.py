"""Quantiles of the gamma distribution against what is known of it in closed form."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.gamma_rate import gamma_cdf, relative_quantile


LEVELS = st.floats(0.001, 0.999)
SHAPES = st.floats(0.05, 5_000.0)


@given(st.floats(0.0, 50.0))
def test_a_shape_of_one_is_the_exponential_distribution(value: float) -> None:
    """Its chances have a closed form."""
    assert gamma_cdf(value, 1.0) == pytest.approx(-math.expm1(-value), abs=1e-12)


@given(st.floats(0.0, 50.0))
def test_a_shape_of_a_half_is_a_squared_normal_variable(value: float) -> None:
    """Its chances are those of the error function."""
    assert gamma_cdf(value, 0.5) == pytest.approx(math.erf(math.sqrt(value)), abs=1e-11)


@given(st.integers(1, 200), st.floats(0.1, 400.0))
def test_a_whole_shape_counts_the_orders_of_a_poisson_stream(shape: int, value: float) -> None:
    """The shape-th order comes by `value` where at least so many orders do."""
    fewer = math.fsum(
        math.exp(count * math.log(value) - value - math.lgamma(count + 1))
        for count in range(shape)
    )

    assert gamma_cdf(value, float(shape)) == pytest.approx(1.0 - fewer, abs=1e-10)


@given(LEVELS, SHAPES)
def test_a_quantile_has_its_level(level: float, shape: float) -> None:
    """The chance of at most the quantile is the level that was asked for."""
    rounded = float(f"{shape:.3g}")
    value = relative_quantile(level, rounded) * rounded

    assert gamma_cdf(value, rounded) == pytest.approx(level, abs=1e-7)


@given(LEVELS, LEVELS, SHAPES)
def test_a_higher_level_has_no_lower_quantile(one: float, other: float, shape: float) -> None:
    """Quantiles go up with their levels."""
    low, high = sorted((one, other))

    assert relative_quantile(low, shape) <= relative_quantile(high, shape) * (1.0 + 1e-9)


def test_what_is_known_for_sure_has_one_value() -> None:
    """An infinite shape spreads nothing."""
    assert relative_quantile(0.95, math.inf) == 1.0


@pytest.mark.parametrize(("level", "shape"), [(0.0, 1.0), (1.0, 1.0), (0.5, 0.0), (0.5, math.nan)])
def test_what_has_no_quantile_is_refused(level: float, shape: float) -> None:
    """A level beyond the chances, and a shape that is none, are errors of the caller."""
    with pytest.raises(ValueError, match=r"between 0 and 1|above 0"):
        relative_quantile(level, shape)
