"""The tables of what was seen in delivered files, and of what people decided about them."""

from sqlalchemy import JSON, Column, Double, Index, Integer, String, Table

from .tables import METADATA


DELIVERY_DETAILS = Table(
    "delivery_details",
    METADATA,
    Column("delivery_id", Integer, primary_key=True, autoincrement=False),
    Column("header", JSON, nullable=False),
    Column("seen", JSON, nullable=False),
    comment="One row: a delivered file's columns, and what was seen in it: figures, differences "
    "from the last, first faults.",
)

FEED_DECISIONS = Table(
    "feed_decisions",
    METADATA,
    Column("delivery_id", Integer, primary_key=True, autoincrement=False),
    Column("decision", String, nullable=False),
    Column("made_id", Integer, nullable=False),
    Column("restored_id", Integer),
    Column("who", String, nullable=False),
    Column("why", String, nullable=False),
    Column("at", Double, nullable=False),
    Index("feed_decisions_by_made", "made_id"),
    comment="One row: a person's decision about a delivery, once for all; `made_id` is the "
    "delivery that came of it.",
)

DELIVERY_CONTENTS = Table(
    "delivery_contents",
    METADATA,
    Column("delivery_id", Integer, primary_key=True, autoincrement=False),
    Column("content_sha256", String, nullable=False),
    Index("delivery_contents_by_hash", "content_sha256"),
    comment="One row: the hash of what a delivered file says, where it is not that of its bytes: "
    "packed or saved anew, a file has other bytes and says the same.",
)

ABSENT_LINES = Table(
    "absent_lines",
    METADATA,
    Column("delivery_id", Integer, primary_key=True, autoincrement=False),
    Column("sku", String, primary_key=True),
    comment="One row: a snapshot line of 0 units that a delivered file states by leaving its SKU "
    "out.",
)
