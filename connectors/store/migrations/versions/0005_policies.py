"""Policies that are applied in stages, and taken back."""

import sqlalchemy as sa
from alembic import op


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "policy_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
        comment="One row: a whole policy as it was applied, kept for ever; 0 is the settings'.",
    )
    op.create_table(
        "policy_steps",
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("below", sa.Integer(), nullable=False),
        sa.Column("share_ratio", sa.Double(), nullable=False),
        sa.Column("shops", sa.JSON(), nullable=False),
        sa.Column("sku_pattern", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("spread_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("step"),
        comment="One row: a policy applied to a part or to all, or taken back; the newest counts.",
    )


def downgrade() -> None:
    """Take the schema back."""
    for table in ("policy_steps", "policy_versions"):
        op.drop_table(table)
