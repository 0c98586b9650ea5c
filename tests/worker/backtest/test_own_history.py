"""The store's own history, replayed."""

import json
from pathlib import Path

import pytest

from worker.cli.endings import ExitCode

from ..cli_rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """A shop to command."""
    rig = Rig(tmp_path)
    rig.run("migrate")
    return rig


def test_a_store_without_orders_says_what_to_do(rig: Rig) -> None:
    """There is nothing to replay until something was sold."""
    answer = rig.run("backtest")

    assert answer.code == ExitCode.BAD_USAGE
    assert "the store holds no order yet" in answer.err
    assert "--orders FILE" in answer.err


def test_what_was_sold_and_stated_is_replayed(rig: Rig) -> None:
    """Without a file, orders and feeds come from the store."""
    sku = rig.list_sku(units=9)
    rig.take_in(LAMP=9)
    rig.run("reconcile")
    for _ in range(3):
        rig.world.pay(rig.world.checkout("alpha", sku.sku_id, 1).order_id)
        rig.clock.sleep(60.0)
    rig.run("reconcile")

    answer = rig.run(
        "backtest", "--seeds", "1", "--processes", "1", "--policy", "atomic", "--json"
    )

    found = [json.loads(text) for text in answer.out.splitlines()]
    assert "3 order lines of 1 SKUs" in answer.err
    assert [each["feed_error"] for each in found] == ["none", "none", "none", "recorded"]
    assert found[-1]["orders"] == 3
