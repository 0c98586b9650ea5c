"""The last accepted file of a feed, kept as the new one is: as columns if that is large."""

from collections.abc import Sequence

from sqlalchemy import Connection

from connectors.store import intake
from reconciliation.feed import FeedRow, StatedRows
from reconciliation.feed_gate import LastStated


def last_stated(connection: Connection, feed: str, rows: Sequence[FeedRow]) -> LastStated | None:
    """Return what accepted rows are to be judged against; None for the first file of a feed."""
    if not isinstance(rows, StatedRows):
        return intake.last_accepted(connection, feed)
    last = intake.last_delivery(connection, feed)
    if last is None:
        return None
    from connectors.feeds.stated_columns import (  # noqa: PLC0415 - polars is loaded where it is used
        LastColumns,
        columns_of_lines,
    )

    lines = intake.stated_lines(connection, last.delivery_id)
    return LastColumns(sha256=last.sha256, header=last.header, stated=columns_of_lines(lines))
