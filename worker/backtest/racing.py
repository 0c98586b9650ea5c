"""The guard as a policy: the real planner with raced pools, forecasts and close reads.

The demand of each listing is learned from the orders that were told, as the program learns it; it
begins with the program's stated guess and knows nothing of orders to come. What is nearly gone is
read every few seconds, one call for a shop.
"""

from dataclasses import replace

from reconciliation.catalog import ListingKey
from reconciliation.demand import Level, catalogue_level, forecast, shop_level
from reconciliation.exposure import ListingBook
from reconciliation.policy import Assumptions, GuardPolicy
from reconciliation.quantities import Instant
from reconciliation.race import RaceTerms
from reconciliation.reaction import Reaction
from reconciliation.sales_history import (
    LANDMARK,
    Contribution,
    SalesHistory,
    contribution,
    difference,
    first_seen,
    record_order,
    summed,
)
from reconciliation.verdict import Decision

from ..forecasts import LEVEL_AGE_S_MAX
from .planner import ONE_CLOCK, STRICT, Planned
from .planner_rows import ListingRow
from .policy import Desk, Sale
from .scene import Latencies, Scene


CLOSE_READ_EVERY_S = 2.0
"""How often what is nearly gone is read: one call for up to 600 SKUs of a shop."""

DEFAULT_PRICE = 60.0
"""Lost sales that one cancelled order weighs unless told otherwise."""

RESTOCK_EVERY_S = 3.5 * 86_400.0
"""The mean time to new stock, in recorded seconds: a weekly review is half a week away.

Given, not learned: the replay's feeds tell of every delivery, and a partner's cadence is learned
from those (`reconciliation.decline.restock_cadence`).
"""

GUARD = replace(STRICT, throttle_at_units=9, open_at_units=12, resume_at_units=1, dwell_s_min=5.0)
"""Strict's policy, but that a unit is enough to come back: what is short of it, the race caps."""


def reaction_of(latencies: Latencies) -> Reaction:
    """Return how fast the replay lets anybody hear and act."""
    return Reaction(
        webhook_s=latencies.webhook_s,
        webhooks_lost=latencies.webhooks_lost,
        poll_every_s=latencies.poll_every_s,
        read_s=1.5 * latencies.read_s,
        write_s=1.5 * latencies.write_s,
    )


class Raced(Planned):
    """Sets listings by `reconciliation.plan` over raced pools."""

    def __init__(
        self,
        scene: Scene,
        *,
        price: float = DEFAULT_PRICE,
        policy: GuardPolicy = GUARD,
        assumptions: Assumptions = ONE_CLOCK,
    ) -> None:
        """Weigh a cancelled order like `price` lost sales."""
        super().__init__(policy, assumptions)
        reaction = reaction_of(scene.latencies)
        self._terms = RaceTerms(
            price=price,
            windows=reaction.windows(),
            close_windows=reaction.close_windows(CLOSE_READ_EVERY_S),
            restock_every_s=scene.compressed_s(RESTOCK_EVERY_S),
            write_s=reaction.write_s,
        )

    def begin(self, desk: Desk) -> None:
        """Know nothing of any listing's demand."""
        super().begin(desk)
        for row in self.rows:
            row.race = self._terms
        now = _calendar(desk.now)
        self._histories: dict[ListingKey, SalesHistory] = {
            listing.listing.key: first_seen(now, is_on_sale=True)
            for row in self.rows
            for listing in row.listings
        }
        known = summed(map(contribution, self._histories.values()))
        each = len(self._histories) // desk.shops
        self._catalogue: Contribution = known
        self._sums = [
            replace(known, closed_s=known.closed_s / desk.shops, listings_on_sale=each)
        ] * desk.shops
        self._levels: list[tuple[float, Level] | None] = [None] * desk.shops
        self._closely: list[set[int]] = [set() for _ in range(desk.shops)]
        self._ticking = [False] * desk.shops

    def told(self, sale: Sale) -> None:
        """Learn from an order before deciding on it."""
        key = self.rows[sale.item].listings[sale.shop].listing.key
        before = self._histories[key]
        after = record_order(before, units=sale.units, placed_at=_calendar(sale.placed_at))
        change = difference(contribution(after), contribution(before))
        self._histories[key] = after
        self._sums[sale.shop] = summed((self._sums[sale.shop], change))
        self._catalogue = summed((self._catalogue, change))
        super().told(sale)

    def read(self, item: int, shop: int, units: int, began_at: float) -> None:
        """Take note of a close read that shows what the last one showed; else as ever."""
        listing = self.rows[item].listings[shop]
        book = listing.book
        if listing.waits_for_proof or _says_more(book, units):
            listing.seen_again = None
            super().read(item, shop, units, began_at)
        else:
            listing.seen_again = (began_at, self.desk.now)

    def _prepare(self, item: int) -> None:
        now = _calendar(self.desk.now)
        for listing in self.rows[item].listings:
            history = self._histories[listing.listing.key]
            if listing.seen_again is not None and listing.book.read is not None:
                began_at, finished_at = map(Instant, listing.seen_again)
                seen = replace(listing.book.read, began_at=began_at, finished_at=finished_at)
                listing.book, listing.seen_again = replace(listing.book, read=seen), None
            listing.forecast = forecast(history, self._level(listing.shop), now).demand

    def _level(self, shop: int) -> Level:
        kept = self._levels[shop]
        if kept is None or self.desk.now - kept[0] > LEVEL_AGE_S_MAX:
            now = _calendar(self.desk.now)
            level = shop_level(self._sums[shop], catalogue_level(self._catalogue, now), now=now)
            kept = self._levels[shop] = (self.desk.now, level)
        return kept[1]

    # -- close reads --------------------------------------------------------------------------

    def _keep(self, item: int, listing: ListingRow, decision: Decision) -> None:
        super()._keep(item, listing, decision)
        close = self._closely[listing.shop]
        if decision.read_closely and max(decision.shown_units, decision.target_units) > 0:
            close.add(item)
            self._tick_on(listing.shop)
        else:
            close.discard(item)

    def _tick_on(self, shop: int) -> None:
        if not self._ticking[shop]:
            self._ticking[shop] = True
            self.desk.later(self.desk.now + CLOSE_READ_EVERY_S, self._tick, shop)

    def _tick(self, shop: int) -> None:
        """Read in one call what is nearly gone in a shop."""
        self._ticking[shop] = False
        if self._closely[shop]:
            self.desk.ask_reads(tuple(sorted(self._closely[shop])), shop)
            self._tick_on(shop)


def _says_more(book: ListingBook, units: int) -> bool:
    """Tell whether a read may change more of a book than when it was last read."""
    is_open = book.writes or book.doubts or book.unasked_units or book.ahead_units
    return book.read is None or bool(is_open) or not units == book.read.units == book.shown_units


def _calendar(moment: float) -> Instant:
    """Return a moment of the replay as one after the landmark of the histories."""
    return Instant(LANDMARK + moment)
