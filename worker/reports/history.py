"""What `history` says: the trail of an item and of the listings that sell it, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.store import trail
from connectors.store.engine import reading
from connectors.store.trail import Event

from ..services import Services
from .lookup import find_sku
from .moments import iso


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


def history(services: Services, sku: str, *, shop: str | None, most: int) -> History:
    """Return what happened to a SKU, and to writing in its shops. Raises `lookup.Unknown`."""
    with reading(services.engine) as connection:
        found = find_sku(connection, services.settings, sku, shop)
        subjects = [*map(str, found.listings), *sorted({key.shop for key in found.listings})]
        events = trail.about(connection, found.sku, subjects, shop=shop or "", most=most)
    return History(sku=found.sku, events=tuple(_happening(each) for each in events))


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
