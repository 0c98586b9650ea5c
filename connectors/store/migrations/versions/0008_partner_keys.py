"""The public keys by which partners drop their files."""

import sqlalchemy as sa
from alembic import op


revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "partner_keys",
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("added_at", sa.Double(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("revoked_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("partner", "fingerprint"),
        comment="One row: a public key that lets a partner into the drop, or did; addresses "
        "empty: from anywhere.",
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("partner_keys")
