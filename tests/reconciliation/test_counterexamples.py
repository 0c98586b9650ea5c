"""The interleavings that break weaker rules: with the rule on, each holds.

Numbered as in the design's list of counterexamples. Numbers 14 and 15 are about the risk-bounded
mode and wait for its risk model. Those without a number were found by the explorer
(`exploration/`), which walks every interleaving of a small world. S is what is sellable of one
pool; A and B are listings in two shops that share it.
"""

from dataclasses import replace

from reconciliation.board import Board, Hold, ListingFacts
from reconciliation.bound import breaches
from reconciliation.exposure import (
    ListingBook,
    ListingRead,
    close_ledger,
    exposure_units,
    intend_write,
    record_cancellation,
    record_read,
    record_sale,
)
from reconciliation.feed import parse
from reconciliation.feed_dialect import Dialect, FeedKind
from reconciliation.feed_gate import GateLimits, Objection, judge, last_feed
from reconciliation.feed_time import AsOfArrival
from reconciliation.orders import LineSeen, LineState, OrderLine, record
from reconciliation.policy import Assumptions, GuardPolicy
from reconciliation.position import Claim, FeedTerms, Snapshot, position
from reconciliation.quantities import Instant, Units, later

from ..support.boards import (
    NOW,
    TEE,
    board,
    book_showing,
    decision_on,
    goods,
    listed,
    listing_key,
    plan_for,
    pool_key,
    recipe,
    written,
    written_by_shop,
)


A = listing_key("A")
ASSUMED = Assumptions()
HORIZON_S = ASSUMED.write_horizon_s
TEN = Instant(36_000.0)
HOUR_S = 3_600.0
MINUTE_S = 60.0


def at(seconds: float) -> Instant:
    """A moment so many seconds after the read that every book here begins with."""
    return later(NOW, seconds - 1.0)


def seen(before: ListingBook, units: Units, seconds: float) -> ListingBook:
    """The book after a read."""
    read = ListingRead(units=units, began_at=at(seconds), finished_at=at(seconds))
    return record_read(before, read, ASSUMED)


def sold(before: ListingBook, seconds: float) -> ListingBook:
    """The book after the ledger heard of one unit sold at that moment."""
    return record_sale(before, units=1, placed_at=at(seconds), assumptions=ASSUMED)


def cancelled(before: ListingBook, seconds: float) -> ListingBook:
    """The book after the ledger heard of one unit cancelled at that moment."""
    return record_cancellation(before, units=1, cancelled_at=at(seconds))


def writing(before: ListingBook, units: Units, seconds: float) -> ListingBook:
    """The book after the intent of one more write."""
    return intend_write(before, sequence=len(before.writes) + 1, units=units, at=at(seconds))


def fits(sellable: Board | Units, *listings: ListingFacts, **writes: Units) -> bool:
    """Tell whether quantities, by shop, keep the bound."""
    facing = board(sellable, *listings) if isinstance(sellable, int) else sellable
    return not breaches(facing, {listing_key(shop): units for shop, units in writes.items()})


# --- 1 to 5: reads and writes ----------------------------------------------------------------


def test_1_two_writers_cannot_both_commit_what_only_one_may() -> None:
    """S=2: A decides 1, B decides 2, each before the other; the second commit is refused."""
    decided_on = board(2, listed("A"), listed("B"))
    committed = board(2, listed("A", shows=writing(book_showing(0), 1, 1.0)), listed("B"))

    without_lock = fits(decided_on, A=1) and fits(decided_on, B=2)
    assert (without_lock, fits(committed, B=2)) == (True, False)


def test_2_a_write_may_give_back_a_unit_just_sold() -> None:
    """S=2, A shows 1: with A := 2 it may sell 3, so what is shown and written must both fit."""
    shown, written_units = 1, 2

    with_max = max(shown, written_units) <= 2
    assert (with_max, fits(2, listed("A", shows=shown), A=written_units)) == (True, False)


def test_2_a_decrease_may_give_back_units_too() -> None:
    """S=5, A shows 5 and may show 3: after 5 sales the 3 would sell again, so it goes to 0."""
    lowered = replace(listed("A", shows=5), hold=Hold(units_max=3, why="fewer, please"))

    assert written_by_shop(plan_for(5, lowered)) == {"A": 0}


def test_3_two_unknown_writes_add_up() -> None:
    """Both time out, both land, with sales between them: 1 and 2 sell 3."""
    book = writing(writing(book_showing(0), 1, 1.0), 2, 2.0)

    only_the_last = book.writes[-1].units
    assert (only_the_last, exposure_units(book)) == (2, 3)


def test_4_a_late_write_is_not_taken_for_lost() -> None:
    """1 times out and a read shows 0; until the horizon it may land, so B gets no more than 1."""
    late = seen(writing(book_showing(0), 1, 1.0), 0, 30.0)
    listings = (listed("A", shows=late), listed("B"))

    assert [fits(2, *listings, B=units) for units in (1, 2)] == [True, False]


def test_4_a_late_write_ends_with_the_horizon_and_the_ledger() -> None:
    """A read begun after the horizon, and every order before it known: nothing can come of it."""
    late = writing(book_showing(0), 1, 1.0)

    after = close_ledger(seen(late, 0, HORIZON_S + 10.0), at(HORIZON_S + 10.0))
    assert exposure_units(after) == 0


def test_5_equal_values_prove_nothing() -> None:
    """5 shown, 4 on its way, one sold: a read of 4 is not the write, which may still land."""
    book = seen(writing(book_showing(5), 4, 1.0), 4, 3.0)

    taken_for_settled = 4
    assert (taken_for_settled, book.shown_units + book.unsettled_units) == (4, 8)


# --- 6 and 7: cancellations ------------------------------------------------------------------


def ats(line: OrderLine, *, as_of: Instant, terms: FeedTerms) -> Units:
    """What may be promised of ten units with one order line."""
    return position(
        Snapshot(units=10, as_of=as_of, terms=terms),
        [Claim(line=line, units=1)],
        held_units=0,
        policy=GuardPolicy(),
        clock_tolerance_s=ASSUMED.clock_tolerance_s,
        now=later(as_of, HOUR_S),
    ).ats_units


def line_seen(status: str, seconds: float) -> LineSeen:
    """A look at the one order line, so many seconds after ten o'clock."""
    return LineSeen(
        shop="A",
        order_id="1",
        line_id="1",
        sku_id="1",
        warehouse_id="w",
        status=status,
        placed_at=TEN,
        updated_at=later(TEN, seconds),
    )


AVAILABLE = FeedTerms(kind=FeedKind.AVAILABLE, order_lag_s=15 * MINUTE_S)
ON_HAND = FeedTerms(kind=FeedKind.ON_HAND, posting_lag_s=8 * HOUR_S)
ELEVEN, NOON = later(TEN, HOUR_S), later(TEN, 2 * HOUR_S)


def test_6_an_unpaid_order_is_not_inside_an_available_figure() -> None:
    """Ordered at ten and not paid: the partner's figure of eleven cannot know of it."""
    line = record(None, line_seen("UNPAID", 0.0))

    assert ats(line, as_of=ELEVEN, terms=AVAILABLE) == 9


def test_6_an_unpaid_order_that_lapses_is_not_added_back() -> None:
    """What was never taken off the figure does not come back to it."""
    line = record(None, line_seen("UNPAID", 0.0))
    lapsing = replace(line_seen("CANCELLED", 2 * HOUR_S), cancelled_at=NOON)
    lapsed = record(line, lapsing)

    assert ats(lapsed, as_of=ELEVEN, terms=AVAILABLE) == 10


def test_7a_a_freed_unit_is_not_given_away_before_its_restock() -> None:
    """A shows 0 and is about to be restocked by TikTok: B cannot have the same unit."""
    restocking = seen(cancelled(book_showing(0), 1.0), 0, 2.0)
    listings = (listed("A", shows=restocking), listed("B"))

    without_restock = fits(1, listed("A", shows=0), listed("B"), B=1)
    assert (without_restock, fits(1, *listings, B=1)) == (True, False)


def test_7b_a_restock_into_a_shortage_is_taken_off_sale() -> None:
    """ATS goes from -1 to 0, and TikTok puts the freed unit on sale: it is paused at sight."""
    restocked = seen(cancelled(book_showing(0), 1.0), 1, 2.0)

    assert written_by_shop(plan_for(0, listed("A", shows=restocked))) == {"A": 0}


def test_7c_a_unit_cancelled_for_want_is_not_resold() -> None:
    """It was never there: on-hand stock has one unit less than the snapshot says."""
    line = record(None, line_seen("AWAITING_SHIPMENT", 0.0))
    wanting = replace(line_seen("CANCELLED", HOUR_S), cancel_reason="seller_cancel_out_of_stock")
    missing = record(line, wanting)

    assert ats(missing, as_of=ELEVEN, terms=ON_HAND) == 9


def test_7d_a_collected_unit_does_not_come_back_by_a_cancellation() -> None:
    """Cancelled after collection: the goods are gone, whatever the order says."""
    gone = record(None, line_seen("IN_TRANSIT", HOUR_S))
    line = record(gone, line_seen("CANCELLED", 2 * HOUR_S))

    assert (line.state, ats(line, as_of=TEN, terms=ON_HAND)) == (LineState.DEPARTED, 9)


def test_7d_the_listing_may_still_gain_the_unit() -> None:
    """TikTok restocks what was collected too, and that counts until a read has shown it."""
    assert exposure_units(cancelled(book_showing(2), 1.0)) == 3


def test_a_restock_that_a_read_shows_may_stand_for_a_sale_that_nobody_told() -> None:
    """3 goods, A shows 2: one sells unheard, a cancelled one returns; A's 2 prove nothing."""
    unheard_sale_and_restock = seen(book_showing(2), 2, 200.0)
    told_late = cancelled(unheard_sale_and_restock, 20.0)
    listings = (listed("A", shows=told_late), listed("B"))

    assert not fits(3, *listings, B=1)


# --- 8 and 9: sales ----------------------------------------------------------------------------


def test_8_a_drop_stays_in_doubt_whatever_tiktok_says_is_committed() -> None:
    """A lost webhook: the unit that A no longer shows was sold, and B cannot have it."""
    dropped = seen(book_showing(1), 0, 10.0)
    listings = (listed("A", shows=dropped), listed("B"))

    by_committed = fits(1, listed("A", shows=0), listed("B"), B=1)
    assert (by_committed, fits(1, *listings, B=1)) == (True, False)


def test_8_nothing_is_raised_before_the_ledger_is_complete() -> None:
    """Orders placed before the last read may be unknown: A waits, and says for what."""
    waiting = replace(listed("A"), ledger_complete_up_to=at(-60.0))

    plan = plan_for(2, waiting)
    assert (written(plan), decision_on(plan, A).obstacle) == (
        {},
        "orders placed before the last read may still be unknown",
    )


def test_9_a_sale_that_the_read_shows_is_not_counted_twice() -> None:
    """Sold just before the read, recorded just after it: what is shown stays as read."""
    book = sold(book_showing(4), -0.5)

    lowered_again = book_showing(4).shown_units - 1
    assert (lowered_again, exposure_units(book)) == (3, 4)


def test_a_sale_from_before_the_first_read_does_not_explain_a_later_drop() -> None:
    """Two goods, both sold; one told: what went after the first read is still untold."""
    first = seen(ListingBook(), 1, 0.0)
    one_sold_since = seen(first, 0, 100.0)
    told_of_the_older = close_ledger(sold(one_sold_since, -50.0), at(10.0))
    listings = (listed("A", shows=told_of_the_older), listed("B"))

    assert not fits(1, *listings, B=1)


# --- 10 and 11: the partner's feed -------------------------------------------------------------


def test_10_a_scanned_unit_may_still_be_inside_the_snapshot() -> None:
    """Scanned at 11:55, posted at 20:00: the snapshot of noon has the unit on its shelf."""
    scanned = replace(line_seen("IN_TRANSIT", 2 * HOUR_S), departed_at=later(NOON, -5 * MINUTE_S))
    line = record(None, scanned)

    assert ats(line, as_of=NOON, terms=ON_HAND) == 9


def test_10_a_packed_unit_is_on_the_shelf_until_its_own_package_leaves() -> None:
    """Another package's collection says nothing of this line."""
    line = record(None, line_seen("AWAITING_COLLECTION", HOUR_S))

    assert ats(line, as_of=later(NOON, 24 * HOUR_S), terms=ON_HAND) == 9


def test_10_a_unit_whose_collection_was_never_told_leaves_all_the_same() -> None:
    """Delivered is departed: a day later the snapshot has surely lost it."""
    packed = record(None, line_seen("AWAITING_COLLECTION", HOUR_S))
    line = record(packed, line_seen("DELIVERED", 2 * HOUR_S))

    assert ats(line, as_of=later(NOON, 24 * HOUR_S), terms=ON_HAND) == 10


def test_11_a_file_dropped_again_is_no_news() -> None:
    """The extract of ten, dropped again at eleven, does not become stock of 10:45."""
    dialect = Dialect(sku_column="sku", quantity_column="qty", as_of=AsOfArrival())
    first, again = (
        parse(b"sku,qty\nTEE,10\n", dialect, file_name="stock.csv", arrived_at=arrived)
        for arrived in (TEN, ELEVEN)
    )

    verdict = judge(again, last_feed(first), GateLimits(), arrived_at=ELEVEN)
    assert [reason.objection for reason in verdict.reasons] == [Objection.ALREADY_TAKEN]


# --- 12 and 13 ---------------------------------------------------------------------------------


X, Y = listing_key("A", warehouse_id="x"), listing_key("A", warehouse_id="y")
WEST = pool_key("TEE", warehouse="west")


def two_warehouses(west: Units) -> dict[str, Units]:
    """What is written when warehouse X has run out while Y shows 3."""
    pools = {TEE: goods(0), WEST: goods(west)}
    plan = plan_for(pools, listed(X, shows=2), listed(Y, shows=3, of=recipe(WEST)))
    return {key.warehouse_id: units for key, units in written(plan).items()}


def test_12_what_is_sent_along_must_fit_like_any_write() -> None:
    """Pausing X resends Y: 3 shown and 3 sent may sell 6, so with 3 goods Y is sent as 0."""
    assert (two_warehouses(west=3), two_warehouses(west=6)) == ({"x": 0, "y": 0}, {"x": 0, "y": 3})


def test_13_a_revoked_shop_does_not_freeze_the_pool() -> None:
    """Its open write of 2 may land for ever, and counts; the rest is shared as before."""
    revoked = listed("A", shows=writing(book_showing(1), 2, -900.0))
    stranded = replace(revoked, stranded_because="the shop has revoked our access")

    assert written_by_shop(plan_for(10, stranded, listed("B"))) == {"B": 7}


def test_13_a_frozen_product_holds_only_what_it_shows() -> None:
    """50 of 50 units are locked, and nothing can be done; of 60, ten are free."""
    frozen = replace(listed("A", shows=50), stranded_because="the product is frozen")

    plans = [written_by_shop(plan_for(units, frozen, listed("B"))) for units in (50, 60)]
    assert plans == [{}, {"B": 10}]


def test_13_a_lost_webhook_is_not_a_person_s_edit_for_ever() -> None:
    """The drop looked like an edit until the order was found; then it is explained."""
    dropped = seen(book_showing(3), 2, 10.0)
    found = sold(dropped, 5.0)

    assert (dropped.unasked_units, found.unasked_units, found.doubts) == (1, 0, ())


# --- unknown neighbours, found by the explorer -----------------------------------------------


def test_nothing_but_zero_is_written_beside_a_listing_that_was_never_read() -> None:
    """A shows 3 and may show 1; B may show anything, so there is no proof that 1 more fits."""
    lowered = replace(listed("A", shows=3), hold=Hold(units_max=1, why="fewer, please"))

    assert written_by_shop(plan_for(5, lowered, listed("B", shows=ListingBook()))) == {"A": 0}


def test_nothing_but_zero_is_written_before_the_first_read_is_proven() -> None:
    """5 goods, 2 sold unheard, 3 shown: 1 written on top may sell a sixth."""
    unproven = seen(ListingBook(), 3, 0.0)
    lowered = replace(listed("A", shows=unproven), hold=Hold(units_max=1, why="fewer, please"))

    assert written_by_shop(plan_for(5, lowered)) == {"A": 0}


def test_nothing_is_sent_along_beside_a_listing_that_was_never_read() -> None:
    """Y is sent along as 0: another shop's listing on its pool may show all that is there."""
    pools = {TEE: goods(0), WEST: goods(9)}
    unread = listed("B", shows=ListingBook(), of=recipe(WEST))

    plan = plan_for(pools, listed(X, shows=2), listed(Y, shows=3, of=recipe(WEST)), unread)
    assert written(plan)[Y] == 0


def test_the_recheck_refuses_what_nobody_can_count() -> None:
    """A listing that was never read may show anything: no raise beside it keeps the bound."""
    assert not fits(5, listed("A"), listed("B", shows=ListingBook()), A=5)
