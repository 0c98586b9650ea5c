"""What probes are told: that a process lives, and whether its work can be done."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from connectors.store import work
from connectors.store.engine import open_engine, writing
from reconciliation.quantities import Instant
from tests.support.monitoring import (
    ask,
    scrape,
)
from tests.support.shopfront import Shopfront, shopfront
from worker.metrics.endpoints import monitoring_app
from worker.metrics.readiness import look, no_broker
from worker.services import Services


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops in write mode, nothing done yet."""
    with shopfront(tmp_path) as opened:
        yield opened


def without_record(front: Shopfront) -> Services:
    """Return the services with a database that cannot be reached."""
    return replace(front.services, engine=open_engine("sqlite:////no/such/folder/record.sqlite3"))


def failing(services: Services) -> dict[str, str]:
    """Return the checks of `/readyz` that are not well, with their states."""
    answer = ask(monitoring_app(services), "/readyz")
    checks = json.loads(answer.text)["checks"]
    return {name: each["status"] for name, each in checks.items() if each["status"] != "ok"}


def test_a_program_that_is_well_is_ready(front: Shopfront) -> None:
    """All checks are named, and all are well."""
    answer = ask(monitoring_app(front.services), "/readyz")
    told = json.loads(answer.text)

    assert answer.status_code == 200
    assert told["status"] == "ok"
    assert list(told["checks"]) == ["record", "schema", "clock", "work", "broker"]


def test_a_process_lives_without_its_record(front: Shopfront) -> None:
    """A restart would mend no database."""
    answer = ask(monitoring_app(without_record(front)), "/livez")

    assert answer.status_code == 200


def test_a_program_without_its_record_is_not_ready(front: Shopfront) -> None:
    """The probe names the record, and `/metrics` still answers."""
    app = monitoring_app(without_record(front))

    assert ask(app, "/readyz").status_code == 503
    assert failing(without_record(front)) == {"record": "failed"}
    assert scrape(app).value("state_read_age_seconds") == 0.0


def test_a_program_on_another_schema_is_not_ready(front: Shopfront) -> None:
    """While a migration is under way no work is sent to the old or the new program."""
    with writing(front.services.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    assert failing(front.services) == {"schema": "failed"}


def test_work_that_nobody_does_makes_unready(front: Shopfront) -> None:
    """Due for longer than a dead worker's claim lasts: nobody is there."""
    with writing(front.services.engine) as connection:
        work.ask(connection, "plan", ["EAST/TEE"], due_at=Instant(front.now - 91.0))

    assert failing(front.services) == {"work": "failed"}


@pytest.mark.parametrize(("offset_s", "state"), [(1.5, "ok"), (2.5, "failed"), (-2.5, "failed")])
def test_a_clock_that_is_off_makes_unready(front: Shopfront, offset_s: float, state: str) -> None:
    """Leases would end at the wrong time."""
    theirs = Instant(front.now + offset_s)
    readiness = look(front.services, no_broker, clock_of=lambda _connection: theirs)

    assert {each.name: each.state.value for each in readiness.checks}["clock"] == state


def test_a_broker_that_is_away_only_degrades(front: Shopfront) -> None:
    """The record is swept for work: slower, and nothing is lost."""
    app = monitoring_app(front.services, broker=lambda: "it does not answer")
    answer = ask(app, "/readyz")

    assert answer.status_code == 200
    assert json.loads(answer.text)["status"] == "degraded"


def test_a_broker_that_hangs_only_degrades(front: Shopfront) -> None:
    """It is not waited for, and the checks that count are made."""
    may_end = Event()

    def hang() -> str:
        may_end.wait()
        return ""

    answer = ask(monitoring_app(front.services, broker=hang), "/readyz")
    may_end.set()

    assert answer.status_code == 200
    assert json.loads(answer.text)["checks"]["broker"]["status"] == "degraded"


def test_a_record_that_hangs_makes_unready(front: Shopfront) -> None:
    """The probe is answered all the same, and so is the one for life."""
    hanging, may_end = Event(), Event()

    def clock() -> Instant:
        if hanging.is_set():
            may_end.wait()
        return Instant(front.now)

    app = monitoring_app(replace(front.services, clock=clock))
    hanging.set()
    ready, alive = ask(app, "/readyz"), ask(app, "/livez")
    may_end.set()

    assert ready.status_code == 503
    assert alive.status_code == 200


def test_a_broker_check_that_fails_only_degrades(front: Shopfront) -> None:
    """Whatever it raises is no secret's way out."""

    def fail() -> str:
        raise ConnectionError("redis://user:secret-canary@host")

    answer = ask(monitoring_app(front.services, broker=fail), "/readyz")

    assert answer.status_code == 200
    assert "secret-canary" not in answer.text
