"""Who called orders off and why, which orders themselves do not say in full."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, select

from reconciliation.quantities import Instant

from .engine import upsert
from .market_tables import CANCELLATIONS, READ_PROGRESS


TOPIC = "cancellations"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCancellation:
    """One cancellation of a shop; `lines` is empty where it is of the whole order."""

    shop: str
    cancel_id: str
    order_id: str
    lines: tuple[str, ...]
    role: str
    reason: str
    kind: str
    status: str
    restocks: bool | None
    updated_at: Instant


def unknown(
    connection: Connection, seen: Sequence[StoredCancellation]
) -> tuple[StoredCancellation, ...]:
    """Return those of some cancellations that are not stored as they are."""
    known = _known(connection, {(each.shop, each.cancel_id) for each in seen})
    return tuple(each for each in seen if known.get((each.shop, each.cancel_id)) != each)


def save(connection: Connection, seen: Sequence[StoredCancellation]) -> None:
    """Store cancellations in place of what was known of them."""
    upsert(connection, CANCELLATIONS, [{**asdict(e), "lines": list(e.lines)} for e in seen])


def _known(
    connection: Connection, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], StoredCancellation]:
    rows = CANCELLATIONS.c
    found: dict[tuple[str, str], StoredCancellation] = {}
    for shop in sorted({shop for shop, _ in keys}):
        ids = sorted(cancel_id for of_shop, cancel_id in keys if of_shop == shop)
        query = select(CANCELLATIONS).where(rows.shop == shop, rows.cancel_id.in_(ids))
        for row in connection.execute(query):
            terms = {name: getattr(row, name) for name in StoredCancellation.__slots__}
            stored = StoredCancellation(**{**terms, "lines": tuple(row.lines)})
            found[shop, row.cancel_id] = stored
    return found


def restocking(connection: Connection, shop: str) -> dict[bool, int]:
    """Return how many cancellations of a shop said that their units go back on sale, or not."""
    rows = CANCELLATIONS.c
    query = (
        select(rows.restocks, func.count())
        .where(rows.shop == shop, rows.restocks.is_not(None))
        .group_by(rows.restocks)
    )
    return {bool(told): count for told, count in connection.execute(query)}


def read_up_to(connection: Connection, shop: str) -> Instant | None:
    """Return up to when a shop's cancellations were read, None if they never were."""
    rows = READ_PROGRESS.c
    query = select(rows.up_to).where(rows.shop == shop, rows.topic == TOPIC)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else Instant(found)


def save_progress(connection: Connection, shop: str, up_to: Instant) -> None:
    """Store up to when a shop's cancellations were read."""
    upsert(connection, READ_PROGRESS, [{"shop": shop, "topic": TOPIC, "up_to": up_to}])
