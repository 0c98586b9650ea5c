"""Nearly equal numbers share one calculation, and none is rounded down."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.grid import rounded_up

from ..support.boards import LAW


@LAW
@given(number=st.floats(1e-9, 1e9), ratio=st.floats(1.01, 2.0))
def test_a_number_is_raised_by_less_than_the_ratio(number: float, ratio: float) -> None:
    """But for what the logarithm of a power is wrong by."""
    found = rounded_up(number, ratio)

    assert number * (1.0 - 1e-8) <= found <= number * ratio * (1.0 + 1e-8)


@pytest.mark.parametrize("power", range(-20, 21))
def test_a_power_of_the_ratio_stays(power: int) -> None:
    """Rounded twice it is rounded once."""
    assert rounded_up(1.2**power, 1.2) == pytest.approx(1.2**power, rel=1e-12)


@pytest.mark.parametrize("number", [0.0, -1.0, math.inf])
def test_what_no_power_reaches_is_left_alone(number: float) -> None:
    """Nothing comes, or it never ends."""
    assert rounded_up(number, 1.2) == number
