"""The settings of partners: who they are, their warehouses, and the feeds they send.

A feed's table says in the words of `reconciliation.feed.Dialect` how its files are written, and in
those of `reconciliation.position.FeedTerms` what its numbers mean.
"""

from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from connectors.feeds.inbox import SETTLE_S
from reconciliation.feed import DeductsAt, Dialect, Encoding, FeedKind
from reconciliation.feed_gate import GateLimits
from reconciliation.position import FeedTerms

from .faults import SettingFault
from .section import Section


def _default(dataclass_type: type, name: str) -> Any:  # noqa: ANN401 - as the field is declared
    """Return the default that a value of ours has, so that it is written once."""
    return next(each.default for each in fields(dataclass_type) if each.name == name)


class PartnerSettings(Section):
    """A fulfilment partner; so far its name is all there is to it."""


class WarehouseSettings(Section):
    """A partner's warehouse, and under which ids the shops know it."""

    partner: str = Field(description="the name of a partner")
    tiktok_warehouse_ids: dict[str, tuple[Annotated[str, Field(min_length=1)], ...]] = Field(
        default_factory=dict, description="the ids of this warehouse in each shop"
    )


class FeedSettings(Section):
    """What a partner has declared of one feed, in the words of `Dialect` and `FeedTerms`."""

    warehouse: str = Field(description="the code of the warehouse that the feed counts")
    kind: FeedKind = Field(description="on_hand or available: what its number means")
    deducts_at: DeductsAt = Field(
        _default(FeedTerms, "deducts_at"), description="when the partner takes a unit off"
    )
    posting_lag_s: float = Field(
        _default(FeedTerms, "posting_lag_s"), ge=0, description="how late its book shows that"
    )
    order_lag_s: float = Field(
        _default(FeedTerms, "order_lag_s"), ge=0, description="how late it knows a released order"
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

    sku_column: str = Field(description="the header of the column with the SKU")
    quantity_column: str = Field(description="the header of the column with the units")
    as_of_column: str | None = Field(None, description="the header of the column with the moment")
    as_of_file_name: str | None = Field(
        None, description="a pattern for the file's name, with a group (?P<as_of>...)"
    )
    as_of_time_format: str | None = Field(
        None, description="how the file's name writes the moment, such as %Y%m%d%H%M"
    )
    as_of_zone: ZoneInfo | None = Field(
        None, description="the zone of moments written without one, such as Europe/Berlin"
    )
    as_of_lag_s: float | None = Field(
        None, ge=0, description="how old a file may be on arrival, if nothing in it tells"
    )
    delimiter: str = Field(_default(Dialect, "delimiter"), description="what parts the columns")
    quote: str = Field(_default(Dialect, "quote"), description="what a cell is quoted with")
    encoding: Encoding = Field(
        _default(Dialect, "encoding"), description="how letters become bytes"
    )
    bytes_max: int = Field(_default(Dialect, "bytes_max"), description="the largest file taken")
    line_letters_max: int = Field(
        _default(Dialect, "line_letters_max"), description="the longest line taken"
    )
    rows_max: int = Field(_default(Dialect, "rows_max"), description="the most rows taken")
    gate: GateLimits = Field(GateLimits(), description="from where on a file waits for a person")

    @model_validator(mode="after")
    def _dated_one_way(self) -> Self:
        ways = {
            "as_of_column": self.as_of_column,
            "as_of_file_name": self.as_of_file_name,
            "as_of_lag_s": self.as_of_lag_s,
        }
        given = [name for name, value in ways.items() if value is not None]
        if len(given) != 1:
            told = " and ".join(given) if given else "none of them"
            raise SettingFault(
                f"a feed's moment is told in one way of {', '.join(ways)}; here is {told}",
                "write one of the three (as_of_lag_s: how old a file may be on arrival)",
            )
        if (self.as_of_file_name is None) != (self.as_of_time_format is None):
            raise SettingFault(
                "as_of_file_name and as_of_time_format only work together",
                "write both, such as '(?P<as_of>[0-9]{12})' and '%Y%m%d%H%M'",
            )
        return self
