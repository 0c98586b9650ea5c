"""Reads a text file of a partner, fast where it is large, with the same result."""

from reconciliation.feed import Dialect, ParsedFeed, parse
from reconciliation.quantities import Instant


FAST_FROM_BYTES = 256 * 1024
"""Some eight thousand rows: a smaller file is read before polars would be loaded."""


def read_feed(
    content: bytes, dialect: Dialect, *, file_name: str, arrived_at: Instant
) -> ParsedFeed:
    """Return what a file says. Raises `FileFault` where nothing in it can be trusted."""
    parsed = None
    if len(content) >= FAST_FROM_BYTES:
        from .fast_way import read_fast  # noqa: PLC0415 - polars is loaded where it is used

        parsed = read_fast(content, dialect, file_name=file_name, arrived_at=arrived_at)
    if parsed is not None:
        return parsed
    return parse(content, dialect, file_name=file_name, arrived_at=arrived_at)
