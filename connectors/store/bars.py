"""Why TikTok refused quantities of listings: what it said, and until when that is believed."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, select

from reconciliation.catalog import ListingKey
from reconciliation.quantities import Instant, Units

from .catalog import KEY_COLUMNS, key_values, listing_key
from .engine import AnyRow, upsert
from .market_tables import LISTING_BARS
from .wanted import among


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What keeps a listing from a quantity, by TikTok's word of `code`.

    `state` names it in one word, `told` is TikTok's text. `least_units` is the least that TikTok
    takes of it, None where it takes nothing at all. `times`: how often it said so in a row.
    """

    code: int
    state: str
    told: str
    least_units: Units | None
    times: int
    since: Instant
    ends_at: Instant

    @property
    def because(self) -> str:
        """Return in words why nothing can be written; empty where something can."""
        return f"{self.state}: {self.told}" if self.least_units is None else ""


def load(connection: Connection, keys: Iterable[ListingKey]) -> dict[ListingKey, Bar]:
    """Return the bars of listings, those that have ended too."""
    wanted = [tuple(key_values(key).values()) for key in keys]
    if not wanted:
        return {}
    rows = connection.execute(_by_key(), {"wanted": wanted})
    return {listing_key(row): _bar(row) for row in rows}


@cache
def _by_key() -> Select[*tuple[Any, ...]]:
    return select(LISTING_BARS).where(among(*(LISTING_BARS.c[name] for name in KEY_COLUMNS)))


def in_force(connection: Connection, shop: str, now: Instant) -> dict[ListingKey, Bar]:
    """Return what bars listings of a shop now."""
    rows = connection.execute(
        select(LISTING_BARS).where(LISTING_BARS.c.shop == shop, LISTING_BARS.c.ends_at > now)
    )
    return {listing_key(row): _bar(row) for row in rows}


def save(connection: Connection, bars: dict[ListingKey, Bar]) -> None:
    """Store bars in place of what barred the listings before."""
    rows = [{**key_values(key), **asdict(bar)} for key, bar in sorted(bars.items())]
    upsert(connection, LISTING_BARS, rows)


def forget_ended(connection: Connection, keys: Iterable[ListingKey], now: Instant) -> None:
    """Forget the ended bars of listings of which TikTok has taken a quantity since."""
    for key, bar in load(connection, keys).items():
        if bar.ends_at <= now:
            named = (LISTING_BARS.c[name] == value for name, value in key_values(key).items())
            connection.execute(LISTING_BARS.delete().where(*named))


def end(connection: Connection, shop: str, product_id: str, now: Instant) -> None:
    """Let what bars a product's listings end now: it is tried again."""
    bars = LISTING_BARS.c
    connection.execute(
        LISTING_BARS.update()
        .where(bars.shop == shop, bars.product_id == product_id, bars.ends_at > now)
        .values(ends_at=now)
    )


def _bar(row: AnyRow) -> Bar:
    return Bar(
        code=row.code,
        state=row.state,
        told=row.told,
        least_units=row.least_units,
        times=row.times,
        since=Instant(row.since),
        ends_at=Instant(row.ends_at),
    )
