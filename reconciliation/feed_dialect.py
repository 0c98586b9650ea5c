"""How one partner writes its files, declared once and never guessed."""

from dataclasses import dataclass, field
from enum import StrEnum

from .feed_time import AsOfArrival, AsOfColumn, AsOfSource
from .quantities import SkuCase


BYTES_MAX = 64 * 1024 * 1024
"""A million rows of 30 bytes, twice over."""
LINE_LETTERS_MAX = 65_536
"""Far above any stock row; half of what the csv module takes as one field."""
CSV_FIELD_LETTERS_MAX = 131_072
"""Where the csv module itself gives up."""
ROWS_MAX = 1_000_000
"""Ten times the largest catalog we have heard of."""


class FeedKind(StrEnum):
    """What a feed's number means."""

    ON_HAND = "on_hand"
    """Units on the shelf, those already ordered included."""
    AVAILABLE = "available"
    """Units on the shelf less the orders that the partner knew of."""


class DeductsAt(StrEnum):
    """The event at which a partner takes a unit off its number."""

    PACK = "pack"
    SHIP_CONFIRM = "ship_confirm"
    CARRIER_SCAN = "carrier_scan"


class Encoding(StrEnum):
    """How letters become bytes. A closed list: Python knows codecs that are no encodings."""

    UTF_8 = "utf-8-sig"
    """With or without a byte order mark."""
    UTF_16 = "utf-16"
    WINDOWS_1252 = "cp1252"
    LATIN_1 = "iso-8859-1"
    LATIN_9 = "iso-8859-15"
    SHIFT_JIS = "cp932"
    CHINESE = "gb18030"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The form of a feed. A file that departs from it is refused, never understood anyhow.

    The first line is the header; columns are found by their names there, exactly as written.
    A cell never spans lines: an open quote could otherwise swallow rows without a trace.
    """

    sku_column: str
    quantity_column: str
    as_of: AsOfSource = field(default_factory=AsOfArrival)
    delimiter: str = ","
    quote: str = '"'
    encoding: Encoding = Encoding.UTF_8
    sku_case: SkuCase = SkuCase.KEEP
    bytes_max: int = BYTES_MAX
    line_letters_max: int = LINE_LETTERS_MAX
    rows_max: int = ROWS_MAX
    clock_tolerance_s: float = 2.0
    """An as-of may be this far ahead of the arrival (compare the policy's assumption)."""

    def __post_init__(self) -> None:
        """Refuse contradictions, all at once."""
        faults = (*_column_faults(self), *_letter_faults(self), *_cap_faults(self))
        if faults:
            raise ValueError("; ".join(faults))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names that the header must have."""
        stated = (self.as_of.name,) if isinstance(self.as_of, AsOfColumn) else ()
        return (self.sku_column, self.quantity_column, *stated)


def _column_faults(dialect: Dialect) -> list[str]:
    faults = []
    if any(not name or name != name.strip() for name in dialect.columns):
        faults.append("a column needs a name, without spaces around it")
    if len(set(dialect.columns)) < len(dialect.columns):
        faults.append(f"one column cannot be two things: {', '.join(dialect.columns)}")
    return faults


def _letter_faults(dialect: Dialect) -> list[str]:
    faults = []
    for name, letter in (("delimiter", dialect.delimiter), ("quote", dialect.quote)):
        if len(letter) != 1 or letter in "\r\n\0 " or letter.isalnum():
            faults.append(f"the {name} must be one sign, not {letter!r}")
    if dialect.delimiter == dialect.quote:
        faults.append("the delimiter and the quote must differ")
    return faults


def _cap_faults(dialect: Dialect) -> list[str]:
    faults = []
    if min(dialect.bytes_max, dialect.line_letters_max, dialect.rows_max) < 1:
        faults.append("bytes_max, line_letters_max and rows_max must be at least 1")
    if dialect.line_letters_max > CSV_FIELD_LETTERS_MAX:
        faults.append(f"line_letters_max must not exceed {CSV_FIELD_LETTERS_MAX}")
    if not 0 <= dialect.clock_tolerance_s < float("inf"):
        faults.append("clock_tolerance_s must be 0 or more")
    return faults
