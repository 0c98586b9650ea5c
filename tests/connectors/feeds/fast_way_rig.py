"""A file read both ways: fast, and with care."""

from connectors.feeds.fast_way import read_fast
from reconciliation.feed import AsOfFileName, Dialect, FileFault, ParsedFeed, parse
from reconciliation.quantities import Instant


NOON = Instant(1_795_521_600.0)  # 2026-11-24T12:00:00Z
NAME = "stock-20261124.csv"

BY_NAME = AsOfFileName(pattern=r"(?P<as_of>[0-9]{8})", time_format="%Y%m%d")

PLAIN = Dialect(sku_column="sku", quantity_column="qty")


def careful(content: bytes, dialect: Dialect, name: str = NAME) -> ParsedFeed | str:
    """Return what the careful way says, a fault of the file as its words."""
    try:
        return parse(content, dialect, file_name=name, arrived_at=NOON)
    except FileFault as fault:
        return str(fault)


def fast(content: bytes, dialect: Dialect, name: str = NAME) -> ParsedFeed | None:
    """Return what the fast way says, None where it leaves the file to the other."""
    return read_fast(content, dialect, file_name=name, arrived_at=NOON)
