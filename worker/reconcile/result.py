"""What a manual reconcile found and did, listing by listing, as plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connectors.store import catalog, listings, work_due, writes
from connectors.store.batches import batches
from connectors.store.engine import reading
from connectors.store.listings import ListingRow
from connectors.store.writes import Outcome, WriteRow
from reconciliation.catalog import Listing, ListingKey, MappingProblem
from reconciliation.exposure import heading_units
from reconciliation.guard import GuardState
from reconciliation.plan import decide
from reconciliation.quantities import Instant
from reconciliation.verdict import Decision

from ..modes import why_not
from ..queues import PUSH, READ, product_of_work, shop_of_read
from ..services import Services
from .rounds import components
from .scope import Scope


class Ending(StrEnum):
    """How the reconcile of a listing ended."""

    AS_DECIDED = "as_decided"
    """It shows what was decided: its target, or what a named reason leaves it at."""
    PLANNED = "planned"
    """A dry run: the write would be made."""
    NOT_WRITTEN = "not_written"
    """A write was planned and not made: the shop is only observed, or writing is stopped."""
    NO_GOODS = "no_goods"
    """It is not joined to goods; the reason says how to mend that."""
    REFUSED = "refused"
    """TikTok refused to take the quantity."""
    WAITING = "waiting"
    """Time ran out before it was at its target; a running `up` goes on with it."""


FAILED = frozenset({Ending.REFUSED, Ending.WAITING})
"""Endings of listings that could not be brought to their targets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRowOut:
    """One listing of the answer; `target_units` is None where nothing could be decided."""

    listing: str
    seller_sku: str
    pools: tuple[str, ...]
    before_units: int | None
    after_units: int | None
    target_units: int | None
    state: str
    ending: Ending
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """A pool whose orders exceed its goods, and by how many units."""

    pool: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileResult:
    """The answer: each listing with before, after and reason, and the pools that are short."""

    dry_run: bool
    rows: tuple[ListingRowOut, ...]
    shortages: tuple[Shortage, ...]
    seconds: float = 0.0

    @property
    def well(self) -> bool:
        """Tell whether every listing came to its target and no pool is short."""
        return not self.shortages and all(row.ending not in FAILED for row in self.rows)


class _Rows:
    """What both kinds of answer need: recipes, problems, and who may be written."""

    def __init__(self, services: Services, scope: Scope) -> None:
        self._services = services
        self._scope = scope
        with reading(services.engine) as connection:
            self._problems = {each.key: each for each in catalog.problems(connection)}
            self._recipes = {
                key: listing
                for some in batches(scope.keys)
                for key, listing in catalog.recipes_of(connection, some).items()
            }
            self._stored = {
                key: row
                for some in batches(scope.keys)
                for key, row in listings.load(connection, some).items()
            }
            self._not_written = {
                shop: why_not(connection, services, shop) for shop in scope.shops_near
            }
            self._boards = tuple(components(connection, services, scope.seeds))

    def _shortages(self) -> tuple[Shortage, ...]:
        return tuple(
            Shortage(pool=str(pool), units=-facts.position.ats_units)
            for board in self._boards
            for pool, facts in sorted(board.pools.items())
            if facts.position.ats_units < 0
        )


class DecidedRows(_Rows):
    """The answer of a dry run: what would be decided now, with nothing stored."""

    def result(self) -> ReconcileResult:
        """Decide on every board in scope and return what would be written."""
        decisions = {
            decision.key: decision
            for board in self._boards
            for decision in decide(board).decisions
        }
        rows = tuple(self._row(key, decisions.get(key)) for key in self._scope.keys)
        return ReconcileResult(dry_run=True, rows=rows, shortages=self._shortages())

    def _row(self, key: ListingKey, decision: Decision | None) -> ListingRowOut:
        if decision is None:
            return without_goods(self._stored[key], self._problems.get(key))
        write, not_written = decision.write, self._not_written[key.shop]
        reason = decision.reason
        if write is not None and not_written:
            reason = f"{reason} (not to be written: {not_written})"
        return ListingRowOut(
            listing=str(key),
            seller_sku=self._stored[key].seller_sku,
            pools=pool_names(self._recipes[key]),
            before_units=decision.shown_units,
            after_units=decision.shown_units if write is None else write.units,
            target_units=decision.target_units,
            state=decision.state.value,
            ending=Ending.AS_DECIDED if write is None else Ending.PLANNED,
            reason=reason,
        )


class StoredRows(_Rows):
    """The answer of a real run: what the record says was decided, written and proven."""

    def __init__(
        self,
        services: Services,
        scope: Scope,
        before: dict[ListingKey, int | None],
        waiting: Iterable[ListingKey],
        began_at: Instant,
    ) -> None:
        """Read what was written since the beginning, and what went wrong."""
        super().__init__(services, scope)
        self._before = before
        self._waiting = frozenset(waiting)
        with reading(services.engine) as connection:
            self._writes = {
                key: write
                for some in batches(scope.keys)
                for key, write in writes.latest(connection, some).items()
                if write.intended_at >= began_at
            }
            rows = work_due.open_rows(connection, until=Instant(float("inf")))
        self._errors = {(row.queue, row.key): row.last_error for row in rows if row.last_error}

    def result(self) -> ReconcileResult:
        """Return each listing as the record has it now."""
        rows = tuple(self._row(self._stored[key]) for key in self._scope.keys)
        return ReconcileResult(dry_run=False, rows=rows, shortages=self._shortages())

    def _row(self, row: ListingRow) -> ListingRowOut:
        decision, listing = row.decision, self._recipes.get(row.key)
        if decision is None or listing is None:
            return without_goods(row, self._problems.get(row.key))
        ending, reason = self._ending(row, decision)
        return ListingRowOut(
            listing=str(row.key),
            seller_sku=row.seller_sku,
            pools=pool_names(listing),
            before_units=self._before[row.key],
            after_units=heading_units(row.book),
            target_units=decision["target_units"],
            state=row.state.value,
            ending=ending,
            reason=reason,
        )

    def _ending(self, row: ListingRow, decision: dict[str, Any]) -> tuple[Ending, str]:
        """Say how it ended and why; the reason of a write that was made outlives the write."""
        write = self._writes.get(row.key)
        not_written = self._not_written[row.key.shop]
        if write is not None and write.outcome is Outcome.REFUSED:
            return Ending.REFUSED, f"TikTok refused it: {write.detail}"
        if row.stranded_because:
            return Ending.REFUSED, row.stranded_because
        if row.key in self._waiting:
            return Ending.WAITING, self._waits_for(row, decision)
        if decision["write_units"] is not None and not_written:
            wanted = f"would set {decision['write_units']}: {decision['reason']}"
            return Ending.NOT_WRITTEN, f"{not_written}; {wanted}"
        if row.state is GuardState.STRANDED:
            return Ending.AS_DECIDED, f"it cannot be written: its product is {row.product_status}"
        return Ending.AS_DECIDED, _reason(write, decision)

    def _waits_for(self, row: ListingRow, decision: dict[str, Any]) -> str:
        """Return what a listing still waits for, with the error that keeps it waiting."""
        for (queue, key), error in sorted(self._errors.items()):
            mine = (row.key.shop, row.key.product_id)
            if (queue == PUSH and product_of_work(key) == mine) or (
                queue == READ and shop_of_read(key) == row.key.shop
            ):
                return f"time ran out: {error}"
        what = "a write is not settled yet" if row.book.writes else decision["reason"]
        return f"time ran out: {what}"


def _reason(write: WriteRow | None, decision: dict[str, Any]) -> str:
    reason: str = decision["reason"]
    return reason if write is None else f"{write.reason}; now {reason}"


def without_goods(row: ListingRow, problem: MappingProblem | None) -> ListingRowOut:
    """Return the row of a listing for which nothing can be decided."""
    why = f"{problem.problem.value}: {problem.remedy}" if problem else "it was never decided on"
    shown = heading_units(row.book) if row.book.read is not None else None
    return ListingRowOut(
        listing=str(row.key),
        seller_sku=row.seller_sku,
        pools=(),
        before_units=shown,
        after_units=shown,
        target_units=None,
        state=row.state.value,
        ending=Ending.NO_GOODS,
        reason=why,
    )


def pool_names(listing: Listing) -> tuple[str, ...]:
    """Return the pools that a listing draws on, with the units of each where more than one."""
    return tuple(
        str(part.pool) if part.units == 1 else f"{part.units} x {part.pool}"
        for part in listing.recipe
    )
