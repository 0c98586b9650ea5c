"""A write whose answer is lost may land later: until it cannot any more it counts (design 3.5).

The real steps in a storm of late writes, with the guard's patience and without it.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.sandbox.faults import FaultRates
from connectors.sandbox.mishaps import MishapIntervals
from tests.support.shopfront import Shopfront
from worker.bootstrap import close
from worker.settings.model import Settings

from .storm import Storm


LATE = Storm(
    lasts_s=60.0,
    rates=FaultRates(late_effect=0.7),
    mishaps=MishapIntervals(),
    struck=frozenset({"inventory_update"}),
)
"""Seven in ten writes land up to six seconds late, and nothing else goes wrong with calls."""

GOODS = 6
SEED = 2
"""A storm that finds the gap where there is one; not each does."""

pytestmark = pytest.mark.timeout(150)


class Impatient(Shopfront):
    """Takes a write without an answer for lost as soon as a read does not show it."""

    def _settings(self) -> Settings:
        settings = super()._settings()
        hasty = replace(settings.assumptions, write_horizon_s=0.0)
        return settings.model_copy(update={"assumptions": hasty})


def oversold_in_storm(kind: type[Shopfront], folder: Path) -> int:
    """Return what a shopfront oversells in the storm."""
    front = kind(folder)
    try:
        front.open_for_business(GOODS)
        LATE.blow(front, SEED, lambda _: None)
        return front.shelf.oversold_units()
    finally:
        close(front.services)


def test_a_guard_that_waits_for_late_writes_does_not_oversell(tmp_path: Path) -> None:
    """It counts them until they cannot land any more."""
    assert oversold_in_storm(Shopfront, tmp_path) == 0


def test_a_guard_that_does_not_wait_for_them_oversells(tmp_path: Path) -> None:
    """The same storm; only the patience is taken out."""
    assert oversold_in_storm(Impatient, tmp_path) > 0
