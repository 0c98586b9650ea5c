"""What happens beside the calls is settled by a seed, and happens when it is due."""

import random

import pytest

from connectors.sandbox.faults import FaultKind, FaultPlan, FaultRates
from connectors.sandbox.mishaps import Mishap, MishapIntervals, MishapKind, Mishaps, drawn

from .scene import NOON, Scene


ALL = MishapIntervals(
    token_expires_s=30.0,
    seller_lowers_s=20.0,
    seller_raises_s=40.0,
    clock_steps_s=25.0,
    tiktok_leaves_s=50.0,
)


def plan(seed: int, intervals: MishapIntervals = ALL) -> tuple[Mishap, ...]:
    """Return what a seed lets happen in ten minutes."""
    return drawn(random.Random(seed), intervals, begins_at=NOON, lasts_s=600.0)


def strike(scene: Scene, kind: MishapKind, luck: float = 0.5) -> None:
    """Let one thing happen now."""
    mishap = Mishap(at=scene.clock.now, kind=kind, luck=luck)
    Mishaps(scene.world, scene.faults, ALL).strike(mishap)


def test_the_same_seed_lets_the_same_happen() -> None:
    """A failure can be had again."""
    assert plan(3) == plan(3)


def test_another_seed_lets_other_things_happen() -> None:
    """Else one seed would be all there is."""
    assert plan(3) != plan(4)


def test_every_kind_happens_in_the_order_of_its_time() -> None:
    """Each interval stands for a kind."""
    planned = plan(3)

    assert {each.kind for each in planned} == set(MishapKind)
    assert sorted(each.at for each in planned) == [each.at for each in planned]


def test_nothing_happens_unless_it_is_asked_for() -> None:
    """An interval of 0 means never."""
    assert plan(3, MishapIntervals()) == ()


def test_nothing_happens_before_its_time() -> None:
    """And each only once."""
    scene = Scene()
    sku = scene.list_sku(units=8)
    lowered = Mishap(at=NOON + 5, kind=MishapKind.SELLER_LOWERS, luck=0.5)
    Mishaps(scene.world, scene.faults, ALL).begin([lowered])
    shown = []
    for wait_s in (4.9, 0.1, 5.0):
        scene.clock.wait(wait_s)
        shown.append(scene.shown(sku))

    assert shown == [8, 4, 4]


def test_a_token_that_expires_is_refused_until_it_is_refreshed() -> None:
    """As one that came to its end by itself."""
    scene = Scene()
    strike(scene, MishapKind.TOKEN_EXPIRES)

    assert scene.call("GET", "/authorization/202309/shops", shop_cipher=None).json()["code"] == (
        105002
    )


def test_a_person_may_raise_what_is_shown() -> None:
    """What the program then sees is no write of its own."""
    scene = Scene()
    sku = scene.list_sku(units=2)
    strike(scene, MishapKind.SELLER_RAISES, luck=0.5)

    assert scene.shown(sku) == 5


def test_clocks_come_to_differ_within_the_limit() -> None:
    """Ahead or behind, by luck."""
    scene = Scene()
    strike(scene, MishapKind.CLOCK_STEPS, luck=1.0)

    assert scene.world.switches.clock_ahead_s == ALL.clock_ahead_s_max


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ([MishapKind.TIKTOK_LEAVES], 503),
        ([MishapKind.TIKTOK_LEAVES, MishapKind.TIKTOK_RETURNS], 200),
    ],
)
def test_tiktok_may_be_away_for_a_while(kinds: list[MishapKind], status: int) -> None:
    """Every call is turned away meanwhile."""
    scene = Scene()
    for kind in kinds:
        strike(scene, kind)

    assert scene.call("GET", "/logistics/202309/warehouses").status_code == status


def test_where_there_is_nothing_to_edit_nothing_happens() -> None:
    """An empty shop has no quantity."""
    scene = Scene()
    strike(scene, MishapKind.SELLER_LOWERS)

    assert scene.world.snapshot().stocks == ()


def test_an_interval_that_runs_backwards_is_refused() -> None:
    """Before anything is drawn from it."""
    with pytest.raises(ValueError, match="negative"):
        MishapIntervals(token_expires_s=-1.0)


def test_too_many_requests_may_say_how_long_to_wait() -> None:
    """In whole seconds, as HTTP has it; without the hint nothing is said."""
    scene = Scene()
    hints = []
    for kind in (FaultKind.TOO_MANY_WITH_HINT, FaultKind.TOO_MANY_REQUESTS):
        scene.faults.force(kind, delay_s=1.4)
        answer = scene.call("GET", "/logistics/202309/warehouses")
        hints.append(answer.headers.get("retry-after"))

    assert hints == ["2", None]


def test_rates_can_be_changed_while_calls_are_made() -> None:
    """For the sandbox that serves alone."""
    faults = FaultPlan.none()
    faults.set_rates(FaultRates(overloaded=1.0))
    fault = faults.draw("shops")

    assert fault is not None
    assert fault.kind is FaultKind.OVERLOADED
