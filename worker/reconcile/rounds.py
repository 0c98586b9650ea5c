"""The rounds of a manual reconcile: works off what is due in scope, until nothing is under way.

A raise through zero takes several: write 0, read, poll, write again. What comes next is always
a row of the record, asked for by the step before it, and due in the future as often as not.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from connectors.store import catalog, listings, work_due
from connectors.store.batches import batches
from connectors.store.engine import reading
from connectors.store.listings import ListingRow
from connectors.store.work_due import OpenRow
from reconciliation.board import Board
from reconciliation.catalog import ListingKey, PoolKey
from reconciliation.quantities import Instant

from ..boards import gather, surround
from ..dispatch import work_off
from ..modes import why_not
from ..queues import ORDERS, PLAN, PUSH, READ, pool_of_work, product_of_work, shop_of_read
from ..services import Services
from .scope import Scope


PAUSE_S_MIN = 0.05
PAUSE_S_MAX = 1.0
"""How long a round sleeps at most: a running `up` may finish something at any time."""


def components(
    connection: Connection, services: Services, pools: Iterable[PoolKey]
) -> Iterator[Board]:
    """Yield the boards that hold the pools, each pool once."""
    done = set[PoolKey]()
    for pool in sorted(pools):
        if pool not in done:
            board = gather(connection, services, surround(connection, [pool])).board
            done.update(board.pools)
            yield board


class Rounds:
    """Works off due rows of the record, and tells which listings still wait for something."""

    def __init__(self, services: Services, scope: Scope) -> None:
        """Keep what is in scope, and which listings share goods."""
        self._services = services
        self._scope = scope
        self._at_rest: set[ListingKey] = set()
        with reading(services.engine) as connection:
            self._written = {shop: not why_not(connection, services, shop) for shop in scope.shops}
            self._sharing = _sharing(connection, scope)

    def work_off_due(self, deadline: Instant) -> int:
        """Work off every row in scope that is due and free; return how many of them were done.

        After the deadline the rest stays due.
        """
        now, done = self._services.now(), 0
        for row in self._rows(now):
            if self._services.now() >= deadline:
                break
            if row.free_at <= now:
                done += work_off(self._services, row.queue, row.key)
        return done

    def pause_s(self, deadline: Instant) -> float:
        """Return how long to sleep: until the next row is due, and not past the deadline."""
        now = self._services.now()
        moments = [max(row.due_at, row.free_at) for row in self._rows(deadline)]
        wait_s = min([deadline, *(each for each in moments if each > now)]) - now
        return min(max(wait_s, PAUSE_S_MIN), PAUSE_S_MAX)

    def waiting(self) -> frozenset[ListingKey]:
        """Return the listings in scope on which something is wanted or under way."""
        with reading(self._services.engine) as connection:
            keys = sorted({*self._scope.keys, *self._scope.near})
            rows = {
                key: row
                for some in batches(keys)
                for key, row in listings.load(connection, some).items()
            }
        return frozenset(key for key in self._scope.keys if self._waits(rows[key], rows))

    def _rows(self, until: Instant) -> list[OpenRow]:
        with reading(self._services.engine) as connection:
            return [row for row in work_due.open_rows(connection, until=until) if self._holds(row)]

    def _holds(self, row: OpenRow) -> bool:
        """Tell whether a row of work is in scope."""
        if row.queue == PLAN:
            return pool_of_work(row.key) in self._scope.pools
        if row.queue == PUSH:
            return product_of_work(row.key) in self._scope.products
        if row.queue == READ:
            return shop_of_read(row.key) in self._scope.shops_near
        return row.queue == ORDERS and row.key in self._scope.shops_near

    def _waits(self, row: ListingRow, rows: dict[ListingKey, ListingRow]) -> bool:
        """Tell whether a listing may still change by what is due within minutes.

        What came to rest once waits again only after a write: reads grow old all the time.
        """
        if self._is_written(row):
            self._at_rest.discard(row.key)
            return True
        waits = row.key not in self._at_rest and self._may_rise(row, rows)
        if not waits:
            self._at_rest.add(row.key)
        return waits

    def _is_written(self, row: ListingRow) -> bool:
        """Tell whether a write to the listing is open, or planned and to be made."""
        planned = (row.decision or {}).get("write_units") is not None
        to_be_made = planned and not row.stranded_because and self._written[row.key.shop]
        return bool(row.book.writes) or to_be_made

    def _may_rise(self, row: ListingRow, rows: dict[ListingKey, ListingRow]) -> bool:
        """Tell whether reads and polls that are on their way may still raise the listing."""
        decision = row.decision
        if decision is None or row.stranded_because or not self._written[row.key.shop]:
            return False
        if decision["target_units"] <= decision["shown_units"]:
            return False
        beside = [rows[key] for key in self._sharing.get(row.key, ()) if key in rows]
        return bool(decision["waits_for_proof"]) or any(_in_flux(each) for each in beside)


def _in_flux(row: ListingRow) -> bool:
    """Tell whether a listing's exposure is about to shrink, which makes room for others."""
    planned = (row.decision or {}).get("write_units") is not None
    return bool(row.book.writes or row.book.doubts or row.book.restocks) or planned


def _sharing(connection: Connection, scope: Scope) -> dict[ListingKey, frozenset[ListingKey]]:
    """Return, for each listing, those that draw on any of its pools."""
    recipes = {
        key: listing
        for some in batches(sorted(scope.near))
        for key, listing in catalog.recipes_of(connection, some).items()
    }
    by_pool: dict[PoolKey, set[ListingKey]] = {}
    for key, listing in recipes.items():
        for part in listing.recipe:
            by_pool.setdefault(part.pool, set()).add(key)
    return {
        key: frozenset(each for part in listing.recipe for each in by_pool[part.pool])
        for key, listing in recipes.items()
    }
