"""What each switch asks, which answers are tried, and which of them no guard can bear.

One row for each field of `SandboxSwitches`. `tests/simulation` runs the real program under
pairs of these answers; `python -m worker sandbox --switches` prints the table.
"""

from dataclasses import dataclass


Answer = bool | int | float | None
"""The value of a switch."""

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One question the documentation leaves open. The first answer is thought the likeliest.

    `bound_by`: the guard's assumption that must be at least as long as the answer. `unsafe`: the
    answer under which units are oversold whatever a guard does, and `why`.
    """

    name: str
    asks: str
    answers: tuple[Answer, ...]
    bound_by: str = ""
    unsafe: tuple[Answer, ...] = ()
    why: str = ""

    def __post_init__(self) -> None:
        """Refuse a question with one answer, and an unsafe one without its reason."""
        if len(set(self.answers)) < len(self.answers) or not self.answers:
            raise ValueError(f"{self.name} needs answers that differ")
        if bool(self.unsafe) != bool(self.why) or not set(self.unsafe) <= set(self.answers[1:]):
            raise ValueError(f"{self.name} must say why, and of one of its answers")

    @property
    def safe_answers(self) -> tuple[Answer, ...]:
        """Return the answers under which nothing may be oversold."""
        return tuple(answer for answer in self.answers if answer not in self.unsafe)


SWITCHES: tuple[Switch, ...] = (
    Switch(
        name="zero_accepted",
        asks="Does Update Inventory take quantity 0?",
        answers=(True, False),
    ),
    Switch(
        name="zero_refusal_code",
        asks="With which code is 0 refused, where it is?",
        answers=(12052055, 12019024),
    ),
    Switch(
        name="max_quantity",
        asks="How many units may a quantity be?",
        answers=(99_999, 999_999),
    ),
    Switch(
        name="only_active_products_updatable",
        asks="Is stock edited for ACTIVATE products only?",
        answers=(False, True),
    ),
    Switch(
        name="partial_failures",
        asks="Is a refused SKU told in data.errors under code 0, or does it fail the call?",
        answers=(True, False),
    ),
    Switch(
        name="quantity_includes_committed",
        asks="Does a quantity that is set count the ordered units that have not left yet?",
        answers=(False, True),
    ),
    Switch(
        name="quantity_excludes_allocations",
        asks="Is what campaigns and creators hold added to a quantity that is set?",
        answers=(False, True),
    ),
    Switch(
        name="unpaid_in_committed",
        asks="Does committed_quantity count UNPAID orders?",
        answers=(False, True),
    ),
    Switch(
        name="unpaid_holds_stock",
        asks="Is a unit taken off sale when it is ordered, or when it is paid?",
        answers=(True, False),
        unsafe=(False,),
        why="two buyers can order the last unit before either has paid",
    ),
    Switch(
        name="auto_restock",
        asks="Do a cancelled order's units go back on sale by themselves?",
        answers=(True, False),
    ),
    Switch(
        name="restock_delay_s",
        asks="How long after the cancellation?",
        answers=(0.0, 0.5, 1.5),
        bound_by="restock_horizon_s",
    ),
    Switch(
        name="campaign_floor_is_whole_stock",
        asks="While a campaign runs, is any decrease refused, or only one below its units?",
        answers=(False, True),
    ),
    Switch(
        name="orders_index_lag_s",
        asks="How late does the order search show an order?",
        answers=(0.0, 0.4),
        bound_by="orders_lag_s",
    ),
    Switch(
        name="order_ids_as_json",
        asks="Are order ids joined by commas, or a JSON list?",
        answers=(False, True),
    ),
    Switch(
        name="read_staleness_s",
        asks="How old may the state be that an inventory search shows?",
        answers=(0.0, 0.2),
        bound_by="read_staleness_s",
    ),
    Switch(
        name="page_token_life_s",
        asks="How long does a page token work?",
        answers=(None, 600.0),
    ),
    Switch(
        name="calls_per_second",
        asks="How many calls a second may an app make, per API and shop?",
        answers=(50, None, 5),
    ),
    Switch(
        name="remorse_hold_s",
        asks="How long does a paid order stay ON_HOLD?",
        answers=(0.0, 3.0),
    ),
    Switch(
        name="unpaid_timeout_s",
        asks="After how long is an unpaid order cancelled?",
        answers=(3600.0, 15.0),
    ),
    Switch(
        name="shipping_due_s",
        asks="How long after its release must an order be ready for collection?",
        answers=(5 * DAY_S, 20.0),
    ),
    Switch(
        name="cancels_unshipped_orders",
        asks="Does the system cancel an order that is not ready by then?",
        answers=(False, True),
    ),
    Switch(
        name="collection_due_s",
        asks="How long after its release must an order be collected?",
        answers=(7 * DAY_S, 30.0),
    ),
    Switch(
        name="cancels_uncollected_orders",
        asks="Does the system cancel an order that is not collected by then?",
        answers=(False, True),
    ),
    Switch(
        name="audit_s",
        asks="How long is a product that was activated again under audit?",
        answers=(60.0, 2.0),
    ),
    Switch(
        name="business_error_http_status",
        asks="Which HTTP status has a refusal that is told by its code?",
        answers=(200, 400),
    ),
    Switch(
        name="cancel_reason_is_text",
        asks="Is an order's cancel_reason a text, or the reason's code?",
        answers=(True, False),
    ),
    Switch(
        name="late_effects_pass_gateway",
        asks="Is a stalled request's timestamp judged when it lands, or when it was sent?",
        answers=(False, True),
    ),
    Switch(
        name="webhook_spells_cancel",
        asks="Does webhook 1 write CANCEL, or CANCELLED?",
        answers=(True, False),
    ),
    Switch(
        name="webhook_has_id",
        asks="Does a notification carry an id?",
        answers=(True, False),
    ),
    Switch(
        name="access_token_life_s",
        asks="How long does an access token live?",
        answers=(7 * DAY_S, 3600.0),
    ),
    Switch(
        name="refresh_token_life_s",
        asks="How long does a refresh token live?",
        answers=(365 * DAY_S, 30 * DAY_S),
    ),
    Switch(
        name="refresh_ends_old_access_token",
        asks="Does a refresh end the access token before it?",
        answers=(True, False),
    ),
    Switch(
        name="clock_ahead_s",
        asks="How far is TikTok's clock ahead of ours?",
        answers=(0.0, 0.1, -0.1),
        bound_by="clock_tolerance_s",
    ),
)
"""Every switch. How often webhooks are lost, doubled or overtaken is `webhooks.WebhookFaults`."""
