"""The last accepted file of a feed, kept as the new one is: as columns if that is large."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from connectors.store import intake, stated_files
from reconciliation.feed import FeedRow, StatedRows
from reconciliation.feed_gate import LastStated


if TYPE_CHECKING:
    from connectors.feeds.stated_columns import StatedColumns


def last_stated(connection: Connection, feed: str, rows: Sequence[FeedRow]) -> LastStated | None:
    """Return what accepted rows are to be judged against; None for the first file of a feed."""
    if not isinstance(rows, StatedRows):
        return intake.last_accepted(connection, feed)
    last = intake.last_delivery(connection, feed)
    if last is None:
        return None
    from connectors.feeds.stated_columns import (  # noqa: PLC0415 - polars is loaded where it is used
        LastColumns,
    )

    stated = stated_columns(connection, last.delivery_id)
    return LastColumns(sha256=last.sha256, header=last.header, stated=stated)


def stated_columns(connection: Connection, delivery_id: int) -> "StatedColumns":
    """Return what a delivery states as columns, however it is stored."""
    from connectors.feeds.stated_columns import (  # noqa: PLC0415 - polars is loaded where it is used
        columns_of_frame,
        columns_of_lines,
    )

    frame = stated_files.load(connection, delivery_id)
    if frame is not None:
        return columns_of_frame(frame)
    return columns_of_lines(intake.stated_lines(connection, delivery_id))
