"""What the steps count: each thing where it happens, under the names of the catalogue."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.faults import FaultKind
from connectors.sandbox.merchandise import ProductStatus
from connectors.store import leases, tallies, work
from connectors.store.engine import open_engine, reading, writing
from reconciliation.budget import Cause
from reconciliation.verdict import Write, WriteClass
from tests.support.boards import board, listed, listing_key
from tests.support.shopfront import SHOPS, Shopfront, iso, shopfront
from worker.metrics.tally import Tally
from worker.queues import push_work
from worker.steps.intents import within_bound


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops in write mode, nothing done yet."""
    with shopfront(tmp_path) as opened:
        yield opened


def counted(front: Shopfront, name: str, label: str) -> dict[str, float]:
    """Return what was counted under a name since the last time, by one of its labels."""
    tally = front.services.meter
    assert isinstance(tally, Tally)
    found: dict[str, float] = {}
    for (each, labels), value in tally.take().items():
        if each == name:
            key = json.loads(labels)[label]
            found[key] = found.get(key, 0.0) + value
    return found


def test_a_pushed_quantity_counts_once(front: Shopfront) -> None:
    """Both shops were written to, and TikTok took it."""
    front.open_for_business(10)

    assert counted(front, "push_outcomes", "outcome") == {"answered": 2.0}


def test_a_write_without_an_answer_counts_as_unknown(front: Shopfront) -> None:
    """How a call ended is counted as it was recorded."""
    front.faults.force(FaultKind.TIMEOUT_BEFORE_EFFECT, api="inventory_update")
    front.open_for_business(10)

    assert counted(front, "push_outcomes", "outcome") == {"unknown": 1.0, "answered": 1.0}


def test_a_refused_write_counts_as_refused(front: Shopfront) -> None:
    """A frozen product takes no quantity."""
    front.open_for_business(10)
    front.world.set_product_status(front.key("alpha").product_id, ProductStatus.FREEZE)
    front.drop_feed(6)
    counted(front, "push_outcomes", "outcome")
    front.work(10)

    assert counted(front, "push_outcomes", "outcome")["refused"] >= 1.0


def test_a_breach_of_the_bound_counts(front: Shopfront) -> None:
    """A write beyond the goods, which no plan makes, is refused and counted for its shop."""
    key = listing_key("alpha")
    forged = Write(key=key, units=999, shown_units=5, write_class=WriteClass.MOVE, reason="forged")
    with writing(front.services.engine) as connection:
        due = {("alpha", key.product_id): (forged,)}
        written = within_bound(connection, front.services, board(10, listed(key)), due)

    assert written == {}
    assert counted(front, "bound_breaches", "shop") == {"alpha": 1.0}


def test_a_state_counts_when_it_is_entered(front: Shopfront) -> None:
    """Both listings are paused by the last sale, and stay so without counting again."""
    front.open_for_business(2)
    counted(front, "guard_changes", "state")
    for shop in SHOPS:
        front.buy(shop)
    front.work(6)

    assert counted(front, "guard_changes", "state")["paused"] == 2.0


def test_how_often_a_listing_comes_back_within_the_hour_is_measured(front: Shopfront) -> None:
    """Both were paused by the last sale and came back with new goods, for the first time."""
    front.open_for_business(2)
    for shop in SHOPS:
        front.buy(shop)
    front.work(6)
    front.drop_feed(30)
    front.work(20)

    assert counted(front, "hourly_resumes_sum", "shop") == {"alpha": 1.0, "beta": 1.0}


def test_an_order_without_goods_counts_by_its_cause(front: Shopfront) -> None:
    """A feed finds fewer than were sold."""
    front.open_for_business(8)
    front.buy("alpha", 2)
    front.work(4.0)
    front.drop_feed(1)
    front.work(4.0)

    assert counted(front, "oversold_orders", "cause") == {Cause.DECLINE: 1.0}


def test_a_fact_counts_once_a_read_has_proved_it(front: Shopfront) -> None:
    """The feed that filled both shops is confirmed in each of them once."""
    front.open_for_business(10)

    assert sum(counted(front, "fact_to_confirmed_seconds_bucket", "shop").values()) == 2.0


def test_a_fact_is_not_confirmed_by_an_answer(front: Shopfront) -> None:
    """While no read has shown the quantity, nothing is confirmed."""
    front.faults.force(FaultKind.TIMEOUT_BEFORE_EFFECT, api="inventory_update")
    front.faults.force(FaultKind.TIMEOUT_BEFORE_EFFECT, api="inventory_update")
    front.open_for_business(10)

    assert front.open_writes() == 2
    assert counted(front, "fact_to_confirmed_seconds_bucket", "shop") == {}


def test_a_file_counts_by_its_ruling(front: Shopfront) -> None:
    """Taken, taken before, and not to be read at all; business opens with a file of its own."""
    text = f"sku,quantity,as_of\nTEE,7,{iso(front.now)}\n"
    front.drop_file(text)
    front.open_for_business(0)
    front.drop_file(text, "again.csv")
    front.drop_file("no such columns\n", "strange.csv")
    front.work(2)

    assert counted(front, "feed_files", "ruling") == {
        "accept": 2.0,
        "repeated": 1.0,
        "refuse": 1.0,
    }


def test_rows_count_by_their_fate(front: Shopfront) -> None:
    """A bad row is counted beside the good ones."""
    front.open_for_business(10)
    counted(front, "feed_rows", "fate")
    moment = iso(front.now)
    front.drop_file(f"sku,quantity,as_of\nTEE,9,{moment}\nMUG,1_000,{moment}\n")
    front.work(8)

    assert counted(front, "feed_rows", "fate") == {"accepted": 1.0, "refused": 1.0}


def test_a_step_that_fails_counts_for_its_queue(front: Shopfront) -> None:
    """A fault in our own data is made again after a pause, and counted each time."""
    with writing(front.services.engine) as connection:
        work.ask(connection, "plan", ["EAST/TEE"], due_at=front.services.now())
    object.__setattr__(front.services, "policies", None)
    front.work_off_due()

    assert counted(front, "step_failures", "queue") == {"plan": 1.0}


def test_a_step_that_waits_for_another_has_not_failed(front: Shopfront) -> None:
    """While another writes to the shop its rows come back uncounted."""
    front.open_for_business(10)
    counted(front, "step_failures", "queue")
    now = front.services.now()
    with writing(front.services.engine) as connection:
        leases.take(connection, "shop/alpha", holder="other", now=now, for_s=60.0)
        key = push_work("alpha", front.key("alpha").product_id)
        work.ask(connection, "push", [key], due_at=now)
    front.work_off_due()

    assert counted(front, "step_failures", "queue") == {}


def test_a_call_counts_by_its_outcome_and_takes_its_time(front: Shopfront) -> None:
    """Each attempt at each operation is counted and measured."""
    front.faults.force(FaultKind.INTERNAL_ERROR, api="orders_search")
    front.open_for_business(10)
    tally = front.services.meter
    assert isinstance(tally, Tally)
    taken = tally.take()
    calls = sum(value for (name, _), value in taken.items() if name == "tiktok_calls")
    measured = sum(
        value for (name, _), value in taken.items() if name.startswith("tiktok_call_duration")
    )
    failed = '{"operation":"search_orders","outcome":"try_later","shop":"alpha"}'

    assert taken["tiktok_calls", failed] == 1.0
    assert calls == len(front.calls)
    assert measured >= calls


def test_closing_brings_in_what_was_counted(tmp_path: Path) -> None:
    """A command that ends takes no count with it."""
    with shopfront(tmp_path) as front:
        front.open_for_business(10)
    engine = open_engine(f"sqlite:///{tmp_path / 'record.sqlite3'}")
    with reading(engine) as connection:
        stored = tallies.load(connection)
    engine.dispose()

    assert stored["push_outcomes", '{"outcome":"answered","shop":"alpha"}'] == 1.0
