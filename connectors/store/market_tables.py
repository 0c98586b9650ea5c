"""The tables of what TikTok tells of a shop besides its orders and its stock."""

from sqlalchemy import JSON, Boolean, Column, Double, Index, Integer, String, Table

from .columns import counter, listing_key
from .tables import METADATA


LISTING_BARS = Table(
    "listing_bars",
    METADATA,
    *listing_key(),
    Column("code", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("told", String, nullable=False),
    Column("least_units", Integer),
    Column("times", Integer, nullable=False),
    Column("since", Double, nullable=False),
    Column("ends_at", Double, nullable=False),
    comment="One row: why TikTok refused a quantity of a listing, and until when that is believed;"
    " least_units: it takes no fewer, null: it takes none.",
)

STOCK_SHARES = Table(
    "stock_shares",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("sku_id", String, primary_key=True),
    counter("campaign_units"),
    counter("creator_units"),
    Column("read_at", Double, nullable=False),
    comment="One row: of what a TikTok SKU shows in all warehouses, the units that campaigns and "
    "creators were promised; a SKU without any has no row.",
)

ACTIVITIES = Table(
    "activities",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("activity_id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("status", String, nullable=False),
    Column("begins_at", Double),
    Column("ends_at", Double),
    Column("read_at", Double, nullable=False),
    comment="One row: a promotion of a shop that runs or is to come, as it was last read.",
)

ACTIVITY_LIMITS = Table(
    "activity_limits",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("activity_id", String, primary_key=True),
    Column("product_id", String, primary_key=True),
    Column("sku_id", String, primary_key=True),
    Column("units_max", Integer),
    Index("activity_limits_by_product", "shop", "product_id"),
    comment="One row: a product, or one SKU of it, in a promotion, and how many units that sells "
    "at most; null: without limit.",
)

CANCELLATIONS = Table(
    "cancellations",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("cancel_id", String, primary_key=True),
    Column("order_id", String, nullable=False),
    Column("lines", JSON, nullable=False),
    Column("role", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("status", String, nullable=False),
    Column("restocks", Boolean),
    Column("updated_at", Double, nullable=False),
    Index("cancellations_by_order", "shop", "order_id"),
    comment="One row: a cancellation as TikTok last told it; lines empty: of the whole order; "
    "restocks: whether its units go back on sale by themselves, null where it does not say.",
)

PRODUCTS_OFF_SALE = Table(
    "products_off_sale",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("product_id", String, primary_key=True),
    Column("step", String, nullable=False),
    Column("because", String, nullable=False),
    Column("since", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    comment="One row: a product that we took off sale, and how far it is on its way back.",
)

RESTOCK_SETTINGS = Table(
    "restock_settings",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("sku_id", String, primary_key=True),
    Column("switched_off_at", Double),
    Column("refused", String, nullable=False),
    Column("asked_at", Double, nullable=False),
    comment="One row: a TikTok SKU whose automatic restock of cancelled units we asked to be "
    "switched off, and what came of it.",
)

READ_PROGRESS = Table(
    "read_progress",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("up_to", Double, nullable=False),
    comment="One row: up to when what TikTok tells of a topic was read, of one shop.",
)
