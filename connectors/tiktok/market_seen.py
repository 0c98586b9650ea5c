"""What TikTok tells of a shop besides stock and orders, as values."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciliation.quantities import Instant, Units


CARRIED_OUT = frozenset({"CANCELLATION_REQUEST_SUCCESS", "CANCELLATION_REQUEST_COMPLETE"})
"""The states of a cancellation that has happened; the others are asked for or withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationSeen:
    """One cancellation: by whom and why, which an order does not tell in full (section 3).

    `line_ids` is empty where it is of the whole order. `restocks`: whether its units go back on
    sale by themselves, None where TikTok does not say.
    """

    cancel_id: str
    order_id: str
    line_ids: tuple[str, ...]
    role: str
    reason: str
    kind: str
    status: str
    restocks: bool | None
    updated_at: Instant

    @property
    def happened(self) -> bool:
        """Whether the units are cancelled, and not only asked to be."""
        return self.status in CARRIED_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationPage:
    """One page of a search for cancellations; `total_count` is for the whole window."""

    cancellations: tuple[CancellationSeen, ...]
    total_count: int
    next_page_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSeen:
    """A product in a promotion, or one SKU of it; `units_max` is None where it has no limit."""

    product_id: str
    sku_id: str
    units_max: Units | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySeen:
    """A promotion, without its products."""

    activity_id: str
    title: str
    kind: str
    status: str
    begins_at: Instant | None
    ends_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityPage:
    """One page of a search for promotions."""

    activities: tuple[ActivitySeen, ...]
    next_page_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAnswer:
    """Which ids of a change TikTok refused, each with its code and words; the others it took."""

    refused: dict[str, tuple[int, str]]


def is_whole(pages: Sequence[CancellationPage]) -> bool:
    """Whether the pages hold every cancellation of their window."""
    if not pages or pages[-1].next_page_token:
        return False
    distinct = {each.cancel_id for page in pages for each in page.cancellations}
    return {page.total_count for page in pages} == {len(distinct)}
