"""Everything the API page is unsure of, or that differs from market to market, as a switch.

The defaults are the readings thought most likely. A test turns a switch to prove that the
product holds under the other reading too; `switch_table` has what each asks and what is tried.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSwitches:
    """How this TikTok behaves where the documentation does not say."""

    zero_accepted: bool = True
    """Update Inventory takes quantity 0, though current docs state the range [1, 99,999]."""

    zero_refusal_code: int = 12052055
    """The code that refuses 0 where it is not accepted: 12052055 or 12019024."""

    max_quantity: int = 99_999
    """The highest quantity an update may carry; one third party says 999,999."""

    only_active_products_updatable: bool = False
    """Docs of 2025-12 allow stock edits for ACTIVATE only; those of 2026-10 for five states."""

    partial_failures: bool = True
    """A refused SKU is listed in `data.errors` under code 0; else its code fails the call."""

    quantity_includes_committed: bool = False
    """A quantity that is set counts ordered units not yet shipped: so many fewer are on sale."""

    quantity_excludes_allocations: bool = False
    """A quantity that is set is what the shop sells; what campaigns and creators hold is added."""

    unpaid_in_committed: bool = False
    """`committed_quantity` counts units of UNPAID orders as well."""

    unpaid_holds_stock: bool = True
    """An order takes its units off `available` when it is placed; else when it is paid."""

    auto_restock: bool = True
    """A cancelled order's units return to `available`; a shop or SKU may differ."""

    restock_delay_s: float = 0.0
    """Seconds from a cancellation until its units can be sold again."""

    campaign_floor_is_whole_stock: bool = False
    """Where campaign units are locked, 12052393 refuses any decrease, not only below them."""

    orders_index_lag_s: float = 0.0
    """Seconds until Search Orders shows an order, or a change of one."""

    order_ids_as_json: bool = False
    """The detail of orders takes `ids` as a JSON list; else joined by commas."""

    read_staleness_s: float = 0.0
    """Inventory and product reads show a moment up to this many seconds in the past."""

    page_token_life_s: float | None = None
    """Seconds a `next_page_token` works; None for ever."""

    calls_per_second: int | None = 50
    """Calls in any one second per API, app and shop before 36009002; None for no limit."""

    remorse_hold_s: float = 0.0
    """Seconds a paid order stays ON_HOLD; 0 for shops that have no such state."""

    unpaid_timeout_s: float = 3600.0
    """Seconds until the system cancels an order that nobody paid."""

    shipping_due_s: float = 5 * 86_400.0
    """Seconds from release to `shipping_due_time`."""

    cancels_unshipped_orders: bool = False
    """The system cancels an order that is not AWAITING_COLLECTION by `shipping_due_time`."""

    collection_due_s: float = 7 * 86_400.0
    """Seconds from release to `collection_due_time`."""

    cancels_uncollected_orders: bool = False
    """The system cancels an order that is not IN_TRANSIT by `collection_due_time`."""

    audit_s: float = 60.0
    """Seconds an activated product stays PENDING before it is ACTIVATE again."""

    business_error_http_status: int = 200
    """HTTP status of refusals that have none of their own: clients must read the body."""

    cancel_reason_is_text: bool = True
    """`cancel_reason` on an order is a text such as "Pricing error", not the reason's code."""

    late_effects_pass_gateway: bool = False
    """A stalled request has its timestamp checked when it lands, not when it was sent."""

    webhook_spells_cancel: bool = True
    """Webhook 1 writes the cancelled state CANCEL, as its page does; else CANCELLED."""

    webhook_has_id: bool = True
    """A notification carries `tts_notification_id`; an older sample has none."""

    access_token_life_s: float = 7 * 86_400.0
    """Seconds an access token lives."""

    refresh_token_life_s: float = 365 * 86_400.0
    """Seconds a refresh token lives; third parties say 365 days."""

    refresh_ends_old_access_token: bool = True
    """A refresh makes the access token before it invalid at once."""

    clock_ahead_s: float = 0.0
    """Seconds by which TikTok's clock is ahead of the caller's; negative where it is behind."""

    def __post_init__(self) -> None:
        """Refuse a length of time below zero, and limits that let nothing through."""
        if wrong := [name for name in _LENGTHS_S if (getattr(self, name) or 0) < 0]:
            value = getattr(self, wrong[0])
            raise ValueError(f"{wrong[0]} is a length of time and cannot be {value}")
        if self.calls_per_second is not None and self.calls_per_second < 1:
            raise ValueError("calls_per_second is at least 1, or None for no limit")
        if self.max_quantity < 1:
            raise ValueError("max_quantity is at least 1, or nothing could ever be set")


_LENGTHS_S = tuple(
    name for name in SandboxSwitches.__slots__ if name.endswith("_s") and name != "clock_ahead_s"
)
