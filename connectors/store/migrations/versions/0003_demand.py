"""What is remembered of the sales of listings and shops."""

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SIZES = (1, 2, 3, 4, 6, 12, 24)
"""The order sizes that this schema tells apart."""


BURSTS_S = (10, 60, 600, 3_600)
"""The half-lives of this schema's counts of bursts."""


def upgrade() -> None:
    """Bring the schema forward."""
    _create_listing_demand()
    _create_shop_demand()
    _create_shop_hours()


def downgrade() -> None:
    """Take the schema back."""
    for table in ("listing_demand", "shop_demand", "shop_hours"):
        op.drop_table(table)


def _orders_by_size() -> list[sa.Column[float]]:
    return [sa.Column(f"orders_of_{size}", sa.Double(), nullable=False) for size in SIZES]


def _create_listing_demand() -> None:
    op.create_table(
        "listing_demand",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("sku_id", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.String(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("is_on_sale", sa.Boolean(), nullable=False),
        sa.Column("on_sale_s", sa.Double(), nullable=False),
        *_orders_by_size(),
        *(sa.Column(f"burst_{each}_s", sa.Double(), nullable=False) for each in BURSTS_S),
        sa.PrimaryKeyConstraint("shop", "product_id", "sku_id", "warehouse_id"),
        comment="One row: a listing's orders and time on sale, weighed by age as of `updated_at`.",
    )


def _create_shop_demand() -> None:
    op.create_table(
        "shop_demand",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("listings_on_sale", sa.Integer(), nullable=False),
        sa.Column("closed_s", sa.Double(), nullable=False),
        *_orders_by_size(),
        sa.PrimaryKeyConstraint("shop"),
        comment="One row: what a shop's listings sold together, weighed as of one moment.",
    )


def _create_shop_hours() -> None:
    op.create_table(
        "shop_hours",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("orders", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "hour"),
        comment="One row: a shop's orders in an hour of the week, weighed as of one moment.",
    )
