"""The stock of each pool as it was last decided, in a row of its own."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op


revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TERMS = ("ats", "committed", "set_aside", "safety", "for_errors", "exposure")
_AT_ONCE = 1_000


def upgrade() -> None:
    """Bring the schema forward, and take over what was decided."""
    stocks = op.create_table(
        "pool_stocks",
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        *(sa.Column(f"{name}_units", sa.Integer(), nullable=False) for name in _TERMS),
        sa.PrimaryKeyConstraint("warehouse", "sku"),
        comment="One row: the stock of a pool as it was last decided; not known: no feed "
        "states it.",
    )
    decided = list(_decided(op.get_bind()))
    for start in range(0, len(decided), _AT_ONCE):
        op.bulk_insert(stocks, decided[start : start + _AT_ONCE])


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("pool_stocks")


def _decided(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """Yield each pool's terms once, from the first listing whose decision holds them."""
    listings = sa.table("listings", sa.column("decision", sa.JSON()))
    recipes = sa.select(listings.c.decision["recipe"].label("recipe"))
    found = set[str]()
    for row in connection.execute(recipes):
        for part in row.recipe or ():
            if part["pool"] not in found:
                found.add(part["pool"])
                yield _stock(part)


def _stock(part: Mapping[str, Any]) -> dict[str, Any]:
    # A warehouse's code holds no slash.
    warehouse, _, sku = part["pool"].partition("/")
    safety = part.get("safety") or {"floor_units": part["safety_units"], "percent_units": 0}
    otherwise = max(safety["floor_units"], safety["percent_units"])
    return {
        "warehouse": warehouse,
        "sku": sku,
        "known": part["known"],
        "ats_units": part["ats_units"],
        "committed_units": part["committed_units"],
        "set_aside_units": part["held_units"],
        "safety_units": part["safety_units"],
        "for_errors_units": max(part["safety_units"] - otherwise, 0),
        "exposure_units": part["sellable_units"] - part["slack_units"],
    }
