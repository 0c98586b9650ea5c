"""The real planner as a policy: its books, boards, plans and second check, on the replay's desk.

Each call here stands for one that a step makes: `told` for `record_orders`, `_decide` for
`plan_pools`, `quantity` and `answered` for `push_listings`, `read` for `read_stock`. What the
steps leave to SQL, this keeps in rows; what they decide by, this decides by.
"""

from dataclasses import dataclass, replace

from reconciliation.ageing import ageing_moments
from reconciliation.board import Board
from reconciliation.bound import breaches
from reconciliation.exposure import (
    ListingBook,
    ListingRead,
    answer_write,
    close_ledger,
    intend_write,
    record_read,
    record_sale,
)
from reconciliation.guard import GuardState, Staleness
from reconciliation.plan import decide
from reconciliation.policy import Assumptions, AutoRestock, GuardPolicy, OverlapRule
from reconciliation.position import Position
from reconciliation.quantities import Instant, later
from reconciliation.verdict import Decision, Plan, WriteClass

from .declines import LearnedDeclines
from .planner_rows import (
    NEVER,
    ListingRow,
    board_of,
    item_row,
    moments,
    snapshot_of,
)
from .policy import Desk, Policy, Sale


READ_MARGIN_S = 0.01
"""A read must begin after the moment from which it proves something, not at it."""

TIME_GRAIN_S = 1.0
"""Placing times are whole seconds, so a poll proves up to the second before."""

STRICT = GuardPolicy(
    overlap=OverlapRule.STRICT,
    throttle_at_units=6,
    open_at_units=9,
    resume_at_units=3,
    dwell_s_min=300.0,
    auto_restock=AutoRestock.OFF,
)
"""Each unit in one place, and a pause that lasts until there is something to share out again.

TikTok puts nothing back on sale by itself in the replay."""

ONE_CLOCK = Assumptions(read_staleness_s=0.0, orders_lag_s=0.0, clock_tolerance_s=0.0)
"""What is true of the replay: one clock, reads that show their moment, no lag of the orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """A board, the plan for it, and when it was made."""

    board: Board
    plan: Plan


class Planned(Policy):
    """Sets listings by `reconciliation.plan`."""

    hears_departures = False

    def __init__(self, policy: GuardPolicy = STRICT, assumptions: Assumptions = ONE_CLOCK) -> None:
        """Decide by a guard's policy, under assumptions that hold in the replay."""
        self.policy = policy
        self.assumptions = assumptions
        self.breaches = 0

    def begin(self, desk: Desk) -> None:
        """Read every listing first: nothing is raised before."""
        self.desk = desk
        self.rows = [item_row(item, desk.shops) for item in range(desk.items)]
        self._fresh: list[Thought | None] = [None] * desk.items
        self._last = self._fresh.copy()
        self._awaiting_feed: set[int] = set()
        self._declines = LearnedDeclines(desk.items)
        self._polling: list[list[int]] = [[] for _ in range(desk.shops)]
        for item in range(desk.items):
            for shop in range(desk.shops):
                desk.ask_read(item, shop)

    # -- facts --------------------------------------------------------------------------------

    def fed(self, items: tuple[int, ...]) -> None:
        """Decide anew for what a feed has changed, and for what waited for a fresh one."""
        self._learn_decline()
        for item in sorted({*items, *self._awaiting_feed}):
            self._decide(item)

    def _learn_decline(self) -> None:
        """Learn from a file how figures fall short; what states every change teaches nothing."""
        if not self._files_come():
            return
        for item, row in enumerate(self.rows):
            feed = self.desk.feed(item)
            if feed.as_of != self._declines.as_of(item):
                self._declines.report(item, snapshot_of(feed), row.claims_at(self.desk.now))
        self._declines.close()

    def _files_come(self) -> bool:
        """Tell whether figures come in files, rather than with every change of the shelf."""
        return self.desk.feed(0).every_s is not None

    def missed(self, sale: Sale) -> None:
        """Record that an order was cancelled because its goods were missing."""
        self.rows[sale.item].miss(sale)
        self._fresh[sale.item] = None

    def told(self, sale: Sale) -> None:
        """Record an order in the ledger and in its listing's book."""
        now = self._now()
        row = self.rows[sale.item]
        listing = row.listings[sale.shop]
        row.claim(sale, now)
        listing.sell(sale)
        listing.book = record_sale(
            listing.book,
            units=sale.units,
            placed_at=Instant(sale.placed_at),
            assumptions=self.assumptions,
        )
        self._decide(sale.item)

    def read(self, item: int, shop: int, units: int, began_at: float) -> None:
        """Bring a book up to date with a read, and ask for what it leaves to be proven."""
        now = self._now()
        listing = self.rows[item].listings[shop]
        read = ListingRead(units=units, began_at=Instant(began_at), finished_at=now)
        before = listing.book
        after = record_read(before, read, self.assumptions)
        listing.book = close_ledger(after, self._complete(shop))
        self._fresh[item] = None
        self._forget_sold(listing)
        self._ask_for_proof(item, listing)
        if self._matters(before, listing.book):
            self._decide(item)
        elif listing.waits_for_proof:
            # Nothing can come out of it before the ledger is complete up to this read.
            self._want_poll(item, listing, self._provable_at(now))

    def polled(self, shop: int) -> None:
        """End the doubts that a complete ledger ends."""
        complete = self._complete(shop)
        waiting, self._polling[shop] = self._polling[shop], []
        for item in dict.fromkeys(waiting):
            self._close(item, self.rows[item].listings[shop], complete)

    # -- decisions ----------------------------------------------------------------------------

    def _decide(self, item: int) -> None:
        self._fresh[item] = None
        thought = self._think(item)
        for write in thought.plan.writes:
            shop = next(
                each.shop for each in self.rows[item].listings if each.listing.key == write.key
            )
            self.desk.ask_write(item, shop, int(write.write_class))

    def _think(self, item: int) -> Thought:
        """Return the plan for the present board, and keep the states that it finds."""
        known = self._fresh[item]
        if known is not None and known.board.now == self.desk.now:
            return known
        row, now = self.rows[item], self._now()
        row.decline = self._declines.law(item)
        self._prepare(item)
        board = board_of(
            row,
            self.desk.feed(item),
            tuple(self._complete(shop) for shop in range(self.desk.shops)),
            policy=self.policy,
            assumptions=self.assumptions,
            now=now,
        )
        thought = Thought(board=board, plan=decide(board))
        for listing, decision in zip(row.listings, thought.plan.decisions, strict=True):
            self._keep(item, listing, decision)
        self._awaiting_feed.discard(item)
        waits = any(self._awaits_feed(decision) for decision in thought.plan.decisions)
        if waits or self._holds_for_age(item, thought):
            self._awaiting_feed.add(item)
        self._come_back(item, self._moments(item, thought))
        self._fresh[item] = self._last[item] = thought
        self._watch_age(item, thought.board.pools[row.pool].position)
        return thought

    def _prepare(self, item: int) -> None:
        """Bring up to date what a board needs besides books and feeds; strict needs nothing."""

    def _keep(self, item: int, listing: ListingRow, decision: Decision) -> None:
        if decision.state is not decision.state_before:
            came_back = decision.state_before is GuardState.PAUSED
            listing.resumes = (*listing.resumes, self._now()) if came_back else listing.resumes
            listing.state, listing.since = decision.state, self._now()
        listing.waits_for_proof = decision.waits_for_proof
        if decision.waits_for_proof:
            self._ask_to_raise(item, listing)

    def _awaits_feed(self, decision: Decision) -> bool:
        """Tell whether a feed can free a listing although it states the same figure again."""
        if decision.rung is not Staleness.FRESH:
            return True
        enough = (decision.supply_units or 0) >= self.policy.resume_at_units
        return decision.state is GuardState.PAUSED and enough

    def _holds_for_age(self, item: int, thought: Thought) -> bool:
        """Tell whether a newer feed of the same figure would hold back less."""
        row, feed = self.rows[item], self.desk.feed(item)
        held = thought.board.pools[row.pool].position.safety_units
        return held > row.held_back(feed, self.policy, 0.0).units

    def _moments(self, item: int, thought: Thought) -> list[Instant]:
        """Return the moments ahead at which time alone may change a plan."""
        del item  # the board tells it all
        return moments(thought.board)

    def _come_back(self, item: int, ahead: list[Instant]) -> None:
        """Ask to be woken at the next moment at which time alone can change the plan."""
        row = self.rows[item]
        soonest = min(ahead, default=NEVER)
        if row.decide_due_at <= self.desk.now:
            row.decide_due_at = NEVER
        if soonest < row.decide_due_at:
            row.decide_due_at = soonest
            self.desk.wake(item, soonest)

    def woken(self, item: int) -> None:
        """Make the reads and polls that are due, and decide where time has changed the board."""
        now, row = self.desk.now, self.rows[item]
        for listing in row.listings:
            if listing.read_due_at <= now:
                listing.read_due_at = NEVER
                self.desk.ask_read(item, listing.shop)
            if listing.poll_due_at <= now:
                listing.poll_due_at = NEVER
                self._poll(item, listing)
        if row.decide_due_at <= now or self._has_aged(item):
            self._decide(item)

    def _watch_age(self, item: int, stock: Position) -> None:
        """Ask to be woken when the feed weighs more by its age; one that is exact never does."""
        row, now = self.rows[item], self._now()
        if stock.as_of is None or stock.as_of >= now:
            return
        ahead = [each for each in ageing_moments(stock, self.policy, now) if each > now]
        if min(ahead) < row.ages_at:
            row.ages_at = min(ahead)
            self.desk.wake(item, row.ages_at)

    def _has_aged(self, item: int) -> bool:
        """Tell whether the feed is older at an alarm; a newer one mostly only sets it anew."""
        row, last = self.rows[item], self._last[item]
        if row.ages_at > self.desk.now or last is None:
            return False
        row.ages_at = NEVER
        feed, before = self.desk.feed(item), last.board.pools[row.pool].position
        stock = row.pool_facts(feed, self.policy, self._now()).position
        if feed.as_of == before.as_of or stock.safety_units != before.safety_units:
            return True
        self._watch_age(item, stock)
        return False

    # -- writes -------------------------------------------------------------------------------

    def quantity(self, item: int, shop: int) -> int | None:
        """Decide anew at the moment of the call, check the bound, and commit the intent."""
        thought, row = self._think(item), self.rows[item]
        write = thought.plan.decisions[shop].write
        if write is None:
            return None
        if breaches(thought.board, {write.key: write.units}):
            self.breaches += 1
            return None
        listing = row.listings[shop]
        listing.sequence += 1
        listing.book = intend_write(
            listing.book, sequence=listing.sequence, units=write.units, at=self._now()
        )
        if write.write_class is WriteClass.MOVE:
            row.moved_at = self._now()
        self._fresh[item] = None
        return write.units

    def answered(self, item: int, shop: int) -> None:
        """Note that a write has landed, and ask for the read that settles it."""
        listing = self.rows[item].listings[shop]
        listing.book = answer_write(listing.book, listing.sequence, self._now())
        self._fresh[item] = None
        self._want_read(item, listing, self._telling_read_at(self._now()))

    # -- proof --------------------------------------------------------------------------------

    def _ask_for_proof(self, item: int, listing: ListingRow) -> None:
        """Ask for the poll that ends what a read has left in doubt."""
        since = [doubt.seen_at for doubt in listing.book.doubts]
        if listing.book.unproven_since is not None:
            since.append(listing.book.unproven_since)
        if since:
            self._want_poll(item, listing, self._provable_at(max(since)))
        if listing.book.unasked_since is not None:
            landed = later(listing.book.unasked_since, self.assumptions.write_horizon_s)
            self._want_read(item, listing, self._telling_read_at(landed))

    def _ask_to_raise(self, item: int, listing: ListingRow) -> None:
        """Ask for the reads and polls without which a wanted raise cannot be made."""
        read, now = listing.book.read, self.desk.now
        if read is None:
            return  # the first is under way
        if now - read.finished_at > self.policy.read_age_s_max:
            self._want_read(item, listing, now)
        elif self._complete(listing.shop) < read.finished_at:
            self._want_poll(item, listing, self._provable_at(read.finished_at))

    def _forget_sold(self, listing: ListingRow) -> None:
        """Forget a drop that no recorded order explained in time: here nobody edits by hand."""
        book, since = listing.book, listing.book.unasked_since
        if since is None or book.read is None or book.doubts:
            return
        if book.read.began_at >= later(since, self.assumptions.write_horizon_s):
            listing.book = replace(book, unasked_units=0, unasked_since=None)

    def _poll(self, item: int, listing: ListingRow) -> None:
        """Poll a listing's orders, unless what it waited for has been proven meanwhile."""
        book, complete = listing.book, self._complete(listing.shop)
        waits = [*(doubt.seen_at for doubt in book.doubts)]
        if book.unproven_since is not None:
            waits.append(book.unproven_since)
        if book.read is not None:
            waits.append(book.read.finished_at)
        if max(waits, default=complete) > complete:
            self._polling[listing.shop].append(item)
            self.desk.ask_poll(listing.shop)
            return
        self._close(item, listing, complete)

    def _close(self, item: int, listing: ListingRow, complete: Instant) -> None:
        """End the doubts that a complete ledger ends, and decide where that can matter."""
        before = listing.book
        listing.book = close_ledger(before, complete)
        self._fresh[item] = None
        self._ask_for_proof(item, listing)
        if listing.waits_for_proof or self._matters(before, listing.book):
            self._decide(item)

    def _matters(self, before: ListingBook, after: ListingBook) -> bool:
        """Tell whether a plan may change with a book; that a read is newer is no news."""
        return replace(after, read=before.read) != before

    def _want_read(self, item: int, listing: ListingRow, at: float) -> None:
        if at < listing.read_due_at:
            listing.read_due_at = at
            self.desk.wake(item, at)

    def _want_poll(self, item: int, listing: ListingRow, at: float) -> None:
        if at < listing.poll_due_at:
            listing.poll_due_at = at
            self.desk.wake(item, at)

    def _complete(self, shop: int) -> Instant:
        margin_s = self.assumptions.orders_lag_s + 2 * self.assumptions.clock_tolerance_s
        return Instant((self.desk.complete_up_to(shop) - margin_s) // TIME_GRAIN_S * TIME_GRAIN_S)

    def _provable_at(self, seen_at: Instant) -> float:
        margin_s = self.assumptions.orders_lag_s + 2 * self.assumptions.clock_tolerance_s
        return later(seen_at, margin_s + TIME_GRAIN_S)

    def _telling_read_at(self, happened_by: Instant) -> float:
        doubt_s = self.assumptions.read_staleness_s + self.assumptions.clock_tolerance_s
        return later(happened_by, doubt_s + READ_MARGIN_S)

    def _now(self) -> Instant:
        return Instant(self.desk.now)
