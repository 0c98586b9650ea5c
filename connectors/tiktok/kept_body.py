"""What of a notification is kept: what it names and counts, and nothing of any buyer. Pure.

TikTok adds fields as it likes, and some notifications are about people: a recipient's address, a
chat. So only fields that are known to be about orders, goods and shops are kept, each by its name.
"""

import json
import re
from collections.abc import Mapping

from .json_parts import json_object


ENVELOPE = ("type", "tts_notification_id", "shop_id", "timestamp")
"""What stands around every notification (API page, section 6)."""

_ORDERS = """
order_id order_status is_on_hold_order create_time update_time
cancel_id cancel_status cancellations_role return_id return_role return_type return_status
package_id package_list order_id_list sc_type role_type
"""
_GOODS = """
product_id sku_id skus status deactivation_source change_source changed_fields audit
pre_approved_reasons integrated_platform_statuses suspended_reason
goods_id fbt_warehouse_inventory fbt_warehouse_id on_hand_detail warehouse_id
trigger_reason alert_type lead_days low_stock_threshold current_inventory_status
inventory_distribution event_id occurred_at quantity_snapshot_after_change change_detail
idempotency_key trigger_source shop_id
activity_id activity_type product_level change_type product_update_list product_remove_list
"""
_ACCESS = "expiration_time"

KEPT = frozenset(f"{_ORDERS} {_GOODS} {_ACCESS}".split())
"""Fields of `data`, and of what stands in it, that are kept."""

_COUNTED = re.compile(r"[a-z_]+_(quantity|delta)")

LETTERS_MAX = 200
"""No id and no status is longer; a text that is was written by somebody."""


def kept_body(body: bytes) -> str:
    """Return a notification without what is not kept. Raises `AnswerUnreadable` for no JSON."""
    whole = json_object(body).value
    kept = {name: whole[name] for name in ENVELOPE if name in whole}
    told = {**kept, "data": _kept(whole.get("data"))}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _kept(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _kept(each) for name, each in value.items() if _is_kept(name)}
    if isinstance(value, list):
        return [_kept(each) for each in value]
    if isinstance(value, str) and len(value) > LETTERS_MAX:
        return ""
    return value


def _is_kept(name: str) -> bool:
    return name in KEPT or bool(_COUNTED.fullmatch(name))
