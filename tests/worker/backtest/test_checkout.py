"""The replay's checkout and the sandbox's decide alike."""

from random import Random

from connectors.sandbox.merchandise import NewSku
from connectors.sandbox.refusals import SoldOut
from connectors.sandbox.world import SandboxWorld
from tests.support.histories import demand_under, made_up_history
from worker.backtest.market import Market
from worker.backtest.mirrors import Mirror
from worker.backtest.scene import Scene


def sandbox_answers(acts: list[tuple[str, int]]) -> list[int | None]:
    """What the sandbox shows after each act, None for an order that it refuses."""
    world = SandboxWorld(clock=lambda: 0.0, rng=Random(1))
    world.open_shop("alpha")
    place = world.add_warehouse("alpha", "East").warehouse_id
    (sku,) = world.list_product("alpha", "Lamp", [NewSku(seller_sku="L", warehouse_ids=(place,))])
    answers: list[int | None] = []
    for act, units in acts:
        if act == "write":
            world.overwrite((sku.sku_id, place), units)
        else:
            try:
                world.checkout("alpha", sku.sku_id, units)
            except SoldOut:
                answers.append(None)
                continue
        answers.append(world.listing_quantity(sku.sku_id, place))
    return answers


def replay_answers(acts: list[tuple[str, int]]) -> list[int | None]:
    """What a listing of the replay shows after each act, None for an order that it refuses."""
    market = Market(demand_under(made_up_history()), Scene(), Mirror(), 1)
    answers: list[int | None] = []
    for act, units in acts:
        if act == "write":
            market.shown[0] = units
            answers.append(units)
        else:
            answers.append(market.shown[0] if market.check_out(0, 0, units) else None)
    return answers


def test_the_replay_sells_as_the_sandbox_does() -> None:
    """The same writes and orders leave the same quantities and refusals."""
    rng = Random(3)
    acts = [(rng.choice(("write", "order", "order")), rng.randint(0, 4)) for _ in range(200)]
    acts = [(act, units if act == "write" else max(units, 1)) for act, units in acts]

    assert replay_answers(acts) == sandbox_answers(acts)
