"""What goes wrong, when it takes effect, and that a seed decides it."""

import random

import httpx
import pytest

from connectors.sandbox.api import make_api
from connectors.sandbox.faults import FaultKind, FaultPlan, FaultRates
from connectors.sandbox.switches import SandboxSwitches

from .scene import Scene


def try_write(scene: Scene, units: int) -> str:
    """Write `units` of a fresh listing of one; returns the answer in a word or two."""
    mug = scene.list_sku(units=1)
    try:
        answer = scene.write(mug, units)
    except httpx.ReadTimeout:
        return f"timeout, shows {scene.shown(mug)}"
    return f"{answer.status_code} {answer.json()['code']}, shows {scene.shown(mug)}"


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (FaultKind.TOO_MANY_REQUESTS, "429 36009002, shows 1"),
        (FaultKind.TOO_MANY_WITH_HINT, "429 36009002, shows 1"),
        (FaultKind.INTERNAL_ERROR, "500 36009003, shows 1"),
        (FaultKind.INTERNAL_ERROR_AFTER_EFFECT, "500 36009003, shows 9"),
        (FaultKind.OVERLOADED, "503 36009003, shows 1"),
        (FaultKind.TIMEOUT_BEFORE_EFFECT, "timeout, shows 1"),
        (FaultKind.TIMEOUT_AFTER_EFFECT, "timeout, shows 9"),
        (FaultKind.LATE_EFFECT, "timeout, shows 1"),
        (FaultKind.PARTIAL_FAILURE, "200 0, shows 1"),
    ],
)
def test_each_fault_has_its_outcome(kind: FaultKind, outcome: str) -> None:
    """What the caller is told, and what really happened, differ as the kind says."""
    scene = Scene()
    scene.faults.force(kind, api="inventory_update", delay_s=5)

    assert try_write(scene, 9) == outcome


def test_a_late_effect_overwrites_what_came_between() -> None:
    """Counterexample 4: a write taken for lost lands after a newer one."""
    scene = Scene()
    mug = scene.list_sku(units=1)
    scene.faults.force(FaultKind.LATE_EFFECT, delay_s=5)
    with pytest.raises(httpx.ReadTimeout):
        scene.write(mug, 9)
    scene.write(mug, 2)
    between = scene.shown(mug)
    scene.clock.wait(5)

    assert (between, scene.shown(mug)) == (2, 9)


@pytest.mark.parametrize(("passes_gateway", "shown"), [(False, 9), (True, 1)])
def test_a_stalled_request_may_expire_at_the_gateway(passes_gateway: bool, shown: int) -> None:  # noqa: FBT001 - a parameter of the test
    """Judged when it lands, a request older than five minutes has no effect any more."""
    scene = Scene(SandboxSwitches(late_effects_pass_gateway=passes_gateway))
    mug = scene.list_sku(units=1)
    scene.faults.force(FaultKind.LATE_EFFECT, delay_s=301)
    with pytest.raises(httpx.ReadTimeout):
        scene.write(mug, 9)
    scene.clock.wait(301)

    assert scene.shown(mug) == shown


def kinds_drawn(seed: int) -> list[FaultKind | None]:
    """Return what strikes a hundred calls."""
    plan = FaultPlan(FaultRates(overloaded=0.2, late_effect=0.2), random.Random(seed))
    faults = [plan.draw("orders_search") for _ in range(100)]
    return [fault.kind if fault else None for fault in faults]


def test_the_seed_decides() -> None:
    """The same seed draws the same faults, only of kinds that have a rate."""
    assert kinds_drawn(1) == kinds_drawn(1) != kinds_drawn(2)
    assert set(kinds_drawn(1)) == {None, FaultKind.OVERLOADED, FaultKind.LATE_EFFECT}


def test_a_plan_may_spare_other_apis() -> None:
    """Faults can be kept to some routes, and stopped altogether."""
    plan = FaultPlan(
        FaultRates(overloaded=1.0), random.Random(1), apis=frozenset({"inventory_update"})
    )
    struck = [plan.draw("orders_search"), plan.draw("inventory_update")]
    plan.stop()

    assert struck[0] is None
    assert struck[1] is not None
    assert plan.draw("inventory_update") is None


@pytest.mark.parametrize("rates", [{"overloaded": -0.1}, {"overloaded": 0.6, "late_effect": 0.6}])
def test_rates_are_shares(rates: dict[str, float]) -> None:
    """A rate below nothing and rates above one whole are refused."""
    with pytest.raises(ValueError, match="together at most 1"):
        FaultRates(**rates)


def test_nothing_goes_wrong_by_default() -> None:
    """An API without a plan answers every call."""
    scene = Scene(SandboxSwitches(calls_per_second=None))
    handle = make_api(scene.world)
    request = scene.request("GET", "/logistics/202309/warehouses")

    assert {handle(request).status_code for _ in range(200)} == {200}
