"""What was seen in delivered files, and what people decided about them."""

import sqlalchemy as sa
from alembic import op


revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "delivery_details",
        sa.Column("delivery_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
        comment="One row: a delivered file's columns, and what was seen in it: figures, "
        "differences from the last, first faults.",
    )
    op.create_table(
        "feed_decisions",
        sa.Column("delivery_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("made_id", sa.Integer(), nullable=False),
        sa.Column("restored_id", sa.Integer()),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
        comment="One row: a person's decision about a delivery, once for all; `made_id` is the "
        "delivery that came of it.",
    )
    op.create_index("feed_decisions_by_made", "feed_decisions", ["made_id"])


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("feed_decisions")
    op.drop_table("delivery_details")
