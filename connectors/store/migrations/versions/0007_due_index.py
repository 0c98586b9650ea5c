"""The most urgent rows of a queue are found by an index of what is open."""

import sqlalchemy as sa
from alembic import op


revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    is_open = sa.text("version > done_version")
    op.create_index(
        "work_by_urgency",
        "work",
        ["queue", "rank", "due_at"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("work_by_urgency", "work")
