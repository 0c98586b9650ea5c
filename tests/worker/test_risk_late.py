"""Late orders on the shopfront: the chance grows with the time, by what the partner has shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciliation.quantities import Instant
from worker.reports.risk import risk

from ..support.shopfront import Shopfront, shopfront
from .risk_rig import expected, line, only_item, record, sell


DAY_S = 86_400.0


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """A shopfront that is written to."""
    with shopfront(tmp_path) as opened:
        yield opened


def test_an_order_past_its_due_time_is_late(front: Shopfront) -> None:
    """Of two orders the one that nobody packed is surely late five days on."""
    front.open_for_business(12)
    sell(front, "alpha")
    (packed,) = sell(front, "beta")
    front.world.confirm_shipment(packed)
    front.work(3.0)
    front.pass_time(5 * DAY_S)

    report = risk(front.services)

    late = expected(report, "late_order")
    assert (late["alpha"], late["beta"] < 0.02) == (1.0, True)
    assert only_item(report).causes == {"late_order": 1.0}


def late_with(front: Shopfront, hours_left: float) -> float:
    """What alpha is expected to lose as late with an order that has so many hours left."""
    due = {"shipping_due_at": Instant(front.now + hours_left * 3_600.0)}
    record(front, line("1", front, order_id=f"due in {hours_left}", **due))
    return expected(risk(front.services), "late_order")["alpha"]


def test_an_order_that_nears_its_due_time_counts_the_more(front: Shopfront) -> None:
    """With nothing measured a sixteenth a day ahead, half with six hours left, and then all."""
    front.open_for_business(12)

    day, six_hours, minutes = (late_with(front, hours) for hours in (24.5, 6.5, 0.1))

    assert day == pytest.approx(1 / 16)
    assert six_hours - day == pytest.approx(1 / 2)
    assert minutes - six_hours == 1.0


def test_a_partner_is_judged_by_what_it_did(front: Shopfront) -> None:
    """Who packed forty orders with an hour left is trusted with the next: six hours are enough."""
    front.open_for_business(12)
    due_at = Instant(front.now - 100.0)
    before = late_with(front, 6.5)
    for number in range(40):
        packed = {"packed_at": Instant(due_at - 3_700.0), "status": "COMPLETED"}
        record(front, line("1", front, order_id=f"p{number}", shipping_due_at=due_at, **packed))
    after = expected(risk(front.services), "late_order")["alpha"]

    assert before == pytest.approx(1 / 2)
    assert after == pytest.approx(20 / 2 / (40 + 20))


def test_an_order_that_is_near_is_named_with_its_item(front: Shopfront) -> None:
    """From one in twenty on a person should look; a day and a half ahead there is no item yet."""
    front.open_for_business(12)
    late_with(front, 36.5)
    calm = risk(front.services)
    late_with(front, 6.5)

    report = risk(front.services)

    assert calm.items == ()
    assert only_item(report).causes == {"late_order": pytest.approx(1 / 2)}


def test_a_parcel_that_nobody_collects_is_late(front: Shopfront) -> None:
    """Packed in time and still there after seven days."""
    front.open_for_business(12)
    (packed,) = sell(front, "beta")
    front.world.confirm_shipment(packed)
    front.work(3.0)
    front.pass_time(7 * DAY_S)

    assert expected(risk(front.services), "late_order")["beta"] == 1.0
