"""The tables of what opens shops, in which state a shop is, and what people accepted of it."""

from sqlalchemy import JSON, Column, Double, Integer, String, Table, text

from .tables import METADATA


SHOP_TOKENS = Table(
    "shop_tokens",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("sealed", String, nullable=False),
    Column("key_id", String, nullable=False),
    Column("access_expires_at", Double),
    Column("refresh_expires_at", Double),
    Column("refresh_due_at", Double),
    Column("saved_at", Double, nullable=False),
    Column("began_at", Double),
    Column("consent", String, nullable=False, server_default=""),
    Column("scopes", JSON),
    Column("shop_id", String, nullable=False, server_default=""),
    Column("given_mark", String, nullable=False, server_default=""),
    Column("marks_seen", JSON, nullable=False, server_default="[]"),
    comment="One row: a shop's pair of tokens and its cipher, sealed together. `began_at`: a "
    "refresh began whose answer is not stored; marks tell which pairs the settings have given.",
)

SHOP_STATES = Table(
    "shop_states",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("since", Double, nullable=False),
    Column("why", String, nullable=False, server_default=""),
    comment="One row: whether TikTok lets us into a shop, since when, and in whose words.",
)

CONSENT_REQUESTS = Table(
    "consent_requests",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("state_sha256", String, nullable=False),
    Column("made_at", Double, nullable=False),
    comment="One row: the consent link last made for a shop; its answer must bring the same "
    "state.",
)

BASELINES = Table(
    "baselines",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("product_id", String, primary_key=True),
    Column("sku_id", String, primary_key=True),
    Column("warehouse_id", String, primary_key=True),
    Column("units", Integer, nullable=False),
    Column("hold_ids", JSON, nullable=False),
    Column("who", String, nullable=False),
    Column("why", String, nullable=False),
    Column("at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, server_default=text("0")),
    comment="One row: committed units of a listing that no order explains and a person accepted; "
    "the holds set them aside.",
)
