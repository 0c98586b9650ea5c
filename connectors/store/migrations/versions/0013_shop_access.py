"""What opens shops, sealed; the state each shop is in; consents asked for; accepted baselines."""

import sqlalchemy as sa
from alembic import op


revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward. Pairs that stand in `shops` are sealed when they are next used."""
    _create_tokens()
    op.create_table(
        "shop_states",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("why", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("shop"),
        comment="One row: whether TikTok lets us into a shop, since when, and in whose words.",
    )
    op.create_table(
        "consent_requests",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("state_sha256", sa.String(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("shop"),
        comment="One row: the consent link last made for a shop; its answer must bring the same "
        "state.",
    )
    _create_baselines()


def _create_tokens() -> None:
    op.create_table(
        "shop_tokens",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("access_expires_at", sa.Double()),
        sa.Column("refresh_expires_at", sa.Double()),
        sa.Column("refresh_due_at", sa.Double()),
        sa.Column("saved_at", sa.Double(), nullable=False),
        sa.Column("began_at", sa.Double()),
        sa.Column("consent", sa.String(), server_default="", nullable=False),
        sa.Column("scopes", sa.JSON()),
        sa.Column("shop_id", sa.String(), server_default="", nullable=False),
        sa.Column("given_mark", sa.String(), server_default="", nullable=False),
        sa.Column("marks_seen", sa.JSON(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("shop"),
        comment="One row: a shop's pair of tokens and its cipher, sealed together. `began_at`: a "
        "refresh began whose answer is not stored; marks tell which pairs the settings have "
        "given.",
    )


def _create_baselines() -> None:
    op.create_table(
        "baselines",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("sku_id", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("hold_ids", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("shop", "product_id", "sku_id", "warehouse_id"),
        comment="One row: committed units of a listing that no order explains and a person "
        "accepted; the holds set them aside.",
    )


def downgrade() -> None:
    """Take the schema back; the pairs are lost, and each shop has to be connected again."""
    for table in ("baselines", "consent_requests", "shop_states", "shop_tokens"):
        op.drop_table(table)
