"""The tables of what was seen in delivered files, and of what people decided about them."""

from dataclasses import fields

from sqlalchemy import JSON, Column, Double, Index, Integer, LargeBinary, String, Table

from reconciliation.decline_followed import FollowedSums

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

STATED_FILES = Table(
    "stated_files",
    METADATA,
    Column("delivery_id", Integer, primary_key=True, autoincrement=False),
    Column("warehouse", String, nullable=False),
    Column("document", LargeBinary, nullable=False),
    comment="One row: all that a large accepted file names, as one Parquet document; of such a "
    "file the snapshot lines are only where a figure begins or ends.",
)

FOLLOWED_FILES = Table(
    "followed_files",
    METADATA,
    Column("feed", String, primary_key=True),
    Column("warehouse", String, nullable=False),
    Column("delivery_id", Integer, nullable=False),
    Column("as_of", Double, nullable=False),
    comment="One row: the last file of a feed, which all pools that follow its files repeat.",
)

FOLLOWED_TIMES = Table(
    "followed_times",
    METADATA,
    Column("delivery_id", Integer, primary_key=True, autoincrement=False),
    Column("feed", String, nullable=False),
    Column("kept", Double, nullable=False),
    Column("looks", Double, nullable=False),
    Column("watched_hours", Double, nullable=False),
    Column("hours_squared", Double, nullable=False),
    Index("followed_times_by_feed", "feed"),
    comment="One row: what a pool has learned by following since a delivery: quiet intervals, "
    "old ones fading, and how much is kept of what it knew before.",
)

FOLLOWED_DECLINES = Table(
    "followed_declines",
    METADATA,
    Column("feed", String, primary_key=True),
    Column("warehouse", String, nullable=False),
    *(Column(each.name, Double, nullable=False) for each in fields(FollowedSums)),
    comment="One row: what is known of the unexplained decline of the pools that follow a feed's "
    "files, summed over them.",
)
