"""Units that TikTok has committed and no order of ours explains, and a person's word on them.

Such units are sold and still on the shelf, and a partner's figure may hold them: to leave them out
would promise them twice. They are told until orders explain them, they are gone, or a person
accepts them: then they are set aside from the goods by a hold, so that the position counts them.

Doubt is counted on the safe side: an order of which is not known whether TikTok counts it, an
unpaid one say, explains nothing of what is accepted.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store import baselines, catalog, holds, listings, trail, work
from connectors.store.baselines import Baseline, Explained
from connectors.store.engine import reading, writing
from connectors.store.holds import HoldRow
from connectors.store.trail import Event
from connectors.tiktok.seen import StockSeen
from reconciliation.catalog import Ingredient, Listing, ListingKey
from reconciliation.quantities import Instant, Units

from ..anew import pools_of
from ..holding import Word
from ..queues import PLAN, pool_work
from ..services import Services


BASELINE_S = 30 * 86_400.0
"""How long an acceptance counts: long after TikTok cancels what was not shipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unexplained:
    """A listing's committed units beside the orders that we know.

    `explained_units` are surely among the committed; `unsure_units` may be. `accepted_units` were
    accepted and still count. `units` no order surely explains. `is_open`: some are left even where
    every doubtful order counts, and what was accepted.
    """

    key: ListingKey
    seller_sku: str
    committed_units: Units
    explained_units: Units
    unsure_units: Units
    accepted_units: Units
    units: Units
    is_open: bool


def unexplained(services: Services, shop: str) -> tuple[Unexplained, ...]:
    """Return every joined listing with committed units that no order surely explains.

    The orders must have been polled after the call's last order was placed: do so just before.
    """
    joined = _joined(services, shop)
    began_at, stocks = _stocks(services, shop, joined)
    now = services.now()
    with reading(services.engine) as connection:
        known = baselines.explained(connection, shop, began_at)
        accepted = baselines.accepted(connection, shop)
        in_force = {row.hold_id for row in holds.in_force(connection, now)}
    found = (
        _beside(joined[key], stock, known, _counted(accepted.get(key), in_force))
        for key, stock in stocks.items()
    )
    return tuple(each for each in found if each.units or each.accepted_units)


def _joined(services: Services, shop: str) -> dict[ListingKey, Listing]:
    with reading(services.engine) as connection:
        keys = listings.keys_of_shop(connection, shop)
        return catalog.recipes_of(connection, keys)


def _stocks(
    services: Services, shop: str, joined: Mapping[ListingKey, Listing]
) -> tuple[Instant, dict[ListingKey, StockSeen]]:
    """Return what TikTok shows of listings, and the moment after which orders may be in it."""
    by_place = {(key.sku_id, key.warehouse_id): key for key in joined}
    began_at = services.now()
    with services.tiktok.opened(shop) as access:
        sku_ids = sorted({key.sku_id for key in joined})
        reads = services.tiktok.client.read_stock(access, sku_ids)
    seen = {
        by_place[stock.sku_id, stock.warehouse_id]: stock
        for read in reads
        for stock in read.stocks
        if (stock.sku_id, stock.warehouse_id) in by_place
    }
    return began_at, seen


def _beside(
    listing: Listing,
    stock: StockSeen,
    known: Mapping[tuple[str, str], Explained],
    accepted_units: Units,
) -> Unexplained:
    here = known.get((stock.sku_id, stock.warehouse_id), Explained())
    anywhere = known.get((stock.sku_id, ""), Explained())
    unsure_units = here.unsure_units + anywhere.unsure_units
    units = max(stock.committed_units - here.sure_units, 0)
    return Unexplained(
        key=listing.key,
        seller_sku=listing.seller_sku,
        committed_units=stock.committed_units,
        explained_units=here.sure_units,
        unsure_units=unsure_units,
        accepted_units=accepted_units,
        units=units,
        is_open=units - unsure_units > accepted_units,
    )


def _counted(accepted: Baseline | None, in_force: AbstractSet[int]) -> Units:
    """Return the units of an acceptance whose holds are all still in force, else none."""
    if accepted is None or not set(accepted.hold_ids) <= in_force:
        return 0
    return accepted.units


# -- a person's word ----------------------------------------------------------------------------


def accept(
    services: Services, shop: str, word: Word, expires_at: Instant
) -> tuple[Unexplained, ...]:
    """Accept what no order explains now, in place of all that was accepted of the shop before.

    Its units are set aside from the goods until `expires_at`. Returns what was accepted.
    """
    found = [each for each in unexplained(services, shop) if each.units]
    now = services.now()
    with writing(services.engine) as connection:
        before = baselines.accepted(connection, shop)
        stale = [hold_id for each in before.values() for hold_id in each.hold_ids]
        if stale:
            holds.release(connection, stale, who=word.who.strip(), now=now)
        recipes = catalog.recipes_of(connection, [each.key for each in found])
        new = [
            Baseline(
                key=each.key,
                units=each.units,
                hold_ids=_set_aside(connection, each, recipes[each.key], word, (now, expires_at)),
                who=word.who.strip(),
                why=word.why.strip(),
                at=now,
                expires_at=expires_at,
            )
            for each in found
            if each.key in recipes
        ]
        baselines.forget(connection, before)
        baselines.save(connection, new)
        _note(connection, shop, new, word, now)
        pools = pools_of(connection, {*before, *(each.key for each in new)})
        keys = work.ask(connection, PLAN, map(pool_work, pools), due_at=now, fact_at=now)
    services.ring_all(PLAN, keys)
    return tuple(found)


def _set_aside(
    connection: Connection,
    each: Unexplained,
    listing: Listing,
    word: Word,
    span: tuple[Instant, Instant],
) -> tuple[int, ...]:
    return tuple(holds.add(connection, _hold(each, part, word, span)) for part in listing.recipe)


def _hold(
    each: Unexplained, part: Ingredient, word: Word, span: tuple[Instant, Instant]
) -> HoldRow:
    began_at, expires_at = span
    told = f"{each.units} committed in {each.key.shop} that no order explains"
    return HoldRow(
        hold_id=0,
        sku=part.pool.sku,
        shop="",
        warehouse=part.pool.warehouse,
        units_max=None,
        set_aside_units=each.units * part.units,
        who=word.who.strip(),
        why=f"{told}: {word.why.strip()}",
        began_at=began_at,
        expires_at=expires_at,
    )


def _note(
    connection: Connection, shop: str, new: Sequence[Baseline], word: Word, now: Instant
) -> None:
    detail = {
        "units": {str(each.key): each.units for each in new},
        "who": word.who.strip(),
        "why": word.why.strip(),
    }
    trail.note(connection, Event(at=now, event="baseline", subject=shop, shop=shop, detail=detail))
