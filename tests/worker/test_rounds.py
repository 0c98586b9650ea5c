"""Rounds: what is done together must hold together, and what fails must fail alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.faults import FaultKind
from connectors.store import leases, listings, stock_shares, work, work_due, writes
from connectors.store.engine import reading, writing
from connectors.store.tables import LISTINGS, RECIPE_LINES
from connectors.store.writes import Outcome
from reconciliation.catalog import ListingKey
from reconciliation.guard import GuardState
from reconciliation.quantities import later
from reconciliation.verdict import Write, WriteClass
from tests.support.boards import board, listed, listing_key
from tests.support.shopfront import SHOPS, Shopfront, shopfront
from worker.dispatch import work_off
from worker.queues import FEED, PLAN, PUSH, READ, READ_LANE_S, push_work, read_work
from worker.steps.intents import within_bound
from worker.steps.push_listings import AGED_S, LEASE_S, LOOKED_AT, push, push_due, take
from worker.steps.read_stock import read_due


@pytest.fixture
def front(tmp_path: Path, database_url: str) -> Iterator[Shopfront]:
    """Two shops that show five units each, in which nothing is due."""
    with shopfront(tmp_path, database_url=database_url) as opened:
        opened.open_for_business(10)
        yield opened


def sell_out(front: Shopfront) -> None:
    """Have both shops' pauses decided on, and not yet written."""
    front.pass_time(1.0)
    front.drop_feed(0)
    work_off(front.services, FEED, "east")
    work_off(front.services, PLAN, "EAST/TEE")


def due(front: Shopfront, queue: str, after_s: float = 0.0) -> set[str]:
    """The keys of a queue that are due now, or will be after some seconds."""
    with reading(front.services.engine) as connection:
        now = later(front.services.now(), after_s)
        return set(work_due.due_keys(connection, queue, now, most=100))


def outcomes(front: Shopfront) -> dict[str, Outcome]:
    """How the newest write to each shop stands."""
    keys = [front.key(shop) for shop in SHOPS]
    with reading(front.services.engine) as connection:
        return {key.shop: row.outcome for key, row in writes.latest(connection, keys).items()}


def raised(key: ListingKey, units: int) -> Write:
    """A write that raises a listing from zero."""
    return Write(
        key=key,
        units=units,
        shown_units=0,
        write_class=WriteClass.RAISE_FROM_ZERO,
        reason="a test",
    )


# -- together -------------------------------------------------------------------------------------


def test_shops_that_are_due_together_are_written_in_one_round(front: Shopfront) -> None:
    """One claim, one decision, one record: and every call is answered."""
    sell_out(front)
    claimed = take(front.services, "")

    assert {each.shop for each in claimed} == set(SHOPS)
    assert push(front.services, claimed) == ()
    assert outcomes(front) == dict.fromkeys(SHOPS, Outcome.ANSWERED)
    assert front.shown() == {"alpha": 0, "beta": 0}


def test_products_that_fit_alone_but_not_together_are_not_both_written(
    front: Shopfront,
) -> None:
    """The bound is checked with all that is written in a round; who comes first is served."""
    alpha, beta = listing_key("alpha"), listing_key("beta")
    due = {("alpha", "p"): (raised(alpha, 6),), ("beta", "p"): (raised(beta, 6),)}
    with writing(front.services.engine) as connection:
        scene = board(10, listed(alpha), listed(beta))
        written = within_bound(connection, front.services, scene, due)

    assert written == {("alpha", "p"): due["alpha", "p"]}


def test_reads_are_due_at_one_moment_after_a_round(front: Shopfront) -> None:
    """What was written together is proven together, by one read of each shop."""
    sell_out(front)
    push_due(front.services, "")
    front.pass_time(0.5)
    reads = [call for call in front.calls if call.endswith("/inventory/search")]
    work_off(front.services, READ, "alpha")

    assert [c for c in front.calls if c.endswith("/inventory/search")][len(reads) :] == [
        "/product/202309/inventory/search"
    ] * 2
    assert front.open_writes() == 0


def test_a_joined_read_is_not_made_before_its_time(front: Shopfront) -> None:
    """A shop whose read is due takes along no other whose read would not tell yet."""
    before = front.row("beta").book.read
    with writing(front.services.engine) as connection:
        for shop, wait_s in (("alpha", 0.0), ("beta", 0.1)):
            due_at = later(front.services.now(), wait_s)
            listings.want_read(connection, [front.key(shop)], due_at)
            work.ask(connection, READ, [shop], due_at=due_at)
    read_at = front.services.now()
    read_due(front.services, "alpha")
    alpha = front.row("alpha").book.read

    assert alpha is not None
    assert alpha.began_at == read_at
    assert front.row("beta").book.read == before


# -- alone ----------------------------------------------------------------------------------------


def test_a_refused_call_leaves_the_others_answered(front: Shopfront) -> None:
    """TikTok's word on one product says nothing of another."""
    sell_out(front)
    front.faults.force(FaultKind.TOO_MANY_REQUESTS, api="inventory_update")
    push_due(front.services, "alpha/" + front.key("alpha").product_id)

    assert outcomes(front) == {"alpha": Outcome.REFUSED, "beta": Outcome.ANSWERED}


def test_a_row_that_fails_is_put_off_alone(front: Shopfront) -> None:
    """The shop that is away is tried again later; the other's row is done."""
    sell_out(front)
    front.faults.force(FaultKind.TOO_MANY_REQUESTS, api="inventory_update")
    key = "alpha/" + front.key("alpha").product_id
    work_off(front.services, PUSH, key)

    assert due(front, PUSH) == set()
    assert due(front, PUSH, after_s=400.0) == {key}


def test_a_product_that_cannot_be_decided_for_fails_alone(front: Shopfront) -> None:
    """A broken record of one keeps no other from being written."""
    sell_out(front)
    place = {"shop": "alpha", "product_id": "p", "sku_id": "s", "warehouse_id": "w"}
    told = {"seller_sku": "TEE", "title": "", "product_status": "ACTIVATE", "state": "broken"}
    with writing(front.services.engine) as connection:
        connection.execute(LISTINGS.insert(), {**place, **told})
        connection.execute(
            RECIPE_LINES.insert(), {**place, "warehouse": "EAST", "sku": "BROKEN", "units": 1}
        )
        work.ask(connection, PUSH, ["alpha/p"], due_at=front.services.now())
    claimed = take(front.services, "")
    failures = push(front.services, claimed)

    assert [job.key for job, _ in failures] == ["alpha/p"]
    assert front.shown() == {"alpha": 0, "beta": 0}


def test_a_lease_that_is_lost_stops_its_own_shop_only(front: Shopfront) -> None:
    """Who was overtaken in one shop writes nothing there, and goes on in the other."""
    sell_out(front)
    claimed = take(front.services, "")
    with writing(front.services.engine) as connection:
        overtaken_at = later(front.services.now(), LEASE_S + 1.0)
        leases.take(connection, "shop/alpha", holder="other", now=overtaken_at, for_s=60.0)
    failures = push(front.services, claimed)

    assert [job.key for job, _ in failures] == ["alpha/" + front.key("alpha").product_id]
    assert front.shown() == {"alpha": 5, "beta": 0}


def test_a_lease_that_is_short_keeps_its_call_from_being_made(front: Shopfront) -> None:
    """A call that might outlive its lease is not sent, and its write leaves the exposure."""
    sell_out(front)
    claimed = take(front.services, "")
    front.pass_time(LEASE_S - 2.0)
    push(front.services, claimed)

    assert front.shown() == {"alpha": 5, "beta": 5}
    assert front.open_writes() == 0


def test_the_leases_of_a_round_are_given_back(front: Shopfront) -> None:
    """Whoever comes next finds the shops free, at once."""
    sell_out(front)
    push_due(front.services, "")
    with reading(front.services.engine) as connection:
        held = leases.held_by_anybody(connection, front.services.now())

    assert held == set()


def test_a_shop_that_hangs_hides_no_other(front: Shopfront) -> None:
    """However much is due where somebody else is writing, the rest is found."""
    sell_out(front)
    now = front.services.now()
    with writing(front.services.engine) as connection:
        leases.take(connection, "shop/alpha", holder="other", now=now, for_s=60.0)
        hidden = [f"alpha/{number}" for number in range(LOOKED_AT)]
        work.ask(connection, PUSH, hidden, due_at=later(now, -9.0))
    push_due(front.services, "")

    assert front.shown() == {"alpha": 5, "beta": 0}


def test_a_shop_without_a_turn_is_put_off_and_has_not_failed(front: Shopfront) -> None:
    """A shop that TikTok told to slow down comes back in its turn, and holds up no other."""
    sell_out(front)
    front.faults.force(FaultKind.TOO_MANY_REQUESTS, api="inventory_update")
    key = "alpha/" + front.key("alpha").product_id
    work_off(front.services, PUSH, key)
    with writing(front.services.engine) as connection:
        work.ask(connection, PUSH, [key], due_at=front.services.now())
    claimed = take(front.services, key)
    failures = push(front.services, claimed)

    assert failures == ()
    assert due(front, PUSH) == set()
    assert due(front, PUSH, after_s=400.0) == {key}


# -- coming back ----------------------------------------------------------------------------------


def test_a_pause_ends_by_itself_once_a_newer_feed_is_there(front: Shopfront) -> None:
    """At the end of the dwell time is decided anew, though nothing else comes."""
    sell_out(front)
    front.work(0.5)
    # Ten units went unexplained in seconds: as many and more are held back of what comes.
    front.drop_feed(100)
    front.work(0.6)

    assert front.row("alpha").state is GuardState.PAUSED
    front.work(6.0)
    assert front.row("alpha").state is GuardState.OPEN


# -- nothing waits for ever -----------------------------------------------------------------------


def ask_to_write(front: Shopfront, *products: str, rank: WriteClass, age_s: float = 0.0) -> None:
    """Ask for writes to products of alpha, as of some seconds ago."""
    with writing(front.services.engine) as connection:
        keys = [push_work("alpha", product) for product in products]
        due_at = later(front.services.now(), -age_s)
        work.ask(connection, PUSH, keys, due_at=due_at, rank=rank)


def taken(front: Shopfront) -> list[str]:
    """The products that the next round takes."""
    return [each.product[1] for each in take(front.services, "")]


DECREASES = ("d1", "d2", "d3", "d4", "d5")


def test_what_has_waited_for_long_has_a_place_beside_what_is_more_urgent(
    front: Shopfront,
) -> None:
    """However many decreases keep coming, the oldest raise is written with some of them."""
    ask_to_write(front, *DECREASES, rank=WriteClass.OVERSELL_DECREASE)
    ask_to_write(front, "young", rank=WriteClass.RAISE_FROM_ZERO, age_s=AGED_S + 1.0)
    ask_to_write(front, "old", rank=WriteClass.RAISE, age_s=AGED_S + 2.0)

    assert taken(front) == ["d1", "d2", "d3", "old"]


def test_what_has_not_waited_for_long_takes_no_place(front: Shopfront) -> None:
    """Until then the most urgent have all places."""
    ask_to_write(front, *DECREASES, rank=WriteClass.OVERSELL_DECREASE)
    ask_to_write(front, "raise", rank=WriteClass.RAISE, age_s=AGED_S - 1.0)

    assert taken(front) == ["d1", "d2", "d3", "d4"]


def test_what_has_waited_for_long_is_taken_once(front: Shopfront) -> None:
    """Where it is among the most urgent anyway, nothing gives way to it."""
    ask_to_write(front, "old", rank=WriteClass.PAUSE, age_s=AGED_S + 1.0)
    ask_to_write(front, "d1", "d2", rank=WriteClass.OVERSELL_DECREASE)

    assert taken(front) == ["d1", "d2", "old"]


# -- reads of one shop in several rows ------------------------------------------------------------


def campaign_units_kept(front: Shopfront) -> int:
    """Read alpha for two rows of work in one round; return what is kept of its campaign."""
    sku, now = front.skus["alpha"], front.services.now()
    front.world.edit_stock_by_hand(sku.sku_id, front.warehouse_ids["alpha"], campaign=2)
    rows = [read_work("alpha", later(now, -ago_s)) for ago_s in (0.0, 2 * READ_LANE_S)]
    with writing(front.services.engine) as connection:
        listings.want_read(connection, [front.key("alpha")], now)
        work.ask(connection, READ, rows, due_at=now)
    read_due(front.services, rows[0])
    with reading(front.services.engine) as connection:
        kept = stock_shares.load(connection, [("alpha", sku.sku_id)])
    return sum(each.campaign_units for each in kept.values())


def test_what_a_campaign_was_promised_is_kept_under_its_shop(front: Shopfront) -> None:
    """Whichever row of work the read was for, and whatever others were done with it."""
    assert campaign_units_kept(front) == 2
