"""The names of all queues: of the record's work rows, and of the broker's doorbells.

A work row's queue says what is to be worked out, its key for what. The doorbell's queue says
how urgent that kind of work is. Keys are the outside world's names, joined by slashes.
"""

from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Sku


PLAN = "plan"
"""Decide for a pool and all it shares; key: warehouse/sku."""
PUSH = "push"
"""Write a product's quantities; key: shop/product id."""
READ = "read"
"""Read the listings of a shop that are due; key: shop, or shop/lane (`read_work`)."""
ORDERS = "orders"
"""Poll a shop's orders; key: shop."""
WEBHOOKS = "webhooks"
"""Fetch the orders that TikTok's notifications to a shop name; key: shop."""
FEED = "feed"
"""Take what waits in a feed's inbox; key: feed."""
PULL = "pull"
"""Fetch what is new at a feed's source; key: feed."""
FEED_FILES = "feed_files"
"""Forget a feed's files and receipts that are older than they are kept; key: feed."""
TOKENS = "tokens"
"""Look after what opens a shop: refresh it ahead of its end; key: shop."""
CATALOGUE = "catalogue"
"""Read a shop's listings and warehouses anew; key: shop."""
LOOK = "look"
"""Look at one product as TikTok lists it; key: shop/product id."""
ACTIVITIES = "activities"
"""Read a shop's promotions; key: shop."""
CANCELLATIONS = "cancellations"
"""Read who cancelled orders of a shop, and why; key: shop."""
OFF_SALE = "off_sale"
"""Take a product off sale, or follow it on its way back; key: shop/product id."""
RESTOCK = "restock"
"""Ask TikTok not to put cancelled units of a shop back on sale by itself; key: shop."""
POLICY = "policy"
"""Ask for decisions on what a policy that was applied concerns; key: `all`."""
BACKLOG = "backlog"
"""Decide for all pools that are due, where they are very many; key: `all`."""
TRAIL = "trail"
"""Forget what is older than the trail is kept; key: `all`."""

DOORBELLS: dict[str, str] = {
    PLAN: "urgent",
    PUSH: "urgent",
    READ: "orders",
    ORDERS: "orders",
    WEBHOOKS: "orders",
    FEED: "feeds",
    PULL: "bulk",
    FEED_FILES: "bulk",
    TOKENS: "orders",
    CATALOGUE: "bulk",
    LOOK: "feeds",
    OFF_SALE: "urgent",
    ACTIVITIES: "bulk",
    RESTOCK: "bulk",
    CANCELLATIONS: "bulk",
    POLICY: "bulk",
    BACKLOG: "bulk",
    TRAIL: "bulk",
}
"""The broker's queue on which each kind of work is rung."""

SHOP_QUEUES = frozenset(
    {PUSH, READ, ORDERS, WEBHOOKS, TOKENS, CATALOGUE, LOOK}
    | {ACTIVITIES, CANCELLATIONS, OFF_SALE, RESTOCK}
)
"""The queues whose work is one shop's: each key is its name, or begins with it and a slash."""

AT_ONCE: dict[str, int] = {PLAN: 16, PUSH: 12, READ: 12}
"""How many rows of a queue one round takes together, which costs a fraction of one by one.

Nobody who waits for a lock of a round waits long, and what a push decides is still fresh when its
last call is made. One ring is enough for so many rows.
"""


def pool_work(pool: PoolKey) -> str:
    """Return the key of a pool's work row."""
    return f"{pool.warehouse}/{pool.sku}"


def pool_of_work(key: str) -> PoolKey:
    """Return the pool that a work row's key names; a warehouse's code holds no slash."""
    warehouse, _, sku = key.partition("/")
    return PoolKey(warehouse=warehouse, sku=Sku(sku))


READ_LANES = 16
"""How many reads of a shop may be under way: each a row of work, since one is done by one at once.
A read takes longer than the time between two close reads of a shop."""

READ_LANE_S = 0.05
"""Reads that are due within so long share a lane."""


def read_work(shop: str, due_at: Instant) -> str:
    """Return the key of the row for a shop's close read that is due at a moment.

    Whoever asks for a read at that moment asks for the same row; those of the next moments are
    others, and need not wait for it.
    """
    return f"{shop}/{int(due_at / READ_LANE_S) % READ_LANES}"


def shop_of_read(key: str) -> str:
    """Return the shop that a read's work row names; a shop's name holds no slash."""
    return key.partition("/")[0]


def push_work(shop: str, product_id: str) -> str:
    """Return the key of a product's work row; a product id holds no slash."""
    return f"{shop}/{product_id}"


def product_of_work(key: str) -> tuple[str, str]:
    """Return the shop and the product id that a work row's key names."""
    shop, _, product_id = key.rpartition("/")
    return shop, product_id
