"""Gathers the board of a decision from the record: pools, their listings, and all they share.

A board is complete: from the pools asked for it follows every listing that draws on them,
every other warehouse of those listings' SKUs (TikTok wants them in one call), and the pools
that these draw on in turn.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import Connection

from connectors.store import bars, catalog, holds, intake, listings, locks, orders, shops, trail
from connectors.store.bars import Bar
from connectors.store.engine import is_writing
from connectors.store.holds import HoldRow
from connectors.store.intake import PoolRow
from connectors.store.listings import ListingRow
from connectors.tiktok.translate import SKU_OFF
from reconciliation.board import Board, Hold, ListingFacts, PoolFacts
from reconciliation.catalog import Listing, ListingKey, PoolKey
from reconciliation.decline_law import DeclineLaw
from reconciliation.demand import Forecast
from reconciliation.guard import GuardState
from reconciliation.position import Snapshot, position
from reconciliation.quantities import EPOCH, Instant, Units, later, normal_sku

from .pool_declines import NOTHING_LEARNED, learned_of
from .races import Runner, listing_policy, scales
from .services import Services
from .settings.values import feed_terms, partner_of


DEMAND_GRAIN_DAYS = 100
"""Demand is compared in whole units per so many days."""

RESUME_WINDOW_S = 3_600.0
"""The cap on resumes counts over an hour."""

RESUMED = "resumed"
"""The trail's word for a listing that came back from a pause."""

EVERY_SHOP = ""
"""The shop of a hold that is about all of them."""

WRITABLE_STATUSES = frozenset({"ACTIVATE"})
"""Product statuses in which TikTok surely takes a quantity (API page, section 4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A board with what the record holds of its listings, and the holds in force."""

    board: Board
    rows: dict[ListingKey, ListingRow]
    holds: tuple[HoldRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What shares goods or calls with some pools, directly or not.

    `unmapped` names the TikTok SKUs that have a warehouse without goods.
    """

    listings: dict[ListingKey, Listing]
    pools: tuple[PoolKey, ...]
    unmapped: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the record holds of what was surrounded, and the holds in force, at one moment."""

    around: Surroundings
    rows: dict[ListingKey, ListingRow]
    holds: tuple[HoldRow, ...]
    bars: dict[ListingKey, Bar]
    forecasts: dict[ListingKey, Forecast]
    now: Instant


def surround(connection: Connection, seeds: Iterable[PoolKey]) -> Surroundings:
    """Return what shares anything with the seeds.

    In a transaction that writes, nobody else changes any of it until the transaction ends. What
    is read of it from here on is read in that calm, however long the wait for it was.
    """
    if is_writing(connection):
        locks.share_catalogue(connection)
    joined, unmapped = _closure(connection, seeds)
    pools = sorted({part.pool for each in joined.values() for part in each.recipe} | set(seeds))
    if is_writing(connection):
        locks.lock_pools(connection, pools)
    return Surroundings(listings=joined, pools=tuple(pools), unmapped=unmapped)


def gather(connection: Connection, services: Services, around: Surroundings) -> Gathered:
    """Return the board of what was surrounded, as of now."""
    now, keys = services.now(), sorted(around.listings)
    found = _Found(
        around=around,
        rows=listings.load(connection, keys),
        holds=holds.in_force(connection, now),
        bars=bars.load(connection, keys),
        forecasts=services.weighing.forecasts.of(connection, keys, now),
        now=now,
    )
    board = Board(
        now=now,
        pools=_pool_facts(connection, services, around.pools, found),
        listings=_listing_facts(connection, services, found),
        assumptions=services.policies.assumptions,
    )
    return Gathered(board=board, rows=found.rows, holds=found.holds)


def _closure(
    connection: Connection, seeds: Iterable[PoolKey]
) -> tuple[dict[ListingKey, Listing], frozenset[tuple[str, str]]]:
    """Follow shared goods to the end; also return the SKUs that have an unmapped warehouse."""
    pools, found, unmapped = set(seeds), dict[ListingKey, Listing](), set[tuple[str, str]]()
    frontier = set(pools)
    while frontier:
        joined, others = catalog.sharing(connection, frontier)
        unmapped |= {(key.shop, key.sku_id) for key in others}
        found |= joined
        reached = {part.pool for listing in joined.values() for part in listing.recipe}
        # Where they draw on nothing else, the end is reached: nobody has to be asked again.
        frontier = reached - pools
        pools |= reached
    return found, frozenset(unmapped)


# -- pools ------------------------------------------------------------------------------------


def _pool_facts(
    connection: Connection,
    services: Services,
    pools: Sequence[PoolKey],
    found: _Found,
) -> dict[PoolKey, PoolFacts]:
    rows = _known_rows(connection, services, pools)
    claims = orders.claims_on(connection, pools, oldest=_oldest(services, rows))
    learned = learned_of(connection, services, list(rows))
    weights, drawing = scales(connection, services, found.now), _drawing(found)
    facts = {}
    for pool in pools:
        row, known = rows.get(pool), learned.get(pool, NOTHING_LEARNED)
        snapshot = _snapshot(services, row, known.law) if row is not None else None
        policy = services.policies.for_pool(
            partner=partner_of(services.settings, pool.warehouse), sku=pool.sku
        )
        aside = _set_aside(pool, found.holds)
        stock = position(
            snapshot,
            claims[pool],
            held_units=aside.pop(EVERY_SHOP, 0),
            policy=weights.priced(policy),
            clock_tolerance_s=services.policies.assumptions.clock_tolerance_s,
            now=found.now,
        )
        facts[pool] = PoolFacts(
            position=stock,
            moved_at=row.moved_at if row is not None else None,
            headroom_percent=policy.headroom_percent,
            withheld_units=policy.withheld_of(stock.sellable_units),
            kept_for=aside,
            # Of what is unknown nothing can be weighed, and nothing may be moved.
            race=weights.race(policy, drawing.get(pool, ()), restock_every_s=known.restock_every_s)
            if stock.known
            else None,
        )
    return facts


def _drawing(found: _Found) -> dict[PoolKey, list[Runner]]:
    """Return the listings that draw on each pool."""
    drawing: dict[PoolKey, list[Runner]] = {}
    for key, listing in found.around.listings.items():
        forecast = found.forecasts[key]
        runner = Runner(
            listing=listing,
            watched_s=forecast.known_s,
            orders_per_s=forecast.demand.orders_per_s,
        )
        for part in listing.recipe:
            drawing.setdefault(part.pool, []).append(runner)
    return drawing


def _known_rows(
    connection: Connection, services: Services, pools: Sequence[PoolKey]
) -> dict[PoolKey, PoolRow]:
    """Return the pools' rows; where a feed has left the configuration, nothing is known."""
    rows = intake.load_pools(connection, pools)
    return {pool: row for pool, row in rows.items() if row.feed in services.settings.feeds}


def _snapshot(services: Services, row: PoolRow, decline: DeclineLaw | None) -> Snapshot:
    return Snapshot(
        units=row.snapshot_units,
        as_of=row.as_of,
        terms=feed_terms(services.settings, row.feed),
        decline=decline,
    )


def _oldest(services: Services, rows: dict[PoolKey, PoolRow]) -> Instant:
    """Return a moment before every snapshot, less the longest lag that a feed declares."""
    if not rows:
        return EPOCH
    terms = [feed_terms(services.settings, row.feed) for row in rows.values()]
    assumed_s = services.policies.assumptions.clock_tolerance_s
    lag_s = max(
        max(each.posting_lag_s, each.order_lag_s) + each.tolerance_s(assumed_s) for each in terms
    )
    return later(Instant(min(row.as_of for row in rows.values())), -lag_s)


def _set_aside(pool: PoolKey, in_force: Sequence[HoldRow]) -> dict[str, Units]:
    """Return the units set aside of a pool: for a shop by its name, else for `EVERY_SHOP`."""
    aside: dict[str, Units] = {}
    for hold in in_force:
        concerned = hold.sku == pool.sku and hold.warehouse in ("", pool.warehouse)
        if concerned and hold.set_aside_units is not None:
            aside[hold.shop] = aside.get(hold.shop, 0) + hold.set_aside_units
    return aside


# -- listings ---------------------------------------------------------------------------------


def _listing_facts(
    connection: Connection, services: Services, found: _Found
) -> tuple[ListingFacts, ...]:
    keys = sorted(found.around.listings)
    ranks = {shop: rank for rank, shop in enumerate(services.settings.shops)}
    ledgers = shops.ledgers_complete_up_to(connection, {key.shop for key in keys})
    resumes = _resumes(connection, found)
    return tuple(
        ListingFacts(
            listing=found.around.listings[key],
            book=found.rows[key].book,
            policy=listing_policy(services, found.around.listings[key]),
            state=found.rows[key].state,
            since=found.rows[key].since,
            resumes=resumes.get(str(key), ()),
            ledger_complete_up_to=ledgers.get(key.shop),
            demand=comparable(found.forecasts[key]),
            forecast=found.forecasts[key].demand,
            rank=ranks.get(key.shop, len(ranks)),
            hold=_hold(services, found.around.listings[key], found.holds),
            stranded_because=_stranded(found.rows[key], found.around.unmapped),
            least_units=_least_units(found.rows[key], found.bars.get(key), found.now),
            policy_version=services.policies.version_for(
                shop=key.shop, sku=found.around.listings[key].recipe[0].pool.sku
            ),
        )
        for key in keys
    )


def comparable(forecast: Forecast) -> Fraction:
    """Return a demand by which goods are shared, in whole units, so that shares are quick.

    It is that of a day: by that of this moment, a burst of seconds would move goods to and fro.
    """
    return Fraction(max(round(forecast.day_units * DEMAND_GRAIN_DAYS), 1))


def _resumes(connection: Connection, found: _Found) -> dict[str, tuple[Instant, ...]]:
    """Return when each paused listing came back within the hour: no other could come back now."""
    paused = [str(key) for key, row in found.rows.items() if row.state is GuardState.PAUSED]
    if not paused:
        return {}
    since = later(found.now, -RESUME_WINDOW_S)
    return trail.times_by_subject(connection, paused, RESUMED, since=since)


def _hold(services: Services, listing: Listing, in_force: Sequence[HoldRow]) -> Hold | None:
    """Return the tightest hold on a listing, by its seller SKU or any item in its recipe."""
    if not in_force:
        return None
    case = services.settings.catalog.sku_case
    names = {normal_sku(listing.seller_sku, case), *(part.pool.sku for part in listing.recipe)}
    warehouses = {"", *(part.pool.warehouse for part in listing.recipe)}
    matching = [
        Hold(units_max=hold.units_max, why=f"{hold.why} ({hold.who})", freezes=hold.freezes)
        for hold in in_force
        if hold.units_max is not None
        and hold.sku in names
        and hold.shop in ("", listing.key.shop)
        and hold.warehouse in warehouses
    ]
    return min(matching, key=lambda hold: (hold.units_max, not hold.freezes), default=None)


def _stranded(row: ListingRow, unmapped: frozenset[tuple[str, str]]) -> str:
    """Return why a listing cannot be written, empty if it can."""
    if row.stranded_because:
        return row.stranded_because
    if row.product_status not in WRITABLE_STATUSES:
        what = "SKU" if row.product_status.startswith(SKU_OFF) else "product"
        return f"its {what} is {row.product_status}"
    if (row.key.shop, row.key.sku_id) in unmapped:
        return "another warehouse of its SKU is not mapped, and TikTok wants all in one call"
    return ""


def _least_units(row: ListingRow, bar: Bar | None, now: Instant) -> Units:
    """Return the least that a listing can be made to show.

    What can be bought as a backorder stays whatever is written, and TikTok may have refused less
    than a quantity.
    """
    if bar is None or bar.least_units is None or bar.ends_at <= now:
        return row.backorder_units
    return row.backorder_units + bar.least_units
