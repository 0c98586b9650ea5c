"""Several processes, webhooks, API tokens, and what cancellation risk is worked out from."""

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("work") as work:
        work.add_column(sa.Column("next_rank", sa.Integer()))
        work.add_column(sa.Column("next_due_at", sa.Double()))
        work.add_column(sa.Column("next_fact_at", sa.Double()))
    with op.batch_alter_table("order_lines") as lines:
        for name in ("cancelled_by", "cancel_reason"):
            lines.add_column(sa.Column(name, sa.String(), server_default="", nullable=False))
        lines.add_column(sa.Column("shipping_due_at", sa.Double()))
        lines.add_column(sa.Column("collection_due_at", sa.Double()))
    op.create_index("order_lines_by_state", "order_lines", ["state", "shop"])
    _widen_trail("bigint")
    _create_webhooks()
    _create_api_tokens()
    _create_tallies()


def downgrade() -> None:
    """Take the schema back."""
    for table in ("tallies", "api_tokens", "webhooks"):
        op.drop_table(table)
    _widen_trail("integer")
    op.drop_index("order_lines_by_state", "order_lines")
    with op.batch_alter_table("order_lines") as lines:
        for name in ("cancelled_by", "cancel_reason", "shipping_due_at", "collection_due_at"):
            lines.drop_column(name)
    with op.batch_alter_table("work") as work:
        for name in ("next_rank", "next_due_at", "next_fact_at"):
            work.drop_column(name)


def _widen_trail(kind: str) -> None:
    """Let the trail's numbers go beyond two thousand million; SQLite's always do."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE trail ALTER COLUMN id TYPE {kind}")
        op.execute(f"ALTER SEQUENCE trail_id_seq AS {kind}")


def _create_webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("notification", sa.String(), nullable=False),
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.Double(), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("handled_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("notification"),
        comment="One row: a notification of TikTok's, as its signed body said it, kept once.",
    )
    op.create_index("webhooks_by_shop", "webhooks", ["shop", "handled_at"])
    op.create_index("webhooks_by_arrival", "webhooks", ["received_at"])


def _create_api_tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("shops", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("revoked_at", sa.Double(), nullable=True),
        sa.Column("last_used_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
        comment="One row: who may use the HTTP API, as what, for which shops, until when.",
    )


def _create_tallies() -> None:
    op.create_table(
        "tallies",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("labels", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels"),
        comment="One row: how often something happened, over all processes and for ever.",
    )
