"""What is done where TikTok refuses a quantity: by the table in `connectors.tiktok.stock_codes`.

A refused listing is barred for a while, under a name that says by what; what it shows counts on,
and a read at the end of that time lets it be tried again. Where TikTok only takes more than was
sent, the least that it takes is sent instead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store import bars, listings, shops, stock_shares, trail, work
from connectors.store.bars import Bar
from connectors.store.stock_shares import StockShare
from connectors.store.trail import Event
from connectors.tiktok.stock_codes import CAMPAIGN_LOCK, Remedy, Rule, believed_s, rule_of
from reconciliation.catalog import ListingKey
from reconciliation.quantities import Instant, Units, later
from reconciliation.verdict import Write

from ..queues import CATALOGUE, LOOK, READ, push_work
from ..services import Services
from ..tiktok_desk import Refusal


TOLD_CHARACTERS_MAX = 300
"""How much of TikTok's own words is kept."""

LEARNS_S = 1.0
"""When a listing is read of which a campaign holds nobody knows how many units."""

REFUSED = "refused"
"""The trail's word for a listing that TikTok takes no quantity of, from the first time on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A write that surely had no effect, and TikTok's word on it."""

    write: Write
    refusal: Refusal

    @property
    def rule(self) -> Rule:
        """What is done about it."""
        return rule_of(self.refusal.code)


def note_refusals(connection: Connection, services: Services, refused: Iterable[Refused]) -> None:
    """Bar listings whose writes TikTok refused, and ask for what mends it."""
    by_key = {each.write.key: each for each in refused}
    if not by_key:
        return
    now = services.now()
    known = bars.load(connection, by_key)
    shares = stock_shares.load(connection, {(key.shop, key.sku_id) for key in by_key})
    fresh = {
        key: _bar(each, known.get(key), shares.get((key.shop, key.sku_id)), now)
        for key, each in by_key.items()
    }
    bars.save(connection, fresh)
    for key, bar in sorted(fresh.items()):
        listings.strand(connection, key, _stranding(bar))
        listings.want_read(connection, [key], bar.ends_at)
        work.ask(connection, READ, [key.shop], due_at=bar.ends_at)
        if bar.times == 1:
            trail.note(connection, _event(key, bar, now))
    _ask_for_mending(connection, by_key, now)
    _stop_shops(connection, by_key, now)


def forget_bars(connection: Connection, taken: Iterable[ListingKey], now: Instant) -> None:
    """Forget what once barred listings of which TikTok takes quantities again."""
    bars.forget_ended(connection, taken, now)


def lift_ended(
    connection: Connection, read: Iterable[ListingKey], now: Instant
) -> frozenset[ListingKey]:
    """Let listings be tried again whose bar has ended, of those that were read; return which.

    The others are read again when their bar ends.
    """
    ended = set[ListingKey]()
    for key, bar in sorted(bars.load(connection, read).items()):
        if bar.ends_at <= now:
            if bar.because:
                listings.strand(connection, key, "")
            ended.add(key)
        else:
            listings.want_read(connection, [key], bar.ends_at)
    return frozenset(ended)


def _bar(each: Refused, before: Bar | None, share: StockShare | None, now: Instant) -> Bar:
    rule, code = each.rule, each.refusal.code
    again = before is not None and before.code == code
    times = before.times + 1 if before is not None and again else 1
    least = _least_units(rule, each.write.units, share)
    # What a campaign was promised is seen by a read, and may have been promised since the last.
    learns = times == 1 and least is None and rule.remedy is Remedy.LEAST
    return Bar(
        code=code,
        state=rule.state,
        told=str(each.refusal)[:TOLD_CHARACTERS_MAX],
        least_units=least,
        times=times,
        since=before.since if before is not None and again else now,
        ends_at=later(now, LEARNS_S if learns else believed_s(rule, times)),
    )


def _least_units(rule: Rule, sent: Units, share: StockShare | None) -> Units | None:
    """Return the least that TikTok takes, None where nobody knows of any.

    A campaign holds what it was promised, or as some read it the whole stock: where its own units
    were refused too, it is the whole.
    """
    if rule.remedy is not Remedy.LEAST:
        return None
    promised = share.campaign_units if share is not None else 0
    least = promised if rule.state == CAMPAIGN_LOCK else 1
    return least if least > sent else None


def _stranding(bar: Bar) -> str:
    return f"TikTok refused the write: {bar.because}" if bar.because else ""


def _ask_for_mending(
    connection: Connection, refused: Mapping[ListingKey, Refused], now: Instant
) -> None:
    """Ask for the looks at TikTok's listings that some refusals call for."""
    products, whole = set[str](), set[str]()
    for key, each in refused.items():
        if each.rule.remedy is Remedy.REREAD:
            products.add(push_work(key.shop, key.product_id))
        elif each.rule.remedy is Remedy.REMAP:
            whole.add(key.shop)
    work.ask(connection, LOOK, products, due_at=now)
    work.ask(connection, CATALOGUE, whole, due_at=now)


def _stop_shops(
    connection: Connection, refused: Mapping[ListingKey, Refused], now: Instant
) -> None:
    """Stop all writing to shops of which TikTok takes nothing at all; a person starts it again."""
    stopped = {
        key.shop: each for key, each in refused.items() if each.rule.remedy is Remedy.STOP_SHOP
    }
    for shop, each in sorted(stopped.items()):
        shops.stop_writes(connection, shop, stopped=True)
        shops.note_trouble(connection, shop, f"TikTok takes nothing: {each.refusal}")
        detail = {"who": "TikTok", "why": f"{each.rule.state}: {each.refusal}"}
        trail.note(
            connection,
            Event(at=now, event="writes_stopped", subject=shop, shop=shop, detail=detail),
        )


def _event(key: ListingKey, bar: Bar, now: Instant) -> Event:
    return Event(
        at=now,
        event=REFUSED,
        subject=str(key),
        shop=key.shop,
        detail={
            "state": bar.state,
            "told": bar.told,
            "least_units": bar.least_units,
            "ends_at": bar.ends_at,
        },
    )
