"""Interleavings that lost a decision, a write or the quota, and must not again."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from connectors.sandbox.faults import FaultPlan, FaultRates
from connectors.store import work, work_due
from connectors.store.engine import reading, writing
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Sku
from tests.support.shopfront import Shopfront, shopfront
from worker.dispatch import work_off
from worker.queues import PLAN, PUSH
from worker.services import Services
from worker.steps.plan_pools import plan_pools
from worker.steps.push_listings import LEASE_S, push, take


LOOK_OF_THE_BOARD = 2
"""The clock is looked at for the rows that are due, and then for the board."""

TEE = PoolKey(warehouse="EAST", sku=Sku("TEE"))


def ask_for_a_decision(front: Shopfront) -> None:
    """Ask for a decision, as whoever commits a fact does."""
    with writing(front.services.engine) as connection:
        work.ask(connection, PLAN, ["EAST/TEE"], due_at=front.services.now())


def with_clock(front: Shopfront, clock: Callable[[], Instant]) -> Services:
    """The front's services with another clock."""
    return replace(front.services, clock=clock)


def test_a_fact_that_comes_while_the_board_is_read_is_decided_on(
    tmp_path: Path, migrated_postgres_url: str
) -> None:
    """What is committed after the rows were looked at, seen or not, leaves its decision due."""
    with shopfront(tmp_path, database_url=migrated_postgres_url) as front:
        front.open_for_business(10)
        ask_for_a_decision(front)
        looks: list[int] = []

        def clock() -> Instant:
            looks.append(1)
            if len(looks) == LOOK_OF_THE_BOARD:
                ask_for_a_decision(front)
            return Instant(front.now)

        assert plan_pools(with_clock(front, clock), [TEE])
        assert len(looks) >= LOOK_OF_THE_BOARD
        with reading(front.services.engine) as connection:
            assert (PLAN, "EAST/TEE") in work_due.due(connection, front.services.now(), most=9)


def test_who_is_turned_away_leaves_nothing_behind(
    tmp_path: Path, migrated_postgres_url: str
) -> None:
    """What is asked for while another decides is decided by that other, whoever was rung."""
    with shopfront(tmp_path, database_url=migrated_postgres_url) as front:
        front.open_for_business(10)
        ask_for_a_decision(front)
        looks: list[int] = []
        turned_away: list[bool] = []

        def clock() -> Instant:
            looks.append(1)
            if len(looks) == LOOK_OF_THE_BOARD + 1:
                ask_for_a_decision(front)
                turned_away.append(not work_off(front.services, PLAN, "EAST/TEE"))
            return Instant(front.now)

        work_off(with_clock(front, clock), PLAN, "EAST/TEE")

        assert turned_away == [True]
        with reading(front.services.engine) as connection:
            assert (PLAN, "EAST/TEE") not in work_due.due(connection, front.services.now(), most=9)


def test_a_writer_that_outlived_its_lease_leaves_its_row_due(tmp_path: Path) -> None:
    """Frozen past its lease it writes nothing, and does not take the write for done."""
    with shopfront(tmp_path) as front:
        front.open_for_business(10)
        front.drop_feed(4)
        front.work(0.2)
        with writing(front.services.engine) as connection:
            work.ask(connection, PUSH, ["alpha/p"], due_at=front.services.now())
        claimed = take(front.services, "alpha/p")
        made = front.writes_made()
        front.pass_time(LEASE_S + 1.0)
        failures = push(front.services, claimed)

        assert [job.key for job, _ in failures] == [each.job.key for each in claimed]
        assert front.writes_made() == made


def test_a_shop_that_is_away_is_not_called_again_and_again(tmp_path: Path) -> None:
    """A write that surely had no effect waits its turn: the quota is not spent on it."""
    with shopfront(tmp_path) as front:
        front.open_for_business(10)
        front.faults = FaultPlan(FaultRates(overloaded=1.0), random.Random(1))
        front.restart()
        before = len(front.calls)
        front.drop_feed(0)
        front.work(10.0)
        written = [call for call in front.calls[before:] if call.endswith("/inventory/update")]

        assert 1 <= len(written) <= 20
