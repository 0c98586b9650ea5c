"""Automatic restock: switched off per SKU where a policy says so, and counted as before."""

from pathlib import Path

from connectors.sandbox.orders import Role
from connectors.store import restock_settings, work
from connectors.store.engine import reading, writing
from tests.support.shopfront import Shopfront, shopfront
from worker.dispatch import work_off
from worker.queues import RESTOCK


SETTINGS = "/product/202608/inventory/operation/settings"
GUARD = {"auto_restock": "switch_off"}


def look(front: Shopfront) -> None:
    """Let the setting be looked after now."""
    with writing(front.services.engine) as connection:
        work.ask(connection, RESTOCK, ["alpha"], due_at=front.services.now())
    work_off(front.services, RESTOCK, "alpha")


def refused(front: Shopfront) -> list[str]:
    """Return the SKUs of one shop for which TikTok refused it."""
    with reading(front.services.engine) as connection:
        return list(restock_settings.refusals(connection, "alpha"))


def test_by_default_nothing_is_asked(tmp_path: Path) -> None:
    """The setting is the seller's, and is left as it is."""
    with shopfront(tmp_path) as front:
        front.open_for_business(10)
        look(front)

        assert SETTINGS not in front.calls


def test_a_policy_has_it_switched_off(tmp_path: Path) -> None:
    """TikTok no longer sells cancelled units by itself."""
    with shopfront(tmp_path, guard=GUARD) as front:
        front.open_for_business(10)
        look(front)

        assert not front.world.restocks("alpha", front.skus["alpha"].sku_id)


def test_it_is_asked_for_once(tmp_path: Path) -> None:
    """What is switched off stays so."""
    with shopfront(tmp_path, guard=GUARD) as front:
        front.open_for_business(10)
        look(front)
        made = front.calls.count(SETTINGS)
        look(front)

        assert front.calls.count(SETTINGS) == made


def test_a_shop_that_is_only_observed_is_left_as_it_is(tmp_path: Path) -> None:
    """It is a change of TikTok's, as a quantity is."""
    with shopfront(tmp_path, modes=("observe", "write"), guard=GUARD) as front:
        front.open_for_business(10)
        look(front)

        assert front.world.restocks("alpha", front.skus["alpha"].sku_id)


def test_a_shop_without_the_setting_is_asked_again_in_a_day(tmp_path: Path) -> None:
    """TikTok's refusal is kept with the SKU, and stops nothing else."""
    with shopfront(tmp_path, guard=GUARD) as front:
        front.world.restock_setting_refusal = 12052094
        front.open_for_business(10)
        look(front)
        made = front.calls.count(SETTINGS)
        look(front)

        assert refused(front) == [front.skus["alpha"].sku_id]
        assert front.calls.count(SETTINGS) == made
        assert sum(front.shown().values()) == 10


def test_a_cancelled_unit_counts_until_it_is_read_all_the_same(tmp_path: Path) -> None:
    """That the setting is kept to nobody has seen: the unit is given to no other shop before."""
    with shopfront(tmp_path, guard=GUARD) as front:
        front.open_for_business(4)
        front.world.set_auto_restock(front.skus["alpha"].sku_id, enabled=True)
        order = front.buy("alpha")
        front.work(2)
        front.world.cancel(order.order_id, Role.BUYER, "buyer_cancel_no_longer_needed")
        for _ in range(30):
            front.work(0.2)
            assert sum(front.shown().values()) <= 4
