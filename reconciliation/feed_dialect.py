"""How one partner writes its files, declared once and never guessed."""

from dataclasses import dataclass, field
from enum import StrEnum

from .feed_columns import Column, all_told, column_faults, names_of
from .feed_forms import Compression, FileForm, JsonForm, TextForm
from .feed_quantity import QuantityRule
from .feed_time import AsOfArrival, AsOfColumn, AsOfSource
from .quantities import SkuCase


BYTES_MAX = 64 * 1024 * 1024
"""A million rows of 30 bytes, twice over."""
ROWS_MAX = 1_000_000
"""Ten times the largest catalog we have heard of."""
HEADING_LINES_MAX = 100
"""The longest preamble that anybody would call one."""


SKU_DIGITS_MAX = 15
"""A spreadsheet keeps no longer number exactly."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseColumn:
    """The column that says whose a row is, in a file of several warehouses.

    `codes` are those of the feed's own warehouse, as the partner writes them; `others` are those
    known to be of others. Any other code is counted too, and reported as unknown.
    """

    column: Column
    codes: tuple[str, ...]
    others: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a feed without a code, and a code of two warehouses."""
        codes = (*self.codes, *self.others)
        if not self.codes or any(not code or code != code.strip(" ") for code in codes):
            raise ValueError("a warehouse column needs codes, without spaces around them")
        if len(set(codes)) < len(codes):
            raise ValueError(f"each warehouse code stands once, not in {', '.join(codes)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The form of a feed. A file that departs from it is refused, never understood anyhow.

    The first `skip_lines` lines are passed over, as an editor counts them. The next that is not
    blank is the header, the first of `header_lines`; with none of those the file begins with its
    rows, and every column is told by position.
    """

    sku_column: Column
    quantity_column: Column
    as_of: AsOfSource = field(default_factory=AsOfArrival)
    warehouse: WarehouseColumn | None = None
    form: FileForm = field(default_factory=TextForm)
    compression: Compression = Compression.NONE
    skip_lines: int = 0
    header_lines: int = 1
    quantity: QuantityRule = field(default_factory=QuantityRule)
    sku_case: SkuCase = SkuCase.KEEP
    sku_digits: int = 0
    """A SKU that the file keeps as a number has so many digits at least: 7 is 0007 with 4."""
    bytes_max: int = BYTES_MAX
    """For the file as it comes, and again for what it unpacks to."""
    rows_max: int = ROWS_MAX
    clock_tolerance_s: float = 2.0
    """An as-of may be this far ahead of the arrival (compare the policy's assumption)."""

    def __post_init__(self) -> None:
        """Refuse contradictions, all at once."""
        faults = [*column_faults(self.columns), *_heading_faults(self), *_cap_faults(self)]
        if faults:
            raise ValueError("; ".join(faults))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are read, each of which the file must have."""
        stated = (self.as_of.name,) if isinstance(self.as_of, AsOfColumn) else ()
        whose = (self.warehouse.column,) if self.warehouse else ()
        return (self.sku_column, self.quantity_column, *stated, *whose)

    @property
    def names_columns(self) -> bool:
        """Tell whether a name of a column proves which line is the header."""
        return any(names_of(column) for column in self.columns)

    @property
    def remedy(self) -> str:
        """What to do about a file without these columns."""
        columns = all_told(self.columns)
        if isinstance(self.form, JsonForm):
            return f"give the objects the keys {columns}, or declare other names in the dialect"
        parted = f", parted by {self.form.delimiter!r}," if isinstance(self.form, TextForm) else ""
        return (
            f"begin the file with a header that has the columns {columns}{parted} "
            "or declare other names in the dialect"
        )


def _heading_faults(dialect: Dialect) -> list[str]:
    faults = []
    if not 0 <= dialect.skip_lines <= HEADING_LINES_MAX:
        faults.append(f"skip_lines must be from 0 to {HEADING_LINES_MAX}")
    if not 0 <= dialect.header_lines <= HEADING_LINES_MAX:
        faults.append(f"header_lines must be from 0 to {HEADING_LINES_MAX}")
    named = [column for column in dialect.columns if names_of(column)]
    if named and not dialect.header_lines:
        faults.append(f"without a header, {all_told(named)} must be told by position")
    if isinstance(dialect.form, JsonForm):
        if len(named) < len(dialect.columns):
            faults.append("JSON has no positions: tell each column by its key")
        if (dialect.skip_lines, dialect.header_lines) != (0, 1):
            faults.append("JSON has no header: leave out skip_lines and header_lines")
    return faults


def _cap_faults(dialect: Dialect) -> list[str]:
    faults = []
    if min(dialect.bytes_max, dialect.rows_max) < 1:
        faults.append("bytes_max and rows_max must be at least 1")
    if not 0 <= dialect.sku_digits <= SKU_DIGITS_MAX:
        faults.append(f"sku_digits must be from 0 to {SKU_DIGITS_MAX}")
    if dialect.sku_digits and isinstance(dialect.form, TextForm):
        faults.append("text keeps every SKU as it is written: sku_digits says nothing of it")
    if not 0 <= dialect.clock_tolerance_s < float("inf"):
        faults.append("clock_tolerance_s must be 0 or more")
    return faults
