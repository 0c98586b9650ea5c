"""Addresses are registered for each shop and event, and only for events that have a name."""

import pytest

from .scene import Scene


PLACE = "/event/202309/webhooks"
HOOK = "https://guard.example/hook"


def register(scene: Scene, event: str, address: str = HOOK) -> int:
    """Register an address for alpha; return TikTok's code."""
    answer = scene.call("PUT", PLACE, {"event_type": event, "address": address})
    return int(answer.json()["code"])


def registered(scene: Scene) -> dict[str, str]:
    """Return what is registered for alpha."""
    rows = scene.data("GET", PLACE)["webhooks"]
    return {row["event_type"]: row["address"] for row in rows}


def test_an_address_is_registered_and_taken_away() -> None:
    """A later one takes the place of the one before."""
    scene = Scene()
    register(scene, "ORDER_STATUS_CHANGE", "https://old.example")
    register(scene, "ORDER_STATUS_CHANGE")
    there = registered(scene)
    scene.data("DELETE", PLACE, {"event_type": "ORDER_STATUS_CHANGE"})

    assert (there, registered(scene)) == ({"ORDER_STATUS_CHANGE": HOOK}, {})


def test_each_shop_has_its_own() -> None:
    """What one registers is none of another's."""
    scene = Scene()
    scene.open_shop("beta")
    register(scene, "ORDER_STATUS_CHANGE")

    assert scene.world.webhooks.keys() == {"alpha"}


@pytest.mark.parametrize(
    ("event", "address"),
    [("INVENTORY_STATUS", HOOK), ("ORDER_STATUS_CHANGE", "http://plain.example"), ("", HOOK)],
)
def test_what_tiktok_would_not_take_is_refused(event: str, address: str) -> None:
    """Events that only Partner Center knows, and addresses without TLS (API page, section 6)."""
    assert register(Scene(), event, address) == 36009004
