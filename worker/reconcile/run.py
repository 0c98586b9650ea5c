"""The manual reconcile: look afresh, decide, and write until TikTok shows what was decided.

It works in its own process, with or without a running `up`: the record's leases see to it that
a row of work is done by one of them, and that a shop has one writer. Looking is the same for a
dry run: what was seen is stored, since facts are facts; decisions and writes are not made.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from connectors.errors import ConnectorError
from connectors.store import catalog, listings, shops
from connectors.store.batches import batches
from connectors.store.engine import reading, writing
from reconciliation.catalog import ListingKey, PoolKey
from reconciliation.exposure import heading_units
from reconciliation.quantities import Instant, later

from ..reports.lookup import find_sku, shops_in_scope
from ..reports.sight import EVERYTHING, Sight, hidden_pools, pool_named
from ..services import Services
from ..steps.plan_pools import ask_for_decisions, plan_pools
from ..steps.proof import provable_at
from ..steps.read_stock import read_listings
from ..steps.record_orders import poll_orders
from ..steps.sync_catalogue import sync_catalogue
from .result import DecidedRows, ReconcileResult, StoredRows
from .rounds import Rounds, components
from .scope import Scope


TIMEOUT_S = 120.0
"""How long writes may take in all: a raise through zero needs several reads and polls."""

PROOF_POLLS_MAX = 5
"""Polls made to prove the ledger complete before we go on without the proof."""

STEP_S_MAX = 0.5
"""The longest sleep between two looks at the clock, so that progress moves."""

Progress: TypeAlias = Callable[[str, float, float], None]
"""Told what is under way, how much of it is done, and how much there is in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to reconcile: everything, or one shop, or one SKU, or one SKU in one shop.

    Writes take `timeout_s` at most; all of it, looking included, `within_s` where given. Errors
    name, and the answer tells of, only what is in `sight`; what is asked for lies in it.
    """

    shop: str | None = None
    sku: str | None = None
    dry_run: bool = False
    timeout_s: float = TIMEOUT_S
    within_s: float = math.inf
    sight: Sight = EVERYTHING


class OutOfTime(TimeoutError):
    """Looking alone took all the time there was; `cause` and `remedy` are for people."""

    def __init__(self, within_s: float) -> None:
        """Say what there was."""
        self.cause = f"looking at the shops took more than {within_s:g} s; nothing was decided"
        self.remedy = "what was seen is kept: ask for one shop, or give it more time"
        super().__init__(f"{self.cause}; {self.remedy}")


def no_progress(_what: str, _done: float, _of: float) -> None:
    """Tell nobody: output that no person watches."""


def reconcile(
    services: Services, request: Request, tell: Progress = no_progress
) -> ReconcileResult:
    """Bring what was asked for to its target.

    Raises `lookup.Unknown`, `ConnectorError`, and `OutOfTime` before anything was decided.
    """
    began_at = services.now()
    in_time = _in_time(services, request, tell)
    scope = _look(services, request, in_time)
    before = _shown(services, scope.keys)
    _prove(services, scope, in_time)
    if request.dry_run:
        result = DecidedRows(services, scope).result()
    else:
        left_s = began_at + request.within_s - services.now()
        waiting = _write(services, scope, min(request.timeout_s, left_s), tell)
        result = StoredRows(services, scope, before, waiting, began_at).result()
    result = _in_sight(services, request.sight, result)
    return replace(result, seconds=round(services.now() - began_at, 1))


def _in_time(services: Services, request: Request, tell: Progress) -> Progress:
    """Return what tells of progress, and ends the looking when its time is over."""
    ends_at = later(services.now(), request.within_s)

    def tell_in_time(what: str, done: float, of: float) -> None:
        if services.now() >= ends_at:
            raise OutOfTime(request.within_s)
        tell(what, done, of)

    return tell_in_time


def _in_sight(services: Services, sight: Sight, result: ReconcileResult) -> ReconcileResult:
    """Leave out how much goods are short that are shared with a shop out of sight."""
    pools = {pool_named(each.pool) for each in result.shortages}
    with reading(services.engine) as connection:
        hidden = {str(pool) for pool in hidden_pools(connection, sight, pools)}
    return replace(
        result, shortages=tuple(each for each in result.shortages if each.pool not in hidden)
    )


# -- looking ------------------------------------------------------------------------------------


def _look(services: Services, request: Request, tell: Progress) -> Scope:
    """Read catalogue, orders and stock afresh; return what is in scope."""
    named = shops_in_scope(services.settings, request.shop)
    for done, shop in enumerate(named):
        tell("reading the shops", done, len(named))
        sync_catalogue(services, shop)
        poll_orders(services, shop)
    scope = _scope(services, named, request)
    for done, shop in enumerate(scope.shops_near):
        tell("reading stock", done, len(scope.shops_near))
        _read_shop(services, scope, shop)
    return scope


def _scope(services: Services, named: tuple[str, ...], request: Request) -> Scope:
    with reading(services.engine) as connection:
        if request.sku is not None:
            keys = find_sku(
                connection, services.settings, request.sku, request.shop, sight=request.sight
            ).listings
        else:
            keys = tuple(key for shop in named for key in listings.keys_of_shop(connection, shop))
        keys = tuple(key for key in keys if key.shop in services.settings.shops)
        pools = set[PoolKey]()
        for some in batches(keys):
            for listing in catalog.recipes_of(connection, some).values():
                pools.update(part.pool for part in listing.recipe)
        boards = tuple(components(connection, services, pools))
    near = {facts.key for board in boards for facts in board.listings}
    return Scope(
        shops=named,
        keys=keys,
        seeds=tuple(min(pools.intersection(board.pools)) for board in boards),
        pools=frozenset(pool for board in boards for pool in board.pools),
        near=frozenset(key for key in near if key.shop in services.settings.shops),
    )


def _read_shop(services: Services, scope: Scope, shop: str) -> None:
    """Read the shop's listings in scope, and those beside them of which nothing is known.

    A neighbouring shop that cannot be read is no obstacle to reading the one that was asked for.
    """
    keys = [key for key in scope.keys if key.shop == shop]
    beside = sorted(key for key in scope.near if key.shop == shop and key not in set(keys))
    keys += _unknown(services, beside)
    try:
        for some in batches(keys):
            read_listings(services, shop, some)
    except ConnectorError:
        if shop in scope.shops:
            raise


def _unknown(services: Services, keys: list[ListingKey]) -> list[ListingKey]:
    with reading(services.engine) as connection:
        return [
            key
            for some in batches(keys)
            for key, row in listings.load(connection, some).items()
            if not row.book.known
        ]


def _shown(services: Services, keys: tuple[ListingKey, ...]) -> dict[ListingKey, int | None]:
    """Return what each listing showed at the read just made, None where it was never read."""
    with reading(services.engine) as connection:
        rows = [row for some in batches(keys) for row in listings.load(connection, some).values()]
    return {row.key: heading_units(row.book) if row.book.read else None for row in rows}


# -- proving ------------------------------------------------------------------------------------


def _prove(services: Services, scope: Scope, tell: Progress) -> None:
    """Poll orders until the ledger is complete up to the reads: no raise is made without."""
    reads = _last_reads(services, scope)
    due_at = provable_at(services, max(reads.values(), default=services.now()))
    if not any(_unproven(services, shop, read_at) for shop, read_at in reads.items()):
        return
    _sleep_until(services, due_at, tell)
    for _ in range(PROOF_POLLS_MAX):
        for shop in reads:
            _poll(services, scope, shop)
        if not any(_unproven(services, shop, read_at) for shop, read_at in reads.items()):
            return
        services.sleep(1.0)


def _last_reads(services: Services, scope: Scope) -> dict[str, Instant]:
    """Return when each shop's newest read in scope was finished."""
    newest: dict[str, Instant] = {}
    with reading(services.engine) as connection:
        for some in batches(sorted({*scope.keys, *scope.near})):
            for key, row in listings.load(connection, some).items():
                if row.book.read is not None:
                    read_at = row.book.read.finished_at
                    newest[key.shop] = max(newest.get(key.shop, read_at), read_at)
    return newest


def _unproven(services: Services, shop: str, read_at: Instant) -> bool:
    with reading(services.engine) as connection:
        complete = shops.load(connection, shop).complete_up_to
    return complete is None or complete < read_at


def _poll(services: Services, scope: Scope, shop: str) -> None:
    try:
        poll_orders(services, shop)
    except ConnectorError:
        if shop in scope.shops:
            raise


def _sleep_until(services: Services, due_at: Instant, tell: Progress) -> None:
    began_at = services.now()
    while (left_s := due_at - services.now()) > 0:
        tell("waiting until TikTok must show all orders", services.now() - began_at, left_s)
        services.sleep(min(left_s, STEP_S_MAX))


# -- writing ------------------------------------------------------------------------------------


def _write(
    services: Services, scope: Scope, timeout_s: float, tell: Progress
) -> frozenset[ListingKey]:
    """Decide for every pool in scope and see the writes through; return what still waits."""
    deadline = later(services.now(), timeout_s)
    with writing(services.engine) as connection:
        ask_for_decisions(connection, services, scope.seeds)
    for done, pool in enumerate(scope.seeds):
        tell("deciding", done, len(scope.seeds))
        plan_pools(services, [pool])
    rounds = Rounds(services, scope)
    while True:
        worked = rounds.work_off_due(deadline)
        waiting = rounds.waiting()
        tell("writing", len(scope.keys) - len(waiting), len(scope.keys))
        # What was just worked off may have asked for more, if only for a decision to be kept.
        if services.now() >= deadline or not (waiting or worked):
            return waiting
        if not worked:
            services.sleep(rounds.pause_s(deadline))
