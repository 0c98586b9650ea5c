"""What `history` says: the trail of an item and of the listings that sell it, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from connectors.store import trail
from connectors.store.engine import reading
from connectors.store.trail import Event

from ..services import Services
from .lookup import Found, find_sku
from .moments import iso
from .sight import EVERYTHING, Sight, hidden_pools


LIMIT_MAX = 10_000
"""The most events that one answer holds: more than 90 days of a busy listing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of the trail, in words and with its terms."""

    at: str | None
    event: str
    subject: str
    text: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The trail of a SKU, the newest event first."""

    sku: str
    events: tuple[Happening, ...]


def history(
    services: Services, sku: str, *, shop: str | None, most: int, sight: Sight = EVERYTHING
) -> History:
    """Return what happened to a SKU, and to writing in its shops. Raises `lookup.Unknown`.

    Nothing is told of a shop out of sight, nor of goods that are shared with one.
    """
    with reading(services.engine) as connection:
        found = find_sku(connection, services.settings, sku, shop, sight=sight)
        sold_in = sorted({key.shop for key in found.listings})
        subjects = [*map(str, found.listings), *sold_in]
        everywhere = sight.whole and shop is None
        events = trail.about(
            connection,
            found.sku,
            subjects,
            shops=None if everywhere else sold_in,
            shopless=None if sight.whole else _shopless(connection, found, sight),
            most=most,
        )
    told = (each if sight.whole else _without_supply(each) for each in events)
    return History(sku=found.sku, events=tuple(map(_happening, told)))


def _shopless(connection: Connection, found: Found, sight: Sight) -> set[str]:
    """Return the subjects in sight whose events are of no shop: a hold's SKU, a pool."""
    hidden = hidden_pools(connection, sight, found.items)
    return {found.sku, *(str(pool) for pool in found.items if pool not in hidden)}


def _without_supply(event: Event) -> Event:
    """Leave out what all shops together could sell: less one's own, it is what others sold."""
    detail = {name: value for name, value in event.detail.items() if name != "supply_units"}
    return replace(event, detail=detail)


def _happening(event: Event) -> Happening:
    return Happening(
        at=iso(event.at),
        event=event.event,
        subject=event.subject,
        text=_text(event),
        detail={name: _plain(name, value) for name, value in event.detail.items()},
    )


def _text(event: Event) -> str:
    """Return the event in a line: what moved from what to what, and why."""
    detail = dict(event.detail)
    moved = ""
    if "from" in detail and "to" in detail:
        before, after = detail.pop("from"), detail.pop("to")
        moved = f"{after}" if before is None else f"{before} -> {after}"
    reason = detail.pop("reason", "") or detail.pop("why", "")
    rest = [f"{name} {_plain(name, value)}" for name, value in detail.items() if _says(value)]
    return "; ".join(part for part in (moved, reason, ", ".join(rest)) if part)


def _says(value: object) -> bool:
    return value not in (None, "", [], {})


def _plain(name: str, value: object) -> object:
    """Return a term for people: moments in UTC."""
    is_moment = (name == "as_of" or name.endswith("_at")) and isinstance(value, int | float)
    return iso(float(value)) if is_moment and isinstance(value, int | float) else value
