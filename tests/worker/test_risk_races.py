"""What races are told to cost: on the guard's own terms, and nothing where none are run."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from worker.reports.risk import risk

from ..support.shopfront import shopfront
from .overlap_rig import at_price
from .risk_rig import expected


def lost_to_races(folder: Path, guard: Mapping[str, object], units: int = 1) -> float:
    """The orders that both shops are expected to lose because they show the same units."""
    with shopfront(folder, guard=guard) as front:
        front.open_for_business(units)

        return sum(expected(risk(front.services), "race").values())


def test_the_last_unit_that_is_shown_twice_is_at_risk(tmp_path: Path) -> None:
    """Where cancellations are cheap it is shown twice, and may be sold twice."""
    assert 0.0 < lost_to_races(tmp_path, at_price(1.0)) < 1.0


@pytest.mark.parametrize("guard", [{}, at_price(1_000.0)], ids=["strict", "dear"])
def test_a_unit_that_is_shown_once_is_lost_to_no_race(
    tmp_path: Path, guard: Mapping[str, object]
) -> None:
    """By a strict policy, or where cancellations are dear."""
    assert lost_to_races(tmp_path, guard) == 0.0


def test_what_is_shown_twice_of_plenty_is_less_at_risk(tmp_path: Path) -> None:
    """Eight units of a slow item: until the next feed sales seldom come near zero."""
    plenty = lost_to_races(tmp_path / "plenty", at_price(1.0), units=8)
    last = lost_to_races(tmp_path / "last", at_price(1.0))

    assert plenty < last / 2
