"""What the planner's adapter keeps of an item and its listings, and the boards made of it."""

import math
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

from reconciliation.board import Board, ListingFacts, PoolFacts
from reconciliation.catalog import Ingredient, Listing, ListingKey, PoolKey
from reconciliation.decline_law import DeclineLaw
from reconciliation.demand import NO_DEMAND, Demand
from reconciliation.exposure import ListingBook
from reconciliation.feed_dialect import FeedKind
from reconciliation.guard import GuardState
from reconciliation.orders import LineState, OrderLine
from reconciliation.policy import Assumptions, GuardPolicy
from reconciliation.position import (
    Claim,
    FeedTerms,
    SafetyStock,
    Snapshot,
    position,
    safety_stock,
)
from reconciliation.quantities import EPOCH, Instant, Sku, later
from reconciliation.race_terms import RaceTerms

from ..boards import RESUME_WINDOW_S
from .policy import Feed, Sale


NEVER = math.inf

DEMAND_WINDOW_S = 7 * 86_400.0
"""How far back sales count for shares, which are counted here and not forecast."""


@dataclass(slots=True, kw_only=True)
class ListingRow:
    """One listing: its book and state, and when it is to be read or its orders polled next.

    `sales` are all orders that were told of it, and `totals` their units summed up, before the
    first and after each. `read_due_at` and `poll_due_at` are infinite where nothing is wanted.
    `forecast` is what a race is priced by.
    """

    listing: Listing
    shop: int
    book: ListingBook = field(default_factory=ListingBook)
    state: GuardState = GuardState.OPEN
    since: Instant = EPOCH
    resumes: tuple[Instant, ...] = ()
    sequence: int = 0
    waits_for_proof: bool = False
    read_due_at: float = NEVER
    poll_due_at: float = NEVER
    sales: list[Sale] = field(default_factory=list)
    totals: list[int] = field(default_factory=lambda: [0])
    forecast: Demand = NO_DEMAND

    def sell(self, sale: Sale) -> None:
        """Note an order that was told."""
        self.sales.append(sale)
        self.totals.append(self.totals[-1] + sale.units)

    def facts(self, policy: GuardPolicy, complete: Instant, now: Instant) -> ListingFacts:
        """Return the listing as a board holds it."""
        before = bisect_right(self.sales, now - DEMAND_WINDOW_S, key=lambda sale: sale.placed_at)
        return ListingFacts(
            listing=self.listing,
            book=self.book,
            policy=policy,
            state=self.state,
            since=self.since,
            resumes=tuple(each for each in self.resumes if now - each < RESUME_WINDOW_S),
            ledger_complete_up_to=complete,
            demand=Fraction(1 + self.totals[-1] - self.totals[before]),
            forecast=self.forecast,
            rank=self.shop,
        )


@dataclass(slots=True, kw_only=True)
class ItemRow:
    """One item: its pool, its listings, and the claims on it that its feed may still hold.

    A claim is kept as it stands before and after its parcel left, with the moment of that.
    `decide_due_at` and `ages_at` are when time, and the age of the feed, may change the plan.
    `decline` is what is learned of how the feed's figures fall short, and `decline_price` what an
    order weighs that is cancelled because of it; None: what the policy says.
    """

    pool: PoolKey
    listings: tuple[ListingRow, ...]
    claims: list[tuple[float, Claim, Claim]] = field(default_factory=list)
    race: RaceTerms | None = None
    decline: DeclineLaw | None = None
    decline_price: float | None = None
    moved_at: Instant | None = None
    decide_due_at: float = NEVER
    ages_at: float = NEVER

    def claim(self, sale: Sale, now: Instant) -> None:
        """Note an order's claim on the goods."""
        line = OrderLine(state=LineState.RELEASED, placed_at=Instant(sale.placed_at))
        if sale.short:
            line = replace(line, state=LineState.CANCELLED_MISSING, cancelled_at=now)
            gone = line
        else:
            leaves_at = Instant(sale.leaves_at)
            gone = replace(line, state=LineState.DEPARTED, departed_at=leaves_at)
        ends_at = now if sale.short else sale.leaves_at
        self.claims.append(
            (ends_at, Claim(line=line, units=sale.units), Claim(line=gone, units=sale.units))
        )

    def miss(self, sale: Sale) -> None:
        """Note that the goods of an order were missing when its parcel should have left."""
        for place, (ends_at, live, _) in enumerate(self.claims):
            if ends_at == sale.leaves_at and live.units == sale.units:
                line = replace(
                    live.line, state=LineState.CANCELLED_MISSING, cancelled_at=Instant(ends_at)
                )
                self.claims[place] = (ends_at, live, Claim(line=line, units=sale.units))
                return

    def claims_at(self, now: float) -> list[Claim]:
        """Return the claims as they stand at a moment."""
        return [gone if ends_at <= now else live for ends_at, live, gone in self.claims]

    def held_back(self, feed: Feed, policy: GuardPolicy, age_s: float) -> SafetyStock:
        """Return what is held back of a feed that is so old."""
        priced = _at_price(policy, self.decline_price)
        snapshot = replace(snapshot_of(feed), decline=self.decline)
        return safety_stock(snapshot, age_s, priced, price=priced.cancellation_price)

    def pool_facts(self, feed: Feed, policy: GuardPolicy, now: Instant) -> PoolFacts:
        """Return the pool as a board holds it; claims that are off the feed are forgotten."""
        self.claims = [each for each in self.claims if each[0] >= feed.as_of]
        stock = position(
            replace(snapshot_of(feed), decline=self.decline),
            self.claims_at(now),
            held_units=0,
            policy=_at_price(policy, self.decline_price),
            clock_tolerance_s=0.0,
            now=now,
        )
        return PoolFacts(
            position=stock,
            moved_at=self.moved_at,
            headroom_percent=policy.headroom_percent,
            race=self.race,
            withheld_units=policy.withheld_of(stock.sellable_units),
        )


def item_row(item: int, shops: int) -> ItemRow:
    """Return an item of which nothing is known, with a listing in each shop."""
    pool = PoolKey(warehouse="shelf", sku=Sku(f"item-{item}"))
    return ItemRow(
        pool=pool,
        listings=tuple(
            ListingRow(
                listing=Listing(
                    key=ListingKey(
                        shop=f"shop-{shop}",
                        product_id=f"product-{item}",
                        sku_id=pool.sku,
                        warehouse_id="w",
                    ),
                    seller_sku=pool.sku,
                    recipe=(Ingredient(pool=pool, units=1),),
                ),
                shop=shop,
            )
            for shop in range(shops)
        ),
    )


def moments(board: Board) -> list[Instant]:
    """Return when the ends of dwell times and of waits for a move may change the plan."""
    ahead = [
        later(facts.since, facts.policy.dwell_s_min)
        for facts in board.listings
        if facts.state is GuardState.PAUSED
    ]
    ahead += [
        later(pool.moved_at, facts.policy.move_s_min)
        for pool in board.pools.values()
        for facts in board.listings
        if pool.moved_at is not None
    ]
    return [moment for moment in ahead if moment > board.now]


def snapshot_of(feed: Feed) -> Snapshot:
    """Return what a feed states, with nothing learned of it."""
    return Snapshot(units=feed.units, as_of=Instant(feed.as_of), terms=_terms(feed.every_s))


@lru_cache(maxsize=64)
def _at_price(policy: GuardPolicy, price: float | None) -> GuardPolicy:
    return policy if price is None else replace(policy, cancellation_price=price)


@lru_cache(maxsize=64)
def _terms(every_s: float | None) -> FeedTerms:
    # An order of the replay has its goods from the moment it is placed: there is no hold.
    return FeedTerms(kind=FeedKind.ON_HAND, expected_every_s=every_s, released_after_s=0.0)


def board_of(
    row: ItemRow,
    feed: Feed,
    completes: tuple[Instant, ...],
    *,
    policy: GuardPolicy,
    assumptions: Assumptions,
    now: Instant,
) -> Board:
    """Return the board of one item: it shares nothing with others."""
    return Board(
        now=now,
        pools={row.pool: row.pool_facts(feed, policy, now)},
        listings=tuple(each.facts(policy, completes[each.shop], now) for each in row.listings),
        assumptions=assumptions,
    )
