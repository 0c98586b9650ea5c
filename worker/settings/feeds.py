"""The settings of partners: who they are, their warehouses, and the feeds they send.

A feed's table says in the words of `reconciliation.feed.Dialect` how its files are written, in
those of `reconciliation.position.FeedTerms` what its numbers mean, and in those of
`reconciliation.feed_coverage.Coverage` what it says of the SKUs that are not in a file.
"""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from connectors.feeds.inbox import SETTLE_S
from reconciliation.feed import DeductsAt, FeedKind
from reconciliation.feed_coverage import Coverage, FeedScope, MissingRows
from reconciliation.feed_gate import GateLimits
from reconciliation.position import FeedTerms

from .dialects import DialectSettings, default_of
from .faults import SettingFault
from .pulls import PullSettings
from .section import Section


class PartnerSettings(Section):
    """A fulfilment partner; so far its name is all there is to it."""


class WarehouseSettings(Section):
    """A partner's warehouse, and under which ids the shops know it."""

    partner: str = Field(description="the name of a partner")
    tiktok_warehouse_ids: dict[str, tuple[Annotated[str, Field(min_length=1)], ...]] = Field(
        default_factory=dict, description="the ids of this warehouse in each shop"
    )


class FeedSettings(DialectSettings):
    """What a partner has declared of one feed, in the words of `Dialect` and `FeedTerms`."""

    warehouse: str = Field(description="the code of the warehouse that the feed counts")
    kind: FeedKind = Field(description="on_hand or available: what its number means")
    deducts_at: DeductsAt = Field(
        default_of(FeedTerms, "deducts_at"), description="when the partner takes a unit off"
    )
    posting_lag_s: float = Field(
        default_of(FeedTerms, "posting_lag_s"), ge=0, description="how late its book shows that"
    )
    order_lag_s: float = Field(
        default_of(FeedTerms, "order_lag_s"),
        ge=0,
        description="how late it knows a released order",
    )
    expected_every_s: float | None = Field(
        None, gt=0, description="how often a file is to be expected"
    )

    inbox: Path | None = Field(None, description="the folder in which this feed has its own")
    file_names: str = Field(
        "*",
        min_length=1,
        pattern=r"^[^/\\]+$",
        description="which files dropped by SFTP go to this feed: a pattern such as east*.csv",
    )
    settle_s: float = Field(SETTLE_S, ge=0, description="how long a file must lie unchanged")

    scope: FeedScope = Field(
        default_of(Coverage, "scope"),
        description="full or delta: whether a file names every SKU, or those that changed",
    )
    missing_rows: MissingRows = Field(
        default_of(Coverage, "missing_rows"),
        description="keep, zero or zero_after: what becomes of a SKU that a full file leaves out",
    )
    zero_after_files: int = Field(
        default_of(Coverage, "zero_after_files"),
        description="zero_after: how many files in a row leave a SKU out before it is at 0",
    )
    clock_tolerance_s: float | None = Field(
        None, ge=0, le=900, description="how far its clock may be off; none: as all clocks'"
    )
    kept_days: float = Field(
        90.0, gt=0, le=3650, description="how long its files and receipts are kept"
    )
    pull: PullSettings = Field(
        PullSettings(), description="from where its files are fetched, if they are"
    )
    gate: GateLimits = Field(GateLimits(), description="from where on a file waits for a person")

    @model_validator(mode="after")
    def _deltas_dated(self) -> Self:
        if self.scope is FeedScope.DELTA and self.as_of_lag_s is not None:
            raise SettingFault(
                "a delta cannot be dated by its arrival: 3 units again, after 5, have the same "
                "content as the first 3, and would pass for the old file sent twice",
                "have the partner date rows (as_of_column) or names (as_of_file_name)",
            )
        return self
