"""What each market of TikTok allows: the seller-fault cancellation rate, and over which days.

The numbers are those of the API page, section 7, which was put together in November 2026 from
TikTok's pages for sellers. TikTok changes them: a shop's own settings go before this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRule:
    """The share of orders that may be cancelled at the seller's fault, over how many days.

    `source` says where the numbers were found. `every_seller_cancellation` is set where what the
    seller cancels counts even if the buyer asked for it.
    """

    sfcr_limit_ratio: float
    sfcr_window_days: float
    source: str
    every_seller_cancellation: bool = False

    def __post_init__(self) -> None:
        """Refuse a rate or a window that cannot be."""
        if not 0 < self.sfcr_limit_ratio <= 1:
            raise ValueError("a limit is a share of the orders, above 0 and at most 1")
        if self.sfcr_window_days <= 0:
            raise ValueError("a window lasts some days")


_SOUTH_EAST_ASIA = (
    "Seller University TH and VN of June 2025 (7 calendar days, cancelled automatically "
    "included); its target is that of Tokopedia's page for ID"
)

RULES: Mapping[str, CancellationRule] = MappingProxyType(
    {
        "US": CancellationRule(
            sfcr_limit_ratio=0.025,
            sfcr_window_days=30.0,
            source="Seller University US 7953001314830094 (at most 2.5 %); window of the shop "
            "performance score, which one vendor gives as 28 days",
        ),
        "GB": CancellationRule(
            sfcr_limit_ratio=0.025,
            sfcr_window_days=30.0,
            source="Seller University UK of 2022 (below 2.5 % over 30 calendar days)",
        ),
        "ID": CancellationRule(
            sfcr_limit_ratio=0.025,
            sfcr_window_days=7.0,
            source="Tokopedia's page for sellers of November 2025 (below 2.5 %, 7 days); points "
            "from 10 %, products are deactivated from 5 %",
        ),
        "TH": CancellationRule(
            sfcr_limit_ratio=0.025,
            sfcr_window_days=7.0,
            source=_SOUTH_EAST_ASIA,
            every_seller_cancellation=True,
        ),
        **{
            market: CancellationRule(
                sfcr_limit_ratio=0.025, sfcr_window_days=7.0, source=_SOUTH_EAST_ASIA
            )
            for market in ("MY", "PH", "SG", "VN")
        },
    }
)
"""By market, as two capitals. Of MY, PH and SG no page of their own was found."""

_OTHER_NAMES = {"UK": "GB"}
"""What people write for a market, beside its code in ISO 3166."""


def rule_of(market: str | None) -> CancellationRule | None:
    """Return what is known of a market, None if that is nothing."""
    return RULES.get(_OTHER_NAMES.get(market or "", market or ""))
