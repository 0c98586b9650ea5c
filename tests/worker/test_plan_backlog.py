"""A backlog: very many pools that are due, decided for page by page."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert

from connectors.store import work, work_due
from connectors.store.engine import reading, writing
from connectors.store.tables import LISTINGS, RECIPE_LINES
from tests.support.shopfront import Shopfront, iso, shopfront
from worker.dispatch import work_off
from worker.queues import BACKLOG, FEED, PLAN
from worker.steps.plan_backlog import MANY_POOLS, POOLS_AT_ONCE, plan_backlog


@pytest.fixture
def front(tmp_path: Path, database_url: str) -> Iterator[Shopfront]:
    """A shop in which nothing is due."""
    with shopfront(tmp_path, database_url=database_url) as opened:
        yield opened


def take_feed(front: Shopfront, items: int) -> None:
    """Take a file of so many items, and decide for none of them yet."""
    rows = "".join(f"ITEM-{number},5,{iso(front.now)}\n" for number in range(items))
    front.drop_file(f"sku,quantity,as_of\n{rows}")
    with writing(front.services.engine) as connection:
        work.ask(connection, FEED, ["east"], due_at=front.services.now())
    work_off(front.services, FEED, "east")


def ask_for(front: Shopfront, pools: int) -> None:
    """Ask for decisions on so many pools."""
    keys = [f"EAST/ITEM-{number:05}" for number in range(pools)]
    with writing(front.services.engine) as connection:
        work.ask(connection, PLAN, keys, due_at=front.services.now())


def due(front: Shopfront, queue: str) -> list[str]:
    """The keys of a queue that are due."""
    with reading(front.services.engine) as connection:
        now = front.services.now()
        return sorted(work_due.due_keys(connection, queue, now, most=MANY_POOLS))


def test_a_backlog_of_several_pages_is_decided_to_its_end(front: Shopfront) -> None:
    """The last page is not a full one."""
    ask_for(front, 2 * POOLS_AT_ONCE + 1)
    plan_backlog(front.services, "all")

    assert due(front, PLAN) == []


def test_what_was_asked_for_meanwhile_is_looked_at_in_the_end(front: Shopfront) -> None:
    """Whoever was rung for it has been turned away, and left it to the backlog."""
    ask_for(front, 1)
    rung: list[tuple[str, str]] = []
    services = replace(front.services, ring=lambda queue, key: rung.append((queue, key)))
    plan_backlog(services, "all")

    assert (PLAN, "EAST/ITEM-00000") in rung


def test_a_page_that_fails_keeps_no_other_from_being_decided(front: Shopfront) -> None:
    """Its pools stay due: the rounds find out whose fault it was."""
    ask_for(front, 2 * POOLS_AT_ONCE)
    place = {"shop": "alpha", "product_id": "p", "sku_id": "s", "warehouse_id": "w"}
    told = {"seller_sku": "ITEM-00007", "title": "", "product_status": "ACTIVATE"}
    part = {"warehouse": "EAST", "sku": "ITEM-00007", "units": 1}
    with writing(front.services.engine) as connection:
        connection.execute(insert(LISTINGS), {**place, **told, "state": "no such state"})
        connection.execute(insert(RECIPE_LINES), {**place, **part})
    plan_backlog(front.services, "all")

    assert due(front, PLAN) == [f"EAST/ITEM-{number:05}" for number in range(POOLS_AT_ONCE)]


def test_a_feed_of_very_many_items_is_worked_off_in_pages(front: Shopfront) -> None:
    """Rounds would put all that is due in order again and again."""
    take_feed(front, MANY_POOLS)

    assert due(front, BACKLOG) == ["all"]


def test_a_feed_of_few_items_is_left_to_the_rounds(front: Shopfront) -> None:
    """They take the most urgent first, and are rung at once."""
    take_feed(front, MANY_POOLS - 1)

    assert due(front, BACKLOG) == []
