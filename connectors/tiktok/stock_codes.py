"""What is done about each code with which TikTok refuses a quantity (API page, sections 4 and 5).

A refused quantity had no effect, and would be refused again at once. What mends it differs: time,
another look at what TikTok lists, a person, or nothing at all. Until then the listing is in the
state that the table names, what it shows counts on, and nothing else is held up. A code that the
table does not know is treated as a fault that a person has to look at.
"""

from dataclasses import dataclass
from enum import StrEnum


class Remedy(StrEnum):
    """What is done about a refusal."""

    RETRY = "retry"
    """TikTok failed, not we: the same again after a while."""
    REREAD = "reread"
    """It lists the product otherwise than we think: look at the product, then decide anew."""
    REMAP = "remap"
    """It does not have the product or SKU, or not in this shop: look at the whole catalogue."""
    LEAST = "least"
    """It takes no quantity as low as this: send the least that it takes."""
    HOLD = "hold"
    """Something holds the listing that ends without us, or never: leave it, and say so."""
    STOP_SHOP = "stop_shop"
    """It takes nothing from this seller: stop all writing to the shop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a code asks for, the state that it brings a listing into, how long that is believed.

    The time doubles with each repeat, up to `again_s_max`.
    """

    remedy: Remedy
    state: str
    again_s: float
    again_s_max: float


CAMPAIGN_LOCK = "campaign_lock"
"""The state of a listing of which a campaign was promised units."""

_MINUTE_S, _QUARTER_S, _DAY_S = 60.0, 900.0, 86_400.0


def _rule(remedy: Remedy, state: str, again_s: float, again_s_max: float = _DAY_S) -> Rule:
    return Rule(remedy=remedy, state=state, again_s=again_s, again_s_max=again_s_max)


_FAILED = _rule(Remedy.RETRY, "tiktok_failed", 5.0, 300.0)
_CHECKED = _rule(Remedy.RETRY, "check_failed", 5.0, 300.0)
_OTHER_WAREHOUSES = _rule(Remedy.REREAD, "other_warehouses", _MINUTE_S)
_PRODUCT_STATUS = _rule(Remedy.REREAD, "product_status", _MINUTE_S)
_NO_PRODUCT = _rule(Remedy.REMAP, "no_such_product", _QUARTER_S)
_NO_SKU = _rule(Remedy.REMAP, "no_such_sku", _QUARTER_S)
_OTHER_SHOP = _rule(Remedy.REMAP, "of_another_shop", _QUARTER_S)
_TOO_FEW = _rule(Remedy.LEAST, "quantity_refused", _DAY_S)
_CAMPAIGN = _rule(Remedy.LEAST, CAMPAIGN_LOCK, _MINUTE_S, 300.0)
_AUCTION = _rule(Remedy.HOLD, "live_auction", _MINUTE_S, _QUARTER_S)
_APPEAL = _rule(Remedy.HOLD, "appeal_running", _QUARTER_S)
_INTEGRATION = _rule(Remedy.HOLD, "shop_integration", _QUARTER_S)
_WAREHOUSE = _rule(Remedy.HOLD, "warehouse_unfit", _QUARTER_S)
_PERMISSION = _rule(Remedy.HOLD, "no_permission", _QUARTER_S)
_BUNDLE = _rule(Remedy.HOLD, "virtual_bundle", _DAY_S)
_SHARED = _rule(Remedy.HOLD, "shared_stock", _DAY_S)
_GLOBAL = _rule(Remedy.HOLD, "global_product", _DAY_S)
_BY_TIKTOK = _rule(Remedy.HOLD, "stock_at_tiktok", _DAY_S)
_OURS = _rule(Remedy.HOLD, "request_refused", _QUARTER_S)
_SELLER = _rule(Remedy.STOP_SHOP, "seller_inactive", _QUARTER_S)

UNKNOWN = _rule(Remedy.HOLD, "unknown_refusal", _QUARTER_S)
"""What holds for a code that TikTok's pages do not have."""

RULES: dict[int, Rule] = {
    # The product or the SKU.
    12019008: _NO_PRODUCT,
    12052031: _NO_PRODUCT,
    12052032: _NO_PRODUCT,
    12052260: _NO_PRODUCT,
    12052048: _OTHER_SHOP,
    12052036: _NO_SKU,
    12052556: _NO_SKU,
    12052901: _PRODUCT_STATUS,
    # The quantity.
    12019024: _TOO_FEW,
    12052055: _TOO_FEW,
    12052393: _CAMPAIGN,
    12052371: _AUCTION,
    # The warehouses.
    12019022: _OTHER_WAREHOUSES,
    12019028: _OTHER_WAREHOUSES,
    12052533: _OTHER_WAREHOUSES,
    12052097: _OTHER_WAREHOUSES,
    12052530: _OTHER_WAREHOUSES,
    12052096: _OTHER_WAREHOUSES,
    12052115: _OTHER_WAREHOUSES,
    12052364: _WAREHOUSE,
    12052403: _WAREHOUSE,
    12052531: _WAREHOUSE,
    12052532: _WAREHOUSE,
    12052094: _PERMISSION,
    # Stock that is not the listing's own.
    12052850: _BUNDLE,
    12052921: _SHARED,
    12052141: _GLOBAL,
    12052037: _BY_TIKTOK,
    # The shop.
    12052308: _APPEAL,
    12052332: _INTEGRATION,
    12052700: _SELLER,
    # Our request; were it right, these could not come.
    12019015: _OURS,
    12019120: _OURS,
    12052050: _OURS,
    12052553: _OURS,
    12052902: _OURS,
    12052910: _OURS,
    # TikTok.
    12052990: _CHECKED,
    36009003: _FAILED,
}
"""The rule of every code that the documentation names for a quantity."""


def rule_of(code: int) -> Rule:
    """Return what is done about a code."""
    return RULES.get(code, UNKNOWN)


def believed_s(rule: Rule, times: int) -> float:
    """Return how long a refusal is believed that came so many times in a row, from 1."""
    doublings = min(times - 1, 20)
    return min(rule.again_s * 2.0**doublings, rule.again_s_max)
