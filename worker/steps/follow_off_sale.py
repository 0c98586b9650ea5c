"""Takes products off sale whose quantities cannot be lowered, and follows them back.

Only where a policy says so (`when_stuck`). The steps are those of `reconciliation.off_sale`: each
is stored before TikTok is asked for it, and a call whose end is unknown is made again once the
product has been seen.
"""

from dataclasses import replace

import structlog

from connectors.errors import OutcomeUnknown, RequestRefused
from connectors.store import bars, catalog, listings, off_sale, trail, work
from connectors.store.engine import reading, writing
from connectors.store.off_sale import OffSale
from connectors.store.trail import Event
from connectors.tiktok import market
from reconciliation.board import ListingFacts
from reconciliation.exposure import exposure_units
from reconciliation.off_sale import Call, Move, Step, Wish, next_move
from reconciliation.policy import WhenStuck
from reconciliation.quantities import later

from ..boards import gather, surround
from ..modes import written_to
from ..queues import LOOK, OFF_SALE, product_of_work
from ..services import Services


FOLLOW_S = 30.0
"""How often a product is looked at on its way."""

LEFT_ALONE_S = 86_400.0
"""How long a product is not taken off sale again that somebody else put back."""

GONE = "GONE"
"""Stands for the status of a product that TikTok does not show by itself."""

_LOG = structlog.get_logger("oversell_guard")


def follow_off_sale(services: Services, key: str) -> None:
    """Look at a product, take the step that follows, and ask to go on until the end."""
    shop, product_id = product_of_work(key)
    status = _status(services, shop, product_id)
    with reading(services.engine) as connection:
        row = off_sale.load(connection, shop, product_id)
        may_write = shop in written_to(connection, services, [shop])
    wish, because = _wish(services, shop, product_id) if may_write else (Wish.NOTHING, "")
    row = row or OffSale(
        shop=shop,
        product_id=product_id,
        step=Step.ON_SALE,
        because=because,
        since=services.now(),
        changed_at=services.now(),
    )
    if row.step is Step.LEFT_ALONE and services.now() - row.changed_at > LEFT_ALONE_S:
        row = replace(row, step=Step.ON_SALE)
    move = next_move(row.step, status, wish)
    _keep(services, row, move)
    if move.call is not None and may_write:
        _call(services, row, move.call)


def _status(services: Services, shop: str, product_id: str) -> str:
    """Return the status in which TikTok shows a product."""
    try:
        seen = services.tiktok.product(shop, product_id)
    except RequestRefused:
        return GONE
    # Where single SKUs are off sale they have statuses of their own.
    return next((each.product_status for each in seen if "SKU" not in each.product_status), GONE)


def _wish(services: Services, shop: str, product_id: str) -> tuple[Wish, str]:
    """Return what the guard wants of a product, and why it is wanted off sale."""
    with reading(services.engine) as connection:
        keys = listings.keys_of_products(connection, [(shop, product_id)])
        around = surround(connection, catalog.pools_of(connection, keys))
        board = gather(connection, services, around).board
        barred = bars.load(connection, keys)
    ours = [facts for facts in board.listings if facts.key in keys]
    for facts in ours:
        bar, supply = barred.get(facts.key), board.supply_units(facts)
        is_barred = bar is not None and bar.ends_at > board.now
        if is_barred and supply is not None and _is_stuck(facts, supply):
            return (
                Wish.TAKE_OFF,
                f"{bar.state if bar else ''}: {facts.key} shows more than is there",
            )
    supplies = [(facts, board.supply_units(facts)) for facts in ours]
    covered = all(supply is not None and _is_covered(f, supply) for f, supply in supplies)
    return (Wish.PUT_BACK if ours and covered else Wish.NOTHING), ""


def _is_stuck(facts: ListingFacts, supply_units: int) -> bool:
    takes_off = facts.policy.when_stuck is WhenStuck.TAKE_OFF_SALE
    return takes_off and exposure_units(facts.book) > supply_units


def _is_covered(facts: ListingFacts, supply_units: int) -> bool:
    """Tell whether all that a listing would show at its return is there."""
    return supply_units >= max(exposure_units(facts.book), facts.policy.resume_at_units)


def _keep(services: Services, row: OffSale, move: Move) -> None:
    """Store the step, note it, and ask for the next look where there is more to follow."""
    now = services.now()
    with writing(services.engine) as connection:
        if move.step is Step.ON_SALE:
            off_sale.forget(connection, row.shop, row.product_id)
        elif move.step is not row.step:
            off_sale.save(connection, replace(row, step=move.step, changed_at=now))
        if move.step is not row.step:
            trail.note(connection, _event(services, row, move))
            # What is shown of its listings has to follow.
            work.ask(connection, LOOK, [_key(row)], due_at=now)
        if move.step is not Step.ON_SALE:
            work.ask(connection, OFF_SALE, [_key(row)], due_at=later(now, FOLLOW_S))


def _call(services: Services, row: OffSale, call: Call) -> None:
    """Ask TikTok for a step; what came of it is seen at the next look."""
    ask = market.take_off_sale if call is Call.DEACTIVATE else market.put_on_sale
    try:
        with services.tiktok.calling(row.shop) as (client, access):
            answer = ask(client, access, [row.product_id])
        refused = " ".join(map(str, answer.refused.get(row.product_id, ())))
    except (OutcomeUnknown, RequestRefused) as error:
        refused = str(error)
    if refused:
        _LOG.warning("product_not_changed", product=_key(row), call=call.value, error=refused)
    with writing(services.engine) as connection:
        work.ask(connection, LOOK, [_key(row)], due_at=services.now())


def _event(services: Services, row: OffSale, move: Move) -> Event:
    return Event(
        at=services.now(),
        event="off_sale",
        subject=_key(row),
        shop=row.shop,
        detail={"from": row.step.value, "to": move.step.value, "reason": row.because},
    )


def _key(row: OffSale) -> str:
    return f"{row.shop}/{row.product_id}"
