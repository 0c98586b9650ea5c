"""Every table of the record, with what one row of it means.

Instants are seconds since 1970 UTC. Keys are the outside world's own names, so that storing
a fact twice is storing it once.
"""

from dataclasses import fields

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    text,
)

from reconciliation.decline import SUMS, DeclineTotals
from reconciliation.sales_history import BURSTS_S

from .columns import counter, index_of_some, listing_key, orders_by_size, stock_terms
from .work_table import work_table


METADATA = MetaData()


DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("feed", String, nullable=False),
    Column("file_name", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("arrived_at", Double, nullable=False),
    Column("as_of", Double),
    Column("verdict", String, nullable=False),
    Column("reasons", JSON, nullable=False),
    counter("rows_accepted"),
    counter("rows_refused"),
    Index("deliveries_by_content", "feed", "sha256"),
    comment="One row: a file that a partner delivered, and what was made of it.",
)

SNAPSHOT_LINES = Table(
    "snapshot_lines",
    METADATA,
    Column("delivery_id", Integer, primary_key=True),
    Column("sku", String, primary_key=True),
    Column("warehouse", String, nullable=False),
    Column("units", Integer, nullable=False),
    Column("as_of", Double, nullable=False),
    Index("snapshot_lines_by_pool", "warehouse", "sku", "as_of"),
    comment="One row: the quantity that an accepted file stated for an item.",
)

POOLS = Table(
    "pools",
    METADATA,
    Column("warehouse", String, primary_key=True),
    Column("sku", String, primary_key=True),
    Column("feed", String, nullable=False),
    Column("delivery_id", Integer, nullable=False),
    Column("snapshot_units", Integer, nullable=False),
    Column("as_of", Double, nullable=False),
    Column("moved_at", Double),
    Column("follows", Boolean, nullable=False, server_default=text("false")),
    index_of_some("pools_alone", "warehouse", "sku", where="NOT follows"),
    # Where it follows its feed's files, `following` says as of when.
    comment="One row: an item in a partner warehouse, with the snapshot in force.",
)

LISTINGS = Table(
    "listings",
    METADATA,
    *listing_key(),
    Column("seller_sku", String, nullable=False),
    Column("title", String, nullable=False),
    Column("product_status", String, nullable=False),
    counter("backorder_units"),
    Column("stranded_because", String, nullable=False, server_default=""),
    Column("problem", String, nullable=False, server_default=""),
    Column("remedy", String, nullable=False, server_default=""),
    Column("state", String, nullable=False, server_default="open"),
    Column("since", Double, nullable=False, server_default=text("0")),
    Column("read_units", Integer),
    Column("read_began_at", Double),
    Column("read_finished_at", Double),
    Column("unproven_since", Double),
    counter("shown_units"),
    Column("doubts", JSON, nullable=False, server_default="[]"),
    counter("ahead_units"),
    counter("unasked_units"),
    Column("unasked_since", Double),
    Column("decision", JSON),
    Column("read_due_at", Double),
    Column("fact_at", Double),
    Index("listings_by_sku", "shop", "sku_id", "warehouse_id"),
    Index("listings_by_read", "shop", "read_due_at"),
    comment="One row: a TikTok SKU in a TikTok warehouse, its book, and the last decision.",
)

RECIPE_LINES = Table(
    "recipe_lines",
    METADATA,
    *listing_key(),
    Column("warehouse", String, primary_key=True),
    Column("sku", String, primary_key=True),
    Column("units", Integer, nullable=False),
    Index("recipe_lines_by_pool", "warehouse", "sku"),
    Index("recipe_lines_by_sku", "shop", "sku_id", "warehouse_id"),
    comment="One row: the units of one pool that a sale of a listing takes.",
)

ORDER_LINES = Table(
    "order_lines",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("order_id", String, primary_key=True),
    Column("line_id", String, primary_key=True),
    Column("package_id", String, nullable=False),
    Column("warehouse_id", String, nullable=False),
    Column("status", String, nullable=False),
    Column("state", String, nullable=False),
    Column("placed_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("released_at", Double),
    Column("packed_at", Double),
    Column("departed_at", Double),
    Column("cancelled_at", Double),
    Column("cancelled_not_before", Double),
    Column("recorded_at", Double, nullable=False),
    Column("cancelled_by", String, nullable=False, server_default=""),
    Column("cancel_reason", String, nullable=False, server_default=""),
    Column("shipping_due_at", Double),
    Column("collection_due_at", Double),
    Index("order_lines_by_placing", "shop", "placed_at"),
    Index("order_lines_by_state", "state", "shop"),
    comment="One row: one ordered unit of a TikTok SKU, in its latest state.",
)

LINE_PARTS = Table(
    "line_parts",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("order_id", String, primary_key=True),
    Column("line_id", String, primary_key=True),
    Column("sku_id", String, primary_key=True),
    Column("warehouse_id", String, nullable=False),
    Column("units", Integer, nullable=False),
    Index("line_parts_by_sku", "shop", "sku_id", "warehouse_id"),
    comment="One row: a TikTok SKU that an order line takes from (bundles take from several).",
)

RESTOCKS = Table(
    "restocks",
    METADATA,
    *listing_key(),
    Column("order_id", String, primary_key=True),
    Column("line_id", String, primary_key=True),
    Column("units", Integer, nullable=False),
    Column("cancelled_at", Double, nullable=False),
    Column("settled_at", Double),
    comment="One row: cancelled units that TikTok may put back on sale by itself.",
)

SHOPS = Table(
    "shops",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("complete_up_to", Double),
    Column("polled_up_to", Double),
    Column("writes_stopped", Boolean, nullable=False, server_default=text("false")),
    Column("trouble", String, nullable=False, server_default=""),
    Column("warehouse_trouble", String, nullable=False, server_default=""),
    Column("access_token", String, nullable=False, server_default=""),
    Column("access_expires_at", Double),
    Column("refresh_token", String, nullable=False, server_default=""),
    Column("refresh_expires_at", Double),
    comment="One row: a shop's order ledger, its tokens, and whether writing is stopped.",
)

WRITES = Table(
    "writes",
    METADATA,
    Column("sequence", Integer, primary_key=True),
    Column("shop", String, nullable=False),
    Column("product_id", String, nullable=False),
    Column("sku_id", String, nullable=False),
    Column("warehouse_id", String, nullable=False),
    Column("units", Integer, nullable=False),
    Column("shown_units", Integer, nullable=False),
    Column("write_class", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("outcome", String, nullable=False),
    Column("detail", String, nullable=False, server_default=""),
    Column("fact_at", Double),
    Column("intended_at", Double, nullable=False),
    Column("answered_at", Double),
    Column("settled_at", Double),
    Index("writes_by_listing", "shop", "product_id", "sku_id", "warehouse_id", "sequence"),
    Index("writes_by_outcome", "outcome", "shop"),
    comment="One row: a quantity that we meant to set on TikTok, from intent to its end.",
)

HOLDS = Table(
    "holds",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("sku", String, nullable=False),
    Column("shop", String, nullable=False, server_default=""),
    Column("warehouse", String, nullable=False, server_default=""),
    Column("units_max", Integer),
    Column("set_aside_units", Integer),
    Column("freezes", Boolean, nullable=False, server_default=text("false")),
    Column("who", String, nullable=False),
    Column("why", String, nullable=False),
    Column("began_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("released_at", Double),
    Column("released_by", String, nullable=False, server_default=""),
    comment="One row: a person's word that listings show at most so much, or units set aside.",
)

LEASES = Table(
    "leases",
    METADATA,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("expires_at", Double, nullable=False),
    comment="One row: who alone may do a thing, until when, and its fencing token.",
)

WORK = work_table(METADATA)

TRAIL = Table(
    "trail",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Double, nullable=False),
    Column("event", String, nullable=False),
    Column("shop", String, nullable=False, server_default=""),
    Column("sku", String, nullable=False, server_default=""),
    Column("subject", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Index("trail_by_sku", "sku", "at"),
    Index("trail_by_subject", "subject", "event", "at"),
    comment="One row: what happened to a listing, a pool or a feed, and why.",
)

WEBHOOKS = Table(
    "webhooks",
    METADATA,
    Column("notification", String, primary_key=True),
    Column("shop", String, nullable=False),
    Column("type", Integer, nullable=False),
    Column("told_at", Double, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("body", String, nullable=False),
    Column("handled_at", Double),
    Index("webhooks_by_shop", "shop", "handled_at"),
    Index("webhooks_by_arrival", "received_at"),
    comment="One row: a notification of TikTok's, as its signed body said it, kept once.",
)

API_TOKENS = Table(
    "api_tokens",
    METADATA,
    Column("id", String, primary_key=True),
    Column("sha256", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("shops", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("revoked_at", Double),
    Column("last_used_at", Double),
    comment="One row: who may use the HTTP API, as what, for which shops, until when.",
)

TALLIES = Table(
    "tallies",
    METADATA,
    Column("name", String, primary_key=True),
    Column("labels", String, primary_key=True),
    Column("value", Double, nullable=False),
    comment="One row: how often something happened, over all processes and for ever.",
)

LISTING_DEMAND = Table(
    "listing_demand",
    METADATA,
    *listing_key(),
    Column("since", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("is_on_sale", Boolean, nullable=False),
    Column("on_sale_s", Double, nullable=False),
    *orders_by_size(),
    *(Column(f"burst_{half_life_s}_s", Double, nullable=False) for half_life_s in BURSTS_S),
    comment="One row: a listing's orders and time on sale, weighed by age as of `updated_at`.",
)

SHOP_DEMAND = Table(
    "shop_demand",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("listings_on_sale", Integer, nullable=False),
    Column("closed_s", Double, nullable=False),
    *orders_by_size(),
    comment="One row: what a shop's listings sold together, weighed as of one moment.",
)

SHOP_HOURS = Table(
    "shop_hours",
    METADATA,
    Column("shop", String, primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("orders", Double, nullable=False),
    comment="One row: a shop's orders in an hour of the week, weighed as of one moment.",
)

POOL_DECLINES = Table(
    "pool_declines",
    METADATA,
    Column("warehouse", String, primary_key=True),
    Column("sku", String, primary_key=True),
    *(Column(name, Double, nullable=False) for name in SUMS),
    Column("pending_units", Integer, nullable=False),
    index_of_some("pool_declines_pending", "warehouse", "sku", where="pending_units > 0"),
    index_of_some("pool_declines_gone", "warehouse", "sku", where="units > 0"),
    comment="One row: what a pool's reports have shown of unexplained decline, old ones fading.",
)

WAREHOUSE_DECLINES = Table(
    "warehouse_declines",
    METADATA,
    Column("warehouse", String, primary_key=True),
    *(Column(each.name, Double, nullable=False) for each in fields(DeclineTotals)),
    comment="One row: the same, summed over the pools of a warehouse.",
)

POLICY_VERSIONS = Table(
    "policy_versions",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", JSON, nullable=False),
    Column("made_at", Double, nullable=False),
    comment="One row: a whole policy as it was applied, kept for ever; 0 is the settings'.",
)

POLICY_STEPS = Table(
    "policy_steps",
    METADATA,
    Column("step", Integer, primary_key=True),
    Column("action", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("below", Integer, nullable=False),
    Column("share_ratio", Double, nullable=False),
    Column("shops", JSON, nullable=False),
    Column("sku_pattern", String, nullable=False),
    Column("who", String, nullable=False),
    Column("why", String, nullable=False),
    Column("at", Double, nullable=False),
    Column("spread_at", Double),
    comment="One row: a policy applied to a part or to all, or taken back; the newest counts.",
)

POOL_STOCKS = Table(
    "pool_stocks",
    METADATA,
    Column("warehouse", String, primary_key=True),
    Column("sku", String, primary_key=True),
    Column("known", Boolean, nullable=False),
    *stock_terms(),
    comment="One row: the stock of a pool as it was last decided; not known: no feed states it.",
)
