"""What delivered files say, however they are packed, and what they state by leaving it out."""

import sqlalchemy as sa
from alembic import op


revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "delivery_contents",
        sa.Column("delivery_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
        comment="One row: the hash of what a delivered file says, where it is not that of its "
        "bytes: packed or saved anew, a file has other bytes and says the same.",
    )
    op.create_index("delivery_contents_by_hash", "delivery_contents", ["content_sha256"])
    op.create_table(
        "absent_lines",
        sa.Column("delivery_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "sku"),
        comment="One row: a snapshot line of 0 units that a delivered file states by leaving its "
        "SKU out.",
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("absent_lines")
    op.drop_table("delivery_contents")
