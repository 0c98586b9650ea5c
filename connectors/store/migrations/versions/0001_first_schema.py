"""The first schema of the record."""

import sqlalchemy as sa
from alembic import op


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "deliveries",
    "holds",
    "leases",
    "line_parts",
    "listings",
    "order_lines",
    "pools",
    "recipe_lines",
    "restocks",
    "shops",
    "snapshot_lines",
    "trail",
    "work",
    "writes",
)
"""The tables of this schema."""


def upgrade() -> None:
    """Bring the schema forward."""
    _create_deliveries()
    _create_holds()
    _create_leases()
    _create_line_parts()
    _create_listings()
    _create_order_lines()
    _create_pools()
    _create_recipe_lines()
    _create_restocks()
    _create_shops()
    _create_snapshot_lines()
    _create_trail()
    _create_work()
    _create_writes()


def downgrade() -> None:
    """Take the schema back."""
    for table in TABLES:
        op.drop_table(table)


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("arrived_at", sa.Double(), nullable=False),
        sa.Column("as_of", sa.Double(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("rows_accepted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_refused", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="One row: a file that a partner delivered, and what was made of it.",
    )
    op.create_index("deliveries_by_content", "deliveries", ["feed", "sha256"])


def _create_holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("shop", sa.String(), server_default="", nullable=False),
        sa.Column("warehouse", sa.String(), server_default="", nullable=False),
        sa.Column("units_max", sa.Integer(), nullable=True),
        sa.Column("set_aside_units", sa.Integer(), nullable=True),
        sa.Column("freezes", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("released_at", sa.Double(), nullable=True),
        sa.Column("released_by", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="One row: a person's word that listings show at most so much, or units set aside.",
    )


def _create_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        comment="One row: who alone may do a thing, until when, and its fencing token.",
    )


def _create_line_parts() -> None:
    op.create_table(
        "line_parts",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("sku_id", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "order_id", "line_id", "sku_id"),
        comment="One row: a TikTok SKU that an order line takes from (bundles take from several).",
    )
    op.create_index("line_parts_by_sku", "line_parts", ["shop", "sku_id", "warehouse_id"])


def _create_listings() -> None:
    op.create_table(
        "listings",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("sku_id", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.String(), nullable=False),
        sa.Column("seller_sku", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("product_status", sa.String(), nullable=False),
        sa.Column("backorder_units", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("stranded_because", sa.String(), server_default="", nullable=False),
        sa.Column("problem", sa.String(), server_default="", nullable=False),
        sa.Column("remedy", sa.String(), server_default="", nullable=False),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("since", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("read_units", sa.Integer(), nullable=True),
        sa.Column("read_began_at", sa.Double(), nullable=True),
        sa.Column("read_finished_at", sa.Double(), nullable=True),
        sa.Column("unproven_since", sa.Double(), nullable=True),
        sa.Column("shown_units", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("doubts", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("ahead_units", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unasked_units", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unasked_since", sa.Double(), nullable=True),
        sa.Column("decision", sa.JSON(), nullable=True),
        sa.Column("read_due_at", sa.Double(), nullable=True),
        sa.Column("fact_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("shop", "product_id", "sku_id", "warehouse_id"),
        comment="One row: a TikTok SKU in a TikTok warehouse, its book, and the last decision.",
    )
    op.create_index("listings_by_read", "listings", ["shop", "read_due_at"])
    op.create_index("listings_by_sku", "listings", ["shop", "sku_id", "warehouse_id"])


def _create_order_lines() -> None:
    op.create_table(
        "order_lines",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("package_id", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("placed_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("released_at", sa.Double(), nullable=True),
        sa.Column("packed_at", sa.Double(), nullable=True),
        sa.Column("departed_at", sa.Double(), nullable=True),
        sa.Column("cancelled_at", sa.Double(), nullable=True),
        sa.Column("cancelled_not_before", sa.Double(), nullable=True),
        sa.Column("recorded_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "order_id", "line_id"),
        comment="One row: one ordered unit of a TikTok SKU, in its latest state.",
    )
    op.create_index("order_lines_by_placing", "order_lines", ["shop", "placed_at"])


def _create_pools() -> None:
    op.create_table(
        "pools",
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("snapshot_units", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Double(), nullable=False),
        sa.Column("moved_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("warehouse", "sku"),
        comment="One row: an item in a partner warehouse, with the snapshot in force.",
    )


def _create_recipe_lines() -> None:
    op.create_table(
        "recipe_lines",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("sku_id", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.String(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "shop", "product_id", "sku_id", "warehouse_id", "warehouse", "sku"
        ),
        comment="One row: the units of one pool that a sale of a listing takes.",
    )
    op.create_index("recipe_lines_by_pool", "recipe_lines", ["warehouse", "sku"])
    op.create_index("recipe_lines_by_sku", "recipe_lines", ["shop", "sku_id", "warehouse_id"])


def _create_restocks() -> None:
    op.create_table(
        "restocks",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("sku_id", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", sa.Double(), nullable=False),
        sa.Column("settled_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint(
            "shop", "product_id", "sku_id", "warehouse_id", "order_id", "line_id"
        ),
        comment="One row: cancelled units that TikTok may put back on sale by itself.",
    )


def _create_shops() -> None:
    op.create_table(
        "shops",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("complete_up_to", sa.Double(), nullable=True),
        sa.Column("polled_up_to", sa.Double(), nullable=True),
        sa.Column(
            "writes_stopped", sa.Boolean(), server_default=sa.text("(false)"), nullable=False
        ),
        sa.Column("trouble", sa.String(), server_default="", nullable=False),
        sa.Column("warehouse_trouble", sa.String(), server_default="", nullable=False),
        sa.Column("access_token", sa.String(), server_default="", nullable=False),
        sa.Column("access_expires_at", sa.Double(), nullable=True),
        sa.Column("refresh_token", sa.String(), server_default="", nullable=False),
        sa.Column("refresh_expires_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("shop"),
        comment="One row: a shop's order ledger, its tokens, and whether writing is stopped.",
    )


def _create_snapshot_lines() -> None:
    op.create_table(
        "snapshot_lines",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "sku"),
        comment="One row: the quantity that an accepted file stated for an item.",
    )
    op.create_index("snapshot_lines_by_pool", "snapshot_lines", ["warehouse", "sku", "as_of"])


def _create_trail() -> None:
    op.create_table(
        "trail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("shop", sa.String(), server_default="", nullable=False),
        sa.Column("sku", sa.String(), server_default="", nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="One row: what happened to a listing, a pool or a feed, and why.",
    )
    op.create_index("trail_by_sku", "trail", ["sku", "at"])
    op.create_index("trail_by_subject", "trail", ["subject", "event", "at"])


def _create_work() -> None:
    op.create_table(
        "work",
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("claimed_version", sa.Integer(), nullable=False),
        sa.Column("done_version", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("fact_at", sa.Double(), nullable=True),
        sa.Column("holder", sa.String(), server_default="", nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("queue", "key"),
        comment="One row: something that has to be worked out anew, however often it was asked.",
    )
    op.create_index("work_by_due", "work", ["due_at"])


def _create_writes() -> None:
    op.create_table(
        "writes",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("sku_id", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("shown_units", sa.Integer(), nullable=False),
        sa.Column("write_class", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), server_default="", nullable=False),
        sa.Column("fact_at", sa.Double(), nullable=True),
        sa.Column("intended_at", sa.Double(), nullable=False),
        sa.Column("answered_at", sa.Double(), nullable=True),
        sa.Column("settled_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("sequence"),
        comment="One row: a quantity that we meant to set on TikTok, from intent to its end.",
    )
    op.create_index(
        "writes_by_listing", "writes", ["shop", "product_id", "sku_id", "warehouse_id", "sequence"]
    )
    op.create_index("writes_by_outcome", "writes", ["outcome", "shop"])
