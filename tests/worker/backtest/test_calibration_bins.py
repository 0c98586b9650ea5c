"""Orders in bins by the risk that was told: the bounds, the intervals and the mean errors."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from worker.backtest.calibration_bins import (
    Bin,
    Weighed,
    equal_bins,
    growing_bins,
    mean_error,
    mean_error_of_bins,
    month_bins,
    write_bins,
)


UNEQUAL = [Bin(orders=3, told=0.02, happened=0.01), Bin(orders=1, told=0.0, happened=0.0)]


def orders(*told: float, month: str = "2011-03") -> list[Weighed]:
    """Orders of which so much was told, and none of which was followed by a cancelled one."""
    return [Weighed(risk_orders=each, month=month) for each in told]


def names(bins: Sequence[Bin]) -> list[str]:
    """What the bins are called."""
    return [each.name for each in bins]


def test_bins_of_equal_width_part_at_tenths() -> None:
    """A risk at a bound lies in the upper bin."""
    assert names(equal_bins(orders(0.0, 0.05, 0.1, 0.95))) == [
        "0 to 0.1",
        "0.1 to 0.2",
        "0.9 to 1",
    ]


def test_growing_bins_tell_small_risks_apart() -> None:
    """All of these lie in the lowest bin of equal width."""
    assert names(growing_bins(orders(2e-5, 2e-4, 2e-3))) == [
        "1e-05 to 0.0001",
        "0.0001 to 0.0003",
        "0.001 to 0.003",
    ]


def test_a_risk_above_one_lies_in_the_highest_bin() -> None:
    """One order may cancel several."""
    assert names(equal_bins(orders(1.7))) == ["0.9 to 1"]


def test_months_come_in_their_sequence() -> None:
    """The earliest first."""
    some = [*orders(0.1, month="2011-05"), *orders(0.1, 0.2, month="2011-03")]

    assert [(each.name, each.orders) for each in month_bins(some)] == [
        ("2011-03", 2),
        ("2011-05", 1),
    ]


def test_the_mean_error_weighs_bins_by_their_orders() -> None:
    """A hundredth, of three quarters of the orders."""
    assert mean_error(UNEQUAL) == pytest.approx(0.0075)


def test_the_mean_error_of_bins_does_not() -> None:
    """A hundredth, of half the bins."""
    assert mean_error_of_bins(UNEQUAL) == pytest.approx(0.005)


def test_of_none_among_few_the_interval_has_an_upper_end() -> None:
    """Of ten orders none was followed by a cancelled one: three in ten may be."""
    assert Bin(orders=10, told=0.0, happened=0.0).interval == pytest.approx(
        (0.0, 0.2775), abs=1e-3
    )


def test_the_interval_is_the_published_one() -> None:
    """Wilson's, of 15 in 148 (Newcombe 1998, table I: 0.0624 to 0.1605)."""
    assert Bin(orders=148, told=0.0, happened=15 / 148).interval == pytest.approx(
        (0.0624, 0.1605), abs=5e-5
    )


def test_each_way_of_sorting_ends_with_its_errors(tmp_path: Path) -> None:
    """Ten bins of equal width, ten that grow, and the months."""
    told = map(json.loads, write_bins(orders(0.0, 0.2), tmp_path).read_text().splitlines())

    assert [each["bins"] for each in told if "mean_error" in each] == ["equal", "growing", "month"]
