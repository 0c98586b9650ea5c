"""A rate that is known only so far: quantiles of the gamma distribution.

Written out here because the program carries no library of statistics: the distribution function
by its series or its continued fraction, the quantile by Newton's method kept in a bracket. Shapes
are rounded to three digits, so that a million listings ask for some thousands of quantiles.
"""

import math
from functools import lru_cache


_TERMS_MAX = 500
"""Terms of a series; the shapes that occur need a tenth of it."""

_PRECISION = 1e-12
"""What a term must add, relative to the sum, to be worth adding."""

_NEAR_ENOUGH = 1e-9
"""A step so short, relative to the quantile, is the last: below it, the terms cut off count."""

_STEPS_MAX = 200
"""Steps towards a quantile; some ten are needed where the guess is far off."""

_SHAPE_OF_CERTAINTY = 1e6
"""Above this shape a rate spreads by a thousandth: it is as good as known."""


def relative_quantile(level: float, shape: float) -> float:
    """Return the quantile of a gamma variable with mean 1 and this shape.

    `level` lies between 0 and 1; `shape` is above 0, and infinite for what is known for sure.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"a quantile is asked for at a level between 0 and 1, not {level}")
    if not shape > 0.0:
        raise ValueError(f"the shape of a gamma distribution is above 0, not {shape}")
    if shape >= _SHAPE_OF_CERTAINTY:
        return 1.0
    rounded = float(f"{shape:.3g}")
    return _quantile(level, rounded) / rounded


@lru_cache(maxsize=16_384)
def _quantile(level: float, shape: float) -> float:
    """Return the quantile of a gamma variable with scale 1."""
    low, high, value = 0.0, math.inf, _guess(level, shape)
    for _ in range(_STEPS_MAX):
        too_much = gamma_cdf(value, shape) - level
        low, high = (low, value) if too_much > 0.0 else (value, high)
        slope = math.exp((shape - 1.0) * math.log(value) - value - math.lgamma(shape))
        step = too_much / slope if slope else math.inf
        if abs(step) <= _NEAR_ENOUGH * value:
            break
        value -= step
        if not low < value < high:
            value = (low + min(high, 2.0 * low + 1.0)) / 2.0
    return value


def _guess(level: float, shape: float) -> float:
    """Return where to begin: what is nearly right near 0, or the mean."""
    if shape >= 1.0:
        return shape
    return max(math.exp((math.log(level) + math.lgamma(shape + 1.0)) / shape), 1e-300)


def gamma_cdf(value: float, shape: float) -> float:
    """Return the chance that a gamma variable of this shape and scale 1 is at most `value`."""
    if value <= 0.0:
        return 0.0
    front = math.exp(shape * math.log(value) - value - math.lgamma(shape))
    if value < shape + 1.0:
        return min(front * _series(value, shape), 1.0)
    return max(1.0 - front * _fraction(value, shape), 0.0)


def _series(value: float, shape: float) -> float:
    """Return the lower incomplete gamma function but for its front factor: it grows fast."""
    term = total = 1.0 / shape
    for step in range(1, _TERMS_MAX + math.isqrt(int(shape)) * 10):
        term *= value / (shape + step)
        total += term
        if term < total * _PRECISION:
            break
    return total


def _fraction(value: float, shape: float) -> float:
    """Return the upper incomplete gamma function but for its front factor (Lentz's method)."""
    tiny = 1e-300
    bottom = value + 1.0 - shape
    upper, lower = 1.0 / tiny, 1.0 / bottom
    total = lower
    for step in range(1, _TERMS_MAX + math.isqrt(int(shape)) * 10):
        factor = -step * (step - shape)
        bottom += 2.0
        lower = 1.0 / (factor * lower + bottom or tiny)
        upper = bottom + factor / upper or tiny
        total *= lower * upper
        if abs(lower * upper - 1.0) < _PRECISION:
            break
    return total
