"""Files of SKUs, and the gate's verdict on them: what its tests share."""

from collections.abc import Iterable, Mapping

from reconciliation.feed import (
    AsOfArrival,
    AsOfFileName,
    AsOfSource,
    Dialect,
    FeedRow,
    ParsedFeed,
    parse,
)
from reconciliation.feed_gate import (
    Earlier,
    Fate,
    GateLimits,
    LastFeed,
    Objection,
    Verdict,
    judge,
    last_feed,
)
from reconciliation.quantities import Instant, Sku


NOON = Instant(1_795_521_600.0)  # 2026-11-24T12:00:00Z
HOUR_S = 3_600.0
BY_NAME = AsOfFileName(pattern="(?P<as_of>[0-9]{12})", time_format="%Y%m%d%H%M")


def feed(
    stock: Mapping[str, object] | Iterable[tuple[str, object]],
    *,
    arrived_at: float = NOON,
    dated_by: AsOfSource | None = None,
    name: str = "stock.csv",
) -> ParsedFeed:
    """Parse a file of SKUs and what it says of them."""
    lines = stock.items() if isinstance(stock, Mapping) else stock
    content = "sku,qty,at\n" + "".join(
        f"{sku},{said if ',' in str(said) else f'{said},'}\n" for sku, said in lines
    )
    dialect = Dialect(sku_column="sku", quantity_column="qty", as_of=dated_by or AsOfArrival())
    return parse(content.encode(), dialect, file_name=name, arrived_at=Instant(arrived_at))


def skus(count: int, units: int = 5) -> dict[str, object]:
    """Return that many SKUs, each with so many units."""
    return {f"SKU-{number:03}": units for number in range(count)}


def verdict(
    parsed: ParsedFeed,
    last: ParsedFeed | LastFeed | None = None,
    limits: GateLimits | None = None,
    earlier: Earlier | None = None,
) -> Verdict:
    """Judge a file an hour after the last one was accepted."""
    return judge(
        parsed,
        last_feed(last) if isinstance(last, ParsedFeed) else last,
        limits or GateLimits(),
        arrived_at=Instant(NOON + HOUR_S),
        earlier=earlier,
    )


def came_before(parsed: ParsedFeed, fate: Fate = Fate.TAKEN) -> Earlier:
    """Return what is known of a file's content that came before, as delivery 7."""
    return Earlier(fate=fate, delivery_id=7, as_of=parsed.as_of)


def objections(judged: Verdict) -> list[Objection]:
    """Return what speaks against a file."""
    return [reason.objection for reason in judged.reasons]


def later_feed(stock: Mapping[str, object], hours: float = 1.0) -> ParsedFeed:
    """Parse a file that arrived some hours after noon."""
    return feed(stock, arrived_at=NOON + hours * HOUR_S)


def stated_as_of(rows: Mapping[Sku, FeedRow]) -> LastFeed:
    """Return rows in force as if the last file had stated them."""
    return LastFeed(
        sha256="of the last file",
        units={sku: row.units for sku, row in rows.items()},
        as_of={sku: row.as_of for sku, row in rows.items()},
    )
