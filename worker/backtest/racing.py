"""The guard as a policy: the real planner with raced pools, forecasts and close reads.

The demand of each listing is learned from the orders that were told (`learned`). What is nearly
gone is read every moment, one call for a shop. The price of a cancelled order follows from the
budget and from an account of the risk that was taken: what the race expected to be cancelled
because of each order that was told.
"""

from dataclasses import dataclass, replace

from reconciliation.budget import (
    USUAL_BUDGET,
    Account,
    CancellationBudget,
    Cause,
    Prices,
    factors_of,
    prices_of,
)
from reconciliation.close_reading import close_read_every_s
from reconciliation.exposure import ListingBook, likely_units
from reconciliation.policy import Assumptions, AutoRestock, GuardPolicy
from reconciliation.quantities import Instant, Units, later
from reconciliation.race import priced
from reconciliation.race_terms import RaceTerms
from reconciliation.reaction import Reaction
from reconciliation.verdict import Decision

from .learned import LearnedDemand
from .planner import ONE_CLOCK, Planned, Thought
from .planner_rows import ItemRow, ListingRow
from .policy import Desk, Sale
from .scene import CLOSE_READ_S_MIN, WARM_UP_S, Latencies, Scene


RESTOCK_EVERY_S = 3.5 * 86_400.0
"""The mean time to new stock, in recorded seconds: a weekly review is half a week away.

Given, not learned: the replay's feeds tell of every delivery, and a partner's cadence is learned
from those (`worker.pool_declines`).
"""

CALM_AFTER_S = 20.0
"""How soon after an order what it forbade is looked at again; then twice as late, and so on."""

GUARD = GuardPolicy(auto_restock=AutoRestock.OFF)
"""The guard's defaults; TikTok puts nothing back on sale by itself in the replay."""


def reaction_of(latencies: Latencies) -> Reaction:
    """Return how fast the replay lets anybody hear and act."""
    return Reaction(
        webhook_s=latencies.webhook_s,
        webhooks_lost=latencies.webhooks_lost,
        poll_every_s=latencies.poll_every_s,
        read_s=latencies.read_s,
        write_s=latencies.write_s,
    )


@dataclass(slots=True)
class _Spent:
    """The account: orders that were told, and how many were expected to be cancelled for them.

    `declined_orders` are those whose goods were missing, each as the factor that its price had.
    """

    orders: float = 0.0
    risk_orders: float = 0.0
    declined_orders: float = 0.0

    def factor(self, budget: CancellationBudget, orders_each: float, cause: Cause) -> float:
        """Return how many times its first price a cause has."""
        return factors_of(budget, self._account(orders_each))[cause]

    def prices(self, budget: CancellationBudget, orders_each: float) -> Prices:
        """Return the prices by cause; each order stands for so many of the shop's."""
        factors = factors_of(budget, self._account(orders_each))
        return prices_of(budget, factors, cancellation_price=GUARD.cancellation_price)

    def _account(self, orders_each: float) -> Account:
        oversold = {Cause.RACE: self.risk_orders, Cause.DECLINE: self.declined_orders}
        return Account(
            orders=self.orders * orders_each,
            oversold_orders={cause: orders * orders_each for cause, orders in oversold.items()},
        )


class Raced(Planned):
    """Sets listings by `reconciliation.plan` over raced pools."""

    def __init__(
        self,
        scene: Scene,
        *,
        budget: CancellationBudget,
        policy: GuardPolicy = GUARD,
        assumptions: Assumptions = ONE_CLOCK,
    ) -> None:
        """Let so many of 10,000 orders be cancelled."""
        super().__init__(policy, assumptions)
        self._scene = scene
        self._budget = budget
        self._spent = _Spent()
        self._orders_each = 1.0 / scene.quota_share
        self._reaction = reaction_of(scene.latencies)
        self._terms = RaceTerms(
            price=_Spent().prices(USUAL_BUDGET, 1.0).race,
            windows=self._reaction.windows(),
            restock_every_s=scene.compressed_s(RESTOCK_EVERY_S),
            write_s=self._reaction.write_s,
        )
        self._terms_at_pace: dict[float, RaceTerms] = {}

    def begin(self, desk: Desk) -> None:
        """Know nothing of any listing's demand."""
        self._demand = LearnedDemand(desk.items, desk.shops, self._scene.intensity)
        self._ordered_at = [WARM_UP_S] * desk.items
        super().begin(desk)

    def told(self, sale: Sale) -> None:
        """Put an order on the account and learn from it, before deciding on it."""
        self._account(sale)
        self._ordered_at[sale.item] = self.desk.now
        self._demand.record(sale)
        super().told(sale)

    def _account(self, sale: Sale) -> None:
        """Count what is expected to be cancelled because of an order, by what was shown then."""
        self._spent.orders += 1
        self._spent.risk_orders += self.risk_orders(sale.item)
        price = self._prices().race
        self._terms = replace(self._terms, price=price, crowd=self._demand.crowd())
        self._terms_at_pace.clear()

    def _prices(self) -> Prices:
        return self._spent.prices(self._budget, self._orders_each)

    def missed(self, sale: Sale) -> None:
        """Put an order on the account that was cancelled because its goods were missing.

        Races among them count as declines too: where files come, nothing tells them apart.
        """
        super().missed(sale)
        factor = self._spent.factor(self._budget, self._orders_each, Cause.DECLINE)
        self._spent.declined_orders += factor

    def risk_orders(self, item: int) -> float:
        """Return how many orders the last decision on an item expects one order to cancel."""
        thought, terms = self._last[item], self.rows[item].race
        if thought is None or terms is None:
            return 0.0
        listings = thought.board.listings
        pool = self.rows[item].pool
        return priced(
            [likely_units(facts.book) for facts in listings],
            thought.board.goods_units(pool),
            [facts.forecast for facts in listings],
            terms,
            closely=any(each.read_closely for each in thought.plan.decisions),
        ).risk_orders

    # -- what a board needs besides books and feeds --------------------------------------------

    def _prepare(self, item: int) -> None:
        row = self.rows[item]
        if row.decline is not None:
            row.decline_price = self._prices().decline
        for listing in row.listings:
            self._renew(item, listing)
            listing.forecast = self._demand.demand(item, listing.shop, self.desk.now)
        row.race = self._terms_read_every(self._close_read_every_s(row))

    def _close_read_every_s(self, row: ItemRow) -> float:
        """Return how often an item is read while it is nearly gone, by the demand for it now."""
        orders_per_s = sum(each.forecast.orders_per_s for each in row.listings)
        return close_read_every_s(orders_per_s, CLOSE_READ_S_MIN)

    def _terms_read_every(self, every_s: float) -> RaceTerms:
        known = self._terms_at_pace.get(every_s)
        if known is None:
            close_windows = self._reaction.close_windows(every_s)
            known = replace(self._terms, close_windows=close_windows, close_every_s=every_s)
            self._terms_at_pace[every_s] = known
        return known

    def _renew(self, item: int, listing: ListingRow) -> None:
        """Put a close read that showed the same in the place of one that is too old to raise on.

        No sooner: the orders before a read have to be known, and those before the last one are.
        """
        read = listing.book.read
        if read is None or self.desk.now - read.finished_at <= self.policy.read_age_s_max:
            return
        seen = self.desk.seen_again(item, listing.shop)
        if seen is not None:
            listing.book = _seen_again(listing.book, *map(Instant, seen))

    def _moments(self, item: int, thought: Thought) -> list[Instant]:
        """Return when a race is looked at again: what a burst of orders forbade, its end allows.

        The longer the last order is past, the slower its traces fade.
        """
        ahead = super()._moments(item, thought)
        terms = [each.cap_units for each in thought.plan.decisions]
        if min(terms) < thought.board.goods_units(self.rows[item].pool):
            wait_s = max(CALM_AFTER_S, self.desk.now - self._ordered_at[item])
            ahead.append(later(thought.board.now, wait_s))
        return ahead

    def _matters(self, before: ListingBook, after: ListingBook) -> bool:
        """Tell whether a race may change: what a listing is in doubt about is no part of it."""
        return _of_race(before) != _of_race(after)

    # -- close reads --------------------------------------------------------------------------

    def _keep(self, item: int, listing: ListingRow, decision: Decision) -> None:
        super()._keep(item, listing, decision)
        close = decision.read_closely and max(decision.shown_units, decision.target_units) > 0
        terms = self.rows[item].race
        every_s = terms.close_every_s if close and terms is not None else None
        self.desk.read_closely(item, listing.shop, every_s)
        self._look_again(item, listing)

    def read(self, item: int, shop: int, units: Units, began_at: float) -> None:
        """Bring a book up to date, and look again while it is open."""
        super().read(item, shop, units, began_at)
        self._look_again(item, self.rows[item].listings[shop])

    def answered(self, item: int, shop: int) -> None:
        """Note that a write has landed: the next close read may settle it."""
        super().answered(item, shop)
        self.desk.look_again(item, shop)

    def _look_again(self, item: int, listing: ListingRow) -> None:
        """Look again where a read may say more although the listing shows what it showed.

        What is in doubt is no reason: that ends with orders, and a raise waits for those that
        were placed before the last read.
        """
        if listing.book.writes or listing.book.ahead_units:
            self.desk.look_again(item, listing.shop)


def _is_open(book: ListingBook) -> bool:
    """Tell whether a read may change a book although the listing shows what it showed."""
    return bool(book.writes or book.doubts or book.unasked_units or book.ahead_units)


def _of_race(book: ListingBook) -> tuple[object, ...]:
    """Return what a plan for a raced pool looks at."""
    return (
        book.known,
        likely_units(book),
        book.writes,
        book.restocks,
        book.unasked_units > 0,
        book.unheard_units,
    )


def _seen_again(book: ListingBook, began_at: Instant, finished_at: Instant) -> ListingBook:
    """Return a book that says no more than before, as of a later read that showed the same."""
    read = book.read
    if read is None or read.began_at >= began_at or _is_open(book):
        return book
    if read.units != book.shown_units:
        return book
    return replace(book, read=replace(read, began_at=began_at, finished_at=finished_at))
