"""The table of the queue of record, with the index by which its most urgent rows are found."""

from sqlalchemy import Column, Double, Index, Integer, MetaData, String, Table, text

from .columns import counter


def work_table(metadata: MetaData) -> Table:
    """Return the table of what has to be worked out anew."""
    is_open = text("version > done_version")
    return Table(
        "work",
        metadata,
        Column("queue", String, primary_key=True),
        Column("key", String, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("claimed_version", Integer, nullable=False),
        Column("done_version", Integer, nullable=False),
        counter("rank"),
        Column("due_at", Double, nullable=False),
        Column("fact_at", Double),
        Column("next_rank", Integer),
        Column("next_due_at", Double),
        Column("next_fact_at", Double),
        Column("holder", String, nullable=False, server_default=""),
        Column("fence", Integer, nullable=False),
        Column("leased_until", Double, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("last_error", String, nullable=False, server_default=""),
        Index("work_by_due", "due_at"),
        Index(
            # Of what is finished it holds nothing.
            "work_by_urgency",
            "queue",
            "rank",
            "due_at",
            sqlite_where=is_open,
            postgresql_where=is_open,
        ),
        comment="One row: something that has to be worked out anew, however often it was asked.",
    )
