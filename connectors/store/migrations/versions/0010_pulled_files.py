"""The files that were fetched from partners."""

import sqlalchemy as sa
from alembic import op


revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "pulled_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger()),
        sa.Column("modified", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("pulled_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="One row: a content that was found under a name at a feed's source, with the "
        "mark (size, modified, etag) that the source shows of it.",
    )
    op.create_index("pulled_files_by_name", "pulled_files", ["feed", "name"])
    op.create_index("pulled_files_by_content", "pulled_files", ["feed", "sha256"])


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("pulled_files")
