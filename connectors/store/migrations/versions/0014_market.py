"""What TikTok tells of a shop besides its orders and its stock, and what it refused."""

import sqlalchemy as sa
from alembic import op


revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    _make_stock_tables()
    _make_activity_tables()
    _make_order_tables()
    _make_product_tables()


def _make_stock_tables() -> None:
    op.create_table(
        "listing_bars",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("sku_id", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.String(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("least_units", sa.Integer(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("ends_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "product_id", "sku_id", "warehouse_id"),
        comment="One row: why TikTok refused a quantity of a listing, and until when "
        "that is believed; least_units: it takes no fewer, null: it takes none.",
    )
    op.create_table(
        "stock_shares",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("sku_id", sa.String(), nullable=False),
        sa.Column("campaign_units", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("creator_units", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("read_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "sku_id"),
        comment="One row: of what a TikTok SKU shows in all warehouses, the units that "
        "campaigns and creators were promised; a SKU without any has no row.",
    )


def _make_activity_tables() -> None:
    op.create_table(
        "activities",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("activity_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("begins_at", sa.Double(), nullable=True),
        sa.Column("ends_at", sa.Double(), nullable=True),
        sa.Column("read_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "activity_id"),
        comment="One row: a promotion of a shop that runs or is to come, as it was last read.",
    )
    op.create_table(
        "activity_limits",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("activity_id", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("sku_id", sa.String(), nullable=False),
        sa.Column("units_max", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("shop", "activity_id", "product_id", "sku_id"),
        comment="One row: a product, or one SKU of it, in a promotion, and how many "
        "units that sells at most; null: without limit.",
    )
    op.create_index("activity_limits_by_product", "activity_limits", ["shop", "product_id"])


def _make_order_tables() -> None:
    op.create_table(
        "cancellations",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("cancel_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("restocks", sa.Boolean(), nullable=True),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "cancel_id"),
        comment="One row: a cancellation as TikTok last told it; lines empty: of the "
        "whole order; restocks: whether its units go back on sale by "
        "themselves, null where it does not say.",
    )
    op.create_index("cancellations_by_order", "cancellations", ["shop", "order_id"])
    op.create_table(
        "read_progress",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("up_to", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "topic"),
        comment="One row: up to when what TikTok tells of a topic was read, of one shop.",
    )


def _make_product_tables() -> None:
    op.create_table(
        "products_off_sale",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "product_id"),
        comment="One row: a product that we took off sale, and how far it is on its way back.",
    )
    op.create_table(
        "restock_settings",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("sku_id", sa.String(), nullable=False),
        sa.Column("switched_off_at", sa.Double(), nullable=True),
        sa.Column("refused", sa.String(), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "sku_id"),
        comment="One row: a TikTok SKU whose automatic restock of cancelled units we "
        "asked to be switched off, and what came of it.",
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("read_progress")
    op.drop_table("restock_settings")
    op.drop_table("products_off_sale")
    op.drop_table("cancellations")
    op.drop_table("activity_limits")
    op.drop_table("activities")
    op.drop_table("stock_shares")
    op.drop_table("listing_bars")
