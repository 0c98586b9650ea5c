"""Reads who cancelled orders and why, which decides where the goods are and whose fault it is.

An order says by whom it was cancelled only in part, and why in words of some language. The search
for cancellations has the role and the code. It is read in windows by update time that overlap,
from a point that is kept, and its word is put into the ledger as a look at the orders is: they are
fetched by their ids, so that a cancelled order that nobody told us of is no loss either.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from connectors.store import cancellations, work
from connectors.store.cancellations import StoredCancellation
from connectors.store.engine import reading, writing
from connectors.tiktok import market
from connectors.tiktok.market_seen import CARRIED_OUT, CancellationSeen, is_whole
from reconciliation.cancellation import fuller_reason, more_to_blame
from reconciliation.orders import SEEN_BY_STATUS, LineSeen, Seen
from reconciliation.quantities import Instant, later

from ..queues import CANCELLATIONS
from ..services import Services
from .missing_scope import if_consented
from .record_orders import SECONDS_PER_DAY, record_looks


EVERY_S = 300.0
"""How often cancellations are read of which no notification has told."""

AHEAD_S = 60.0
"""How far beyond now a window reaches: TikTok's clock may be ahead of ours."""


def read_cancellations(services: Services, shop: str) -> None:
    """Read a shop's cancellations since the last time, and put what they say into the ledger."""
    with if_consented(services, CANCELLATIONS, shop):
        _read(services, shop)


def _read(services: Services, shop: str) -> None:
    began_at = services.now()
    with reading(services.engine) as connection:
        known = cancellations.read_up_to(connection, shop)
    schedule = services.settings.schedule
    history_s = schedule.orders_history_days * SECONDS_PER_DAY
    since = later(known or later(began_at, -history_s), -schedule.orders_overlap_s)
    with services.tiktok.calling(shop) as (client, access):
        pages = market.cancellations(client, access, since, later(began_at, AHEAD_S))
    seen = [_stored(shop, each) for page in pages for each in page.cancellations]
    with reading(services.engine) as connection:
        fresh = cancellations.unknown(connection, seen)
    _record(services, shop, [each for each in fresh if each.status in CARRIED_OUT], began_at)
    with writing(services.engine) as connection:
        # After the ledger: what dies on the way is read and recorded again.
        cancellations.save(connection, fresh)
        if is_whole(pages):
            cancellations.save_progress(connection, shop, began_at)
        work.ask(connection, CANCELLATIONS, [shop], due_at=later(services.now(), EVERY_S))


def _record(
    services: Services, shop: str, fresh: Sequence[StoredCancellation], began_at: Instant
) -> None:
    """Look at the cancelled orders, and record them with what else is known of their end."""
    if not fresh:
        return
    found = services.tiktok.orders_by_id(shop, sorted({each.order_id for each in fresh}))
    by_order: dict[str, list[StoredCancellation]] = {}
    for each in fresh:
        by_order.setdefault(each.order_id, []).append(each)
    record_looks(services, [told_in_full(line, by_order) for line in found.lines], began_at)


def told_in_full(line: LineSeen, by_order: Mapping[str, Iterable[StoredCancellation]]) -> LineSeen:
    """Return a look at a line with who cancelled it and why; one that stands is left as it is."""
    if SEEN_BY_STATUS.get(line.status) is not Seen.CANCELLED:
        return line
    for each in by_order.get(line.order_id, ()):
        if not each.lines or line.line_id in each.lines:
            line = replace(
                line,
                cancelled_by=more_to_blame(line.cancelled_by, each.role),
                cancel_reason=fuller_reason(line.cancel_reason, each.reason),
            )
    return line


def _stored(shop: str, seen: CancellationSeen) -> StoredCancellation:
    return StoredCancellation(
        shop=shop,
        cancel_id=seen.cancel_id,
        order_id=seen.order_id,
        lines=seen.line_ids,
        role=seen.role,
        reason=seen.reason,
        kind=seen.kind,
        status=seen.status,
        restocks=seen.restocks,
        updated_at=seen.updated_at,
    )
