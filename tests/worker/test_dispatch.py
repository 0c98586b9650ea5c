"""One row of work: what ends quietly, what comes back, and what a failure tells."""

import os
from pathlib import Path

import pytest
import structlog

from connectors.store import intake, leases, work, work_due
from connectors.store.engine import DriverMissing, open_engine, reading, writing
from connectors.store.tables import LISTINGS, RECIPE_LINES
from reconciliation.feed_gate import Ruling
from tests.support.shopfront import iso, shopfront
from worker.cli.desk import log_to_stderr
from worker.dispatch import work_off
from worker.ingest import ingest
from worker.queues import PLAN, PUSH, push_work


CANARY = "secret-canary-7"


def test_work_for_a_shop_that_left_the_configuration_ends_quietly(tmp_path: Path) -> None:
    """Its row is done, and fails for nobody."""
    with shopfront(tmp_path) as front:
        with writing(front.services.engine) as connection:
            work.ask(connection, "orders", ["gone"], due_at=front.services.now())
        work_off(front.services, "orders", "gone")
        with reading(front.services.engine) as connection:
            left = work_due.due(connection, front.services.now(), most=10)

    assert left == []


def test_a_traceback_shows_no_local_variable(capsys: pytest.CaptureFixture[str]) -> None:
    """What a failing function held in its hands may be a secret."""

    def fail() -> None:
        token = CANARY
        raise RuntimeError(f"it failed with {len(token)} letters")

    log_to_stderr()
    try:
        fail()
    except RuntimeError as error:
        structlog.get_logger("oversell_guard").error("step_failed", exc_info=error)
    printed = capsys.readouterr().err

    assert "it failed" in printed
    assert CANARY not in printed


def test_a_database_without_a_driver_is_named_without_its_password() -> None:
    """The remedy says what to write instead; the URL is not quoted."""
    with pytest.raises(DriverMissing, match="sqlite:///file") as caught:
        open_engine(f"postgresql+psycopg2://guard:{CANARY}@host/db")

    assert CANARY not in str(caught.value)


def test_a_held_file_is_taken_once_a_person_approved_it(tmp_path: Path) -> None:
    """The gate holds a file that lost most of its rows; approved, it is in force."""
    with shopfront(tmp_path) as front:
        whole = "".join(f"SKU-{n},5,{iso(front.now)}\n" for n in range(12))
        front.drop_file(f"sku,quantity,as_of\nTEE,9,{iso(front.now)}\n{whole}")
        front.open_for_business(0)
        shrunk = tmp_path / "shrunk.csv"
        front.pass_time(1.0)
        shrunk.write_text(f"sku,quantity,as_of\nTEE,4,{iso(front.now)}\n")
        # The file system has the real time, this shopfront its own.
        os.utime(shrunk, (front.now, front.now))
        held = ingest(front.services, shrunk, "east")
        taken = ingest(front.services, shrunk, "east", approved=True)
        with reading(front.services.engine) as connection:
            last = intake.last_accepted(connection, "east")

    assert held.ruling is Ruling.QUARANTINE
    assert taken.ruling is Ruling.ACCEPT
    assert last is not None
    assert list(last.units.values()) == [4]


def test_a_shop_that_another_writes_to_is_left_to_it(tmp_path: Path, database_url: str) -> None:
    """Nothing is done and nothing is lost: the write stays due for whoever has the shop."""
    with shopfront(tmp_path, database_url=database_url) as front:
        front.open_for_business(10)
        with writing(front.services.engine) as connection:
            leases.take(
                connection, "shop/alpha", holder="other", now=front.services.now(), for_s=60.0
            )
        key = push_work("alpha", front.key("alpha").product_id)
        with writing(front.services.engine) as connection:
            work.ask(connection, PUSH, [key], due_at=front.services.now())

        assert work_off(front.services, PUSH, key) is False
        with reading(front.services.engine) as connection:
            assert key in work_due.due_keys(connection, PUSH, front.services.now(), most=9)


def test_what_fails_for_many_is_decided_for_each_alone(tmp_path: Path, database_url: str) -> None:
    """A pool whose record is broken keeps no other pool from being decided for."""
    guard = {"safety_units_max": 0}
    with shopfront(tmp_path, database_url=database_url, guard=guard) as front:
        front.open_for_business(10)
        place = {"shop": "alpha", "product_id": "p", "sku_id": "s", "warehouse_id": "w"}
        told = {"seller_sku": "BROKEN", "title": "", "product_status": "ACTIVATE"}
        with writing(front.services.engine) as connection:
            connection.execute(LISTINGS.insert(), {**place, **told, "state": "no such state"})
            part = {"warehouse": "EAST", "sku": "BROKEN", "units": 1}
            connection.execute(RECIPE_LINES.insert(), {**place, **part})
            pools = ["EAST/BROKEN", "EAST/TEE"]
            work.ask(connection, PLAN, pools, due_at=front.services.now())
        work_off(front.services, PLAN, "EAST/BROKEN")
        front.drop_feed(4)
        front.work(6.0)

        assert sum(front.shown().values()) == 4
