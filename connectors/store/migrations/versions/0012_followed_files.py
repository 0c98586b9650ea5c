"""Large files as documents, and pools that follow them."""

import sqlalchemy as sa
from alembic import op

from connectors.store import stated_files


revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SUMS = (
    "followers",
    "stocked",
    "stocked_units",
    "stocked_hours",
    "pools",
    "looks",
    "watched_hours",
    "restocks",
    "intervals",
    "declines",
    "hours",
    "units",
    "expected_units",
    "units_squared",
    "pool_units_squared",
    "pool_hours_squared",
)


def upgrade() -> None:
    """Bring the schema forward; pools begin to follow with their feed's next large file."""
    with op.batch_alter_table("pools") as pools:
        pools.add_column(
            sa.Column("follows", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
    _index_some("pools_alone", "pools", "NOT follows")
    _index_some("pool_declines_pending", "pool_declines", "pending_units > 0")
    _index_some("pool_declines_gone", "pool_declines", "units > 0")
    _create_stated_files()
    _create_followed_files()
    _create_followed_declines()


def _index_some(name: str, table: str, condition: str) -> None:
    some = sa.text(condition)
    op.create_index(name, table, ["warehouse", "sku"], sqlite_where=some, postgresql_where=some)


def _create_stated_files() -> None:
    op.create_table(
        "stated_files",
        sa.Column("delivery_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
        comment="One row: all that a large accepted file names, as one Parquet document; of such "
        "a file the snapshot lines are only where a figure begins or ends.",
    )


def _create_followed_files() -> None:
    op.create_table(
        "followed_files",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("feed"),
        comment="One row: the last file of a feed, which all pools that follow its files repeat.",
    )


def _create_followed_declines() -> None:
    op.create_table(
        "followed_times",
        sa.Column("delivery_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.Double(), nullable=False)
            for name in ("kept", "looks", "watched_hours", "hours_squared")
        ),
        sa.PrimaryKeyConstraint("delivery_id"),
        comment="One row: what a pool has learned by following since a delivery: quiet "
        "intervals, old ones fading, and how much is kept of what it knew before.",
    )
    op.create_index("followed_times_by_feed", "followed_times", ["feed"])
    op.create_table(
        "followed_declines",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in _SUMS),
        sa.PrimaryKeyConstraint("feed"),
        comment="One row: what is known of the unexplained decline of the pools that follow a "
        "feed's files, summed over them.",
    )


def downgrade() -> None:
    """Take the schema back: pools have again what they follow, and large files their lines.

    What pools have learned by following is lost.
    """
    op.execute(
        "UPDATE pools SET "
        "as_of = (SELECT as_of FROM followed_files AS f WHERE f.feed = pools.feed), "
        "delivery_id = (SELECT delivery_id FROM followed_files AS f WHERE f.feed = pools.feed) "
        "WHERE follows AND feed IN (SELECT feed FROM followed_files)"
    )
    _write_out_lines(op.get_bind())
    for table in ("followed_declines", "followed_times", "followed_files", "stated_files"):
        op.drop_table(table)
    op.drop_index("pool_declines_gone", "pool_declines")
    op.drop_index("pool_declines_pending", "pool_declines")
    op.drop_index("pools_alone", "pools")
    with op.batch_alter_table("pools") as pools:
        pools.drop_column("follows")


def _write_out_lines(connection: sa.Connection) -> None:
    numbers = connection.execute(sa.text("SELECT delivery_id FROM stated_files")).scalars()
    for number in numbers.all():
        stated_files.write_out(connection, number)
