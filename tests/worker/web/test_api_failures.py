"""When something fails the API says so in one form, and tells nothing that is not for outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from threading import Event, Semaphore, Thread

import pytest
import structlog
from sqlalchemy import text
from starlette.applications import Starlette

from connectors.errors import Mend, NotAuthorised, TryLater
from connectors.sandbox.faults import FaultKind
from connectors.store.engine import open_engine, writing
from reconciliation.quantities import Instant
from worker.access import Caller, Role
from worker.causes import Kind
from worker.mapping_file import MappingFault
from worker.services import Services
from worker.web.api import api_routes
from worker.web.api_operations import RECONCILES_MAX, Reconciling
from worker.web.api_requests import ReconcileRequest
from worker.web.problems import STATUSES, Problem, problem_of

from .api_rig import EXAMPLES, ApiRig, RiskFound, api_of, api_rig, causes_of


OPERATOR = Caller(token_id="a1", name="console", role=Role.OPERATOR)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[ApiRig]:
    """Two shops, decided on and at rest."""
    with api_rig(tmp_path) as rig:
        yield rig


# --- the store -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_without_the_store_nobody_is_let_in(rig: ApiRig, name: str) -> None:
    """Who asks is not known then; where the store is, is not told."""
    example, token = EXAMPLES[name], rig.token(Role.OPERATOR).text
    away = replace(rig.front.services, engine=open_engine("sqlite:////nowhere/canary.sqlite3"))
    rig.client = api_of(away)

    answer = rig.ask(token, "POST" if example.body else "GET", example.path, json=example.body)

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert causes_of(answer) == "the store failed"


def test_what_the_store_said_is_for_the_log(rig: ApiRig) -> None:
    """The statement and the table stay with whoever runs the program."""
    token = rig.token(Role.READER).text
    with writing(rig.front.services.engine) as connection:
        connection.execute(text("ALTER TABLE trail RENAME TO elsewhere"))

    with structlog.testing.capture_logs() as logged:
        answer = rig.ask(token, "GET", "/api/history/TEE")

    assert answer.status_code == 503
    assert "trail" not in answer.text
    assert "no such table: trail" in str(logged)


# --- TikTok ----------------------------------------------------------------------------------


def test_a_shop_that_fails_is_told_apart_from_us(rig: ApiRig) -> None:
    """Which call it was is told, to an operator."""
    for _ in range(20):
        rig.front.faults.force(FaultKind.INTERNAL_ERROR, api="inventory_search")

    answer = rig.operate("reconcile")

    assert answer.status_code == 503
    assert "read_stock [alpha]" in causes_of(answer)


def test_a_wait_that_tiktok_asks_for_is_passed_on() -> None:
    """To the second."""
    problem = problem_of(TryLater("too many calls", retry_after_s=17.0), route="/api")

    assert (problem.status, problem.headers["Retry-After"]) == (503, "17")


def test_missing_access_is_told_with_what_mends_it() -> None:
    """It does not help to come back."""
    problem = problem_of(NotAuthorised("denied", mend=Mend.CONSENT), route="/api")

    assert problem.status == 502
    assert "authorise the app again" in problem.causes[0].remedy


def test_looking_that_takes_all_the_time_is_ended(rig: ApiRig) -> None:
    """Nothing was decided; the request does not hang."""

    def ticking() -> Instant:
        rig.front.now += 0.2
        return Instant(rig.front.now)

    rig.client = api_of(replace(rig.front.services, clock=ticking))
    made = rig.front.writes_made()

    answer = rig.operate("reconcile", timeout_s=1)

    assert answer.status_code == 504
    assert "took more than 1 s" in causes_of(answer)
    assert rig.front.writes_made() == made


def test_writing_that_takes_all_the_time_is_ended(rig: ApiRig) -> None:
    """After the first call the time is over; the other shop's stays due, and is told as such."""
    front = rig.front

    def slow() -> Instant:
        calls = sum("inventory/update" in each for each in front.calls)
        return Instant(front.now + 100.0 * (calls - calls_before))

    calls_before = sum("inventory/update" in each for each in front.calls)
    rig.operate("hold", sku="TEE", shop=None, at_most=0)
    rig.client = api_of(replace(front.services, clock=slow))

    rows = rig.operate("reconcile", sku="TEE", shop=None, timeout_s=60).json()["rows"]

    assert sum("inventory/update" in each for each in front.calls) == calls_before + 1
    assert "waiting" in {each["ending"] for each in rows}


# --- too many --------------------------------------------------------------------------------


@contextmanager
def under_way(services: Services, reconciling: Reconciling, count: int) -> Iterator[None]:
    """Hold reconciles in the middle, where they wait for TikTok."""
    inside, go_on = Semaphore(0), Event()

    def wait(seconds: float) -> None:
        inside.release()
        go_on.wait(30.0)
        services.sleep(seconds)

    held = replace(services, sleep=wait)
    asked = ReconcileRequest(sku="TEE", dry_run=True)
    threads = [Thread(target=reconciling.act, args=(held, OPERATOR, asked)) for _ in range(count)]
    for thread in threads:
        thread.start()
        assert inside.acquire(timeout=30.0)
    yield
    go_on.set()
    for thread in threads:
        thread.join(30.0)


def test_no_more_than_a_few_reconciles_are_under_way(rig: ApiRig) -> None:
    """Each holds a thread; the next is told when to come back."""
    reconciling, services = Reconciling(), rig.front.services

    with under_way(services, reconciling, RECONCILES_MAX), pytest.raises(Problem) as caught:
        reconciling.act(services, OPERATOR, ReconcileRequest(dry_run=True))

    assert caught.value.status == HTTPStatus.TOO_MANY_REQUESTS
    assert caught.value.headers == {"Retry-After": "10"}


def test_a_reconcile_that_fails_makes_room(rig: ApiRig) -> None:
    """As often as it may."""
    answers = [rig.operate("reconcile", sku="NUG") for _ in range(RECONCILES_MAX + 1)]

    assert {each.status_code for each in answers} == {404}


# --- faults of ours --------------------------------------------------------------------------


def failing_risk(services: Services, *, items_max: int) -> RiskFound:
    """Fail, and say too much."""
    raise KeyError(f"canary-{items_max}", services.holder)


def test_a_fault_of_ours_is_told_without_its_traceback(rig: ApiRig) -> None:
    """The log has it."""
    rig.client = replace(
        rig.client, app=Starlette(routes=api_routes(rig.front.services, risk=failing_risk))
    )

    with structlog.testing.capture_logs() as logged:
        answer = rig.look("/api/risk")

    assert answer.status_code == 500
    assert causes_of(answer) == "the program failed"
    assert "canary" not in answer.text
    assert "canary-20" in str(logged)


def test_a_bad_configuration_is_not_told_in_detail() -> None:
    """Its faults name files of the machine."""
    with structlog.testing.capture_logs() as logged:
        problem = problem_of(
            MappingFault(Path("mapping.csv"), ["line 3: canary"]), route="/api/reconcile"
        )

    assert problem.status == 503
    assert "canary" not in str(problem.document)
    assert "canary" in str(logged)


def test_every_kind_of_failure_has_a_status() -> None:
    """One that is added without is found here, not by a caller."""
    assert set(STATUSES) == set(Kind)
