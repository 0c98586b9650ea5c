"""What the demo shows: the pools near zero while it runs."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from connectors.sandbox.story import DemoWorld
from connectors.store import listings
from connectors.store.engine import reading
from connectors.store.listings import ListingRow
from reconciliation.catalog import ListingKey
from reconciliation.exposure import exposure_units

from ..services import Services


SHARED_PREFIX = "lumen-"
"""What the demo's shops are all called; the columns leave it out."""

ROWS_MAX = 8
"""Pools shown: those nearest to zero."""

_COLOURS = {"open": "green", "throttled": "yellow", "paused": "red", "held": "magenta"}


def demo_table(story: DemoWorld, services: Services) -> RenderableType:
    """Return the live table: ATS, exposure per shop, guard state and last reason."""
    with reading(services.engine) as connection:
        rows = listings.load(connection, listings.all_keys(connection))
    pools = _by_pool(rows)
    shops = list(services.settings.shops)
    table = Table(title="Pools nearest to zero", expand=True, padding=(0, 1, 0, 0))
    table.add_column("pool", no_wrap=True, min_width=16)
    table.add_column("ATS", justify="right", no_wrap=True, min_width=4)
    for shop in shops:
        table.add_column(shop.removeprefix(SHARED_PREFIX), justify="right", min_width=6)
    table.add_column("state", no_wrap=True, min_width=9)
    # What is left of the line is the reason's: figures and states are never cut for it.
    table.add_column("last reason", no_wrap=True, ratio=1)
    for pool, ats in sorted(pools, key=lambda each: (each[1], each[0]))[:ROWS_MAX]:
        sharing = [row for row in rows.values() if _draws_on(row, pool)]
        table.add_row(pool, str(ats), *_cells(sharing, shops))
    left_s = max(story.ends_at - services.now(), 0.0)
    line = f"{left_s:3.0f} s left · oversold units by the shelf's count: {story.oversold_units()}"
    return Group(table, Text(line))


def _by_pool(rows: dict[ListingKey, ListingRow]) -> set[tuple[str, int]]:
    return {
        (part["pool"], part["ats_units"])
        for row in rows.values()
        for part in (row.decision or {}).get("recipe", ())
        if part["known"]
    }


def _draws_on(row: ListingRow, pool: str) -> bool:
    return any(part["pool"] == pool for part in (row.decision or {}).get("recipe", ()))


def _cells(sharing: list[ListingRow], shops: list[str]) -> list[Text]:
    """Return the exposure in each shop, and the state that changed last with its reason."""
    exposures = [
        Text(str(sum(exposure_units(row.book) for row in sharing if row.key.shop == shop)))
        for shop in shops
    ]
    newest = max(sharing, key=lambda row: row.since)
    state = newest.state.value
    reason = (newest.decision or {}).get("reason", "")
    return [*exposures, Text(state, style=_COLOURS.get(state, "")), Text(reason)]
