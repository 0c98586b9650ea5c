"""How far back polls reach: over outages, over long histories, and where they go on."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from connectors.sandbox.orders import Order
from connectors.store import shops
from connectors.store.engine import reading, writing
from connectors.store.orders import lines_of
from reconciliation.quantities import Instant
from tests.support.shopfront import Shopfront, shopfront
from worker.steps.record_orders import LOOK_BACK_S, OUTAGE_S, WINDOW_S, poll_orders
from worker.tiktok_desk import Orders


DAY_S = 86_400.0


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops that show five units each."""
    with shopfront(tmp_path) as opened:
        opened.open_for_business(10)
        yield opened


def is_known(front: Shopfront, order: Order) -> bool:
    """Tell whether an order is in the ledger."""
    with reading(front.services.engine) as connection:
        return bool(lines_of(connection, "alpha", order.order_id))


def polled_up_to(front: Shopfront) -> float | None:
    """Return up to when changes of a shop's orders were polled."""
    with reading(front.services.engine) as connection:
        return shops.load(connection, "alpha").polled_up_to


def missed(front: Shopfront, *, ago_s: float) -> Order:
    """Let an order be placed of which no notification came and which no poll showed."""
    order = front.buy("alpha")
    front.pass_time(ago_s)
    with writing(front.services.engine) as connection:
        shops.save_progress(
            connection,
            "alpha",
            polled_up_to=front.services.now(),
            complete_up_to=front.services.now(),
        )
    return order


def test_after_an_outage_a_poll_reaches_back_over_what_notifications_cover(
    front: Shopfront,
) -> None:
    """What an index hid for hours before we went down is found when we are back."""
    order = missed(front, ago_s=20 * 3_600.0)
    front.pass_time(OUTAGE_S + 1.0)
    poll_orders(front.services, "alpha")

    assert is_known(front, order)


def test_without_an_outage_a_poll_reads_little(front: Shopfront) -> None:
    """The usual overlap is enough from one poll to the next."""
    order = missed(front, ago_s=20 * 3_600.0)
    front.pass_time(5.0)
    poll_orders(front.services, "alpha")

    assert not is_known(front, order)


def test_orders_of_an_outage_of_days_are_all_found(front: Shopfront) -> None:
    """Whatever was missed since the last poll, a long time ago."""
    order = front.buy("alpha")
    front.pass_time(12 * DAY_S)
    poll_orders(front.services, "alpha")

    assert is_known(front, order)


def test_a_long_history_is_read_in_parts(front: Shopfront) -> None:
    """A search for changes for each part, and as many for the proof."""
    front.pass_time(3 * WINDOW_S)
    before = front.calls.count("/order/202309/orders/search")
    poll_orders(front.services, "alpha")

    assert front.calls.count("/order/202309/orders/search") - before == 8


def test_a_history_that_was_broken_off_goes_on_with_the_rest(front: Shopfront) -> None:
    """The parts that were whole are not read again."""

    class Killed(BaseException):
        """What stands for the end of the process."""

    start, parts = polled_up_to(front) or 0.0, count(1)
    front.pass_time(3 * WINDOW_S)
    search = front.services.tiktok.orders_updated_between

    def die_at_the_third(shop: str, since: Instant, until: Instant) -> Orders:
        if next(parts) == 3:
            raise Killed
        return search(shop, since, until)

    # The seam: the process ends at the very moment of the call.
    object.__setattr__(front.services.tiktok, "orders_updated_between", die_at_the_third)
    with pytest.raises(Killed):
        poll_orders(front.services, "alpha")

    assert polled_up_to(front) == pytest.approx(start - LOOK_BACK_S + 2 * WINDOW_S)
