"""A TikTok Shop that listens on a port: the API, the control calls, and its notifications."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from connectors.sandbox.control import with_control
from connectors.sandbox.faults import FaultPlan
from connectors.sandbox.merchandise import NewSku
from connectors.sandbox.mishaps import Mishaps, drawn
from connectors.sandbox.server import serve
from connectors.sandbox.stage import MovableClock, Stage
from connectors.sandbox.webhooks import WebhookSender
from connectors.sandbox.world import SandboxWorld

from ..web.serving import PortTaken
from .scenario import ProductPlan, Scenario, ShopPlan


MISHAPS_S = 7 * 86_400.0
"""For how long mishaps are drawn beforehand; nobody tests against one sandbox for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSandbox:
    """A sandbox that is served: where, and what can be reached within the process."""

    url: str
    stage: Stage


def build_stage(scenario: Scenario, clock: MovableClock) -> Stage:
    """Return the world of a scenario, nobody being told of anything yet."""
    world = SandboxWorld(clock=clock, rng=_rng(scenario, "world"), switches=scenario.switches)
    stage = Stage(
        world=world,
        faults=FaultPlan(scenario.faults, _rng(scenario, "faults")),
        clock=clock,
        intervals=scenario.mishaps,
        post=_sender(scenario, world),
    )
    for shop in scenario.shops:
        _open(world, shop, scenario.products)
    planned = drawn(
        _rng(scenario, "mishaps"), scenario.mishaps, begins_at=clock(), lasts_s=MISHAPS_S
    )
    Mishaps(world, stage.faults, scenario.mishaps).begin(planned)
    return stage


@contextmanager
def running_sandbox(
    scenario: Scenario,
    *,
    host: str,
    port: int,
    clock: Callable[[], float],
    stands_still: bool = False,
) -> Iterator[RunningSandbox]:
    """Serve a scenario while the context lasts; port 0 takes a free one. Raises `PortTaken`.

    Calls are stamped by their senders' own clocks, so `clock` judges them, however far the
    world's is moved ahead.
    """
    stage = build_stage(scenario, MovableClock(clock, stands_still=stands_still))
    handle = with_control(stage, stage.api(clock))
    with ExitStack() as opened:
        try:
            url = opened.enter_context(serve(handle, host=host, port=port))
        except OSError as fault:
            raise PortTaken(
                f"{host}:{port} cannot be listened on: {fault.strerror or fault}",
                "choose another --host or --port; port 0 takes a free one",
            ) from fault
        if stage.post is not None:
            stage.post.start()
            opened.callback(stage.post.stop)
        yield RunningSandbox(url=url, stage=stage)


def _rng(scenario: Scenario, purpose: str) -> random.Random:
    # One for each, so that more calls do not change what else happens.
    return random.Random(f"{scenario.seed}/{purpose}")  # noqa: S311 - seeded, to be had again


def _sender(scenario: Scenario, world: SandboxWorld) -> WebhookSender | None:
    if not scenario.webhooks.url:
        return None
    return WebhookSender(
        world,
        scenario.webhooks.url,
        rng=_rng(scenario, "webhooks"),
        faults=scenario.webhooks.faults,
        topics=scenario.webhooks.topics,
    )


def _open(world: SandboxWorld, plan: ShopPlan, products: tuple[ProductPlan, ...]) -> None:
    world.open_shop(plan.name, plan.region)
    places = tuple(
        world.add_warehouse(plan.name, name, is_default=name == plan.warehouses[0]).warehouse_id
        for name in plan.warehouses
    )
    for product in products:
        if plan.name in (product.shops or (plan.name,)):
            _list(world, plan.name, product, places)


def _list(world: SandboxWorld, shop: str, plan: ProductPlan, places: tuple[str, ...]) -> None:
    new = [NewSku(seller_sku=name, warehouse_ids=places) for name in plan.skus]
    for sku in world.list_product(shop, plan.title or plan.skus[0], new):
        for place in places:
            world.edit_stock_by_hand(sku.sku_id, place, available=plan.units)
