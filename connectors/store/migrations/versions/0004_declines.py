"""Unexplained decline of pools, learned from report after report."""

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OF_BOTH = (
    "looks",
    "watched_hours",
    "restocks",
    "intervals",
    "declines",
    "hours",
    "units",
    "expected_units",
    "units_squared",
)
_OF_POOLS = ("units_by_hours", "hours_squared")
_OF_WAREHOUSES = (
    "pools",
    "scatter",
    "scatter_units",
    "pool_units_squared",
    "pool_hours_squared",
)


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "pool_declines",
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in _OF_BOTH + _OF_POOLS),
        sa.Column("pending_units", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("warehouse", "sku"),
        comment="One row: what a pool's reports have shown of unexplained decline, "
        "old ones fading.",
    )
    op.create_table(
        "warehouse_declines",
        sa.Column("warehouse", sa.String(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in _OF_BOTH + _OF_WAREHOUSES),
        sa.PrimaryKeyConstraint("warehouse"),
        comment="One row: the same, summed over the pools of a warehouse.",
    )


def downgrade() -> None:
    """Take the schema back."""
    for table in ("warehouse_declines", "pool_declines"):
        op.drop_table(table)
