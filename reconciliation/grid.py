"""Rounds numbers up to the powers of a ratio, so that nearly equal ones share one calculation."""

import math


ROUNDING = 1e-9
"""A power of the ratio stays what it is, though its logarithm is not quite whole."""


def rounded_up(number: float, ratio: float) -> float:
    """Return the least power of `ratio` not below a number; what has none is left alone."""
    if number <= 0.0 or math.isinf(number):
        return number
    return float(ratio ** math.ceil(math.log(number, ratio) - ROUNDING))
