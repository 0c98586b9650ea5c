"""What can be wrong with a feed, each with the words that tell the partner how to mend it.

A row fault refuses one row and names it; the rest of the file counts. A file fault refuses the
file, because nothing in it can be trusted: the snapshot before it stays in force.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class RowCause(StrEnum):
    """Why a row is refused."""

    TOO_FEW_COLUMNS = "too_few_columns"
    TOO_MANY_COLUMNS = "too_many_columns"
    MISQUOTED = "misquoted"
    CONTROL_CHARACTER = "control_character"
    SKU_UNREADABLE = "sku_unreadable"
    SKU_DAMAGED = "sku_damaged"
    SKU_TOO_LONG = "sku_too_long"
    SKU_REPEATED = "sku_repeated"
    QUANTITY_BLANK = "quantity_blank"
    QUANTITY_NEGATIVE = "quantity_negative"
    QUANTITY_FRACTIONAL = "quantity_fractional"
    QUANTITY_TOO_LARGE = "quantity_too_large"
    QUANTITY_UNREADABLE = "quantity_unreadable"
    WAREHOUSE_BLANK = "warehouse_blank"
    WAREHOUSE_UNREADABLE = "warehouse_unreadable"
    KEY_REPEATED = "key_repeated"
    JSON_UNREADABLE = "json_unreadable"
    AS_OF_UNREADABLE = "as_of_unreadable"
    AS_OF_WITHOUT_ZONE = "as_of_without_zone"
    AS_OF_IN_FUTURE = "as_of_in_future"


ROW_REMEDIES: Mapping[RowCause, str] = MappingProxyType(
    {
        RowCause.TOO_FEW_COLUMNS: "give the row as many columns as the header has",
        RowCause.TOO_MANY_COLUMNS: "quote a cell that holds the delimiter",
        RowCause.MISQUOTED: "double a quote inside a quoted cell; nothing may follow its end",
        RowCause.CONTROL_CHARACTER: "remove NUL, tab and other control characters",
        RowCause.SKU_UNREADABLE: "write the SKU as text, without invisible characters",
        RowCause.SKU_DAMAGED: "a letter was lost on the way (U+FFFD): mend the export's encoding",
        RowCause.SKU_TOO_LONG: "write the SKU itself, not a description",
        RowCause.SKU_REPEATED: "state each SKU once; its rows differ, so none is believed",
        RowCause.QUANTITY_BLANK: "write 0 for none",
        RowCause.QUANTITY_NEGATIVE: "write 0 where nothing is left",
        RowCause.QUANTITY_FRACTIONAL: "write whole units, without thousands or decimal marks",
        RowCause.QUANTITY_TOO_LARGE: "write at most seven digits",
        RowCause.QUANTITY_UNREADABLE: "write the digits 0 to 9 and nothing else",
        RowCause.WAREHOUSE_BLANK: "write the code of the warehouse that the row counts",
        RowCause.WAREHOUSE_UNREADABLE: "write the warehouse's code as text",
        RowCause.KEY_REPEATED: "give an object each key once",
        RowCause.JSON_UNREADABLE: "write each row as one JSON object",
        RowCause.AS_OF_UNREADABLE: "write the time as 2026-01-31T23:59:59Z",
        RowCause.AS_OF_WITHOUT_ZONE: "end the time with Z or an offset such as +01:00",
        RowCause.AS_OF_IN_FUTURE: "set the clock of the exporting system, or the zone it writes",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """One thing wrong with one row.

    `row` is the physical line in the file, the header's included, as an editor counts them: the
    row of a sheet, or the position of an object in its array, from 1. `column` is the header's
    name for the cell, or empty where the fault is the row's. `text` is the cell, `line` the line
    as it came, and `sku` the row's, empty where it cannot be read.
    """

    row: int
    column: str = ""
    cause: RowCause
    text: str = ""
    line: str
    sku: str = ""

    @property
    def remedy(self) -> str:
        """What the partner should do."""
        return ROW_REMEDIES[self.cause]


class FileCause(StrEnum):
    """Why a whole file is refused."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    LINE_TOO_LONG = "line_too_long"
    UNDECODABLE = "undecodable"
    QUOTE_LEFT_OPEN = "quote_left_open"
    HEADER_UNREADABLE = "header_unreadable"
    HEADER_MISSING = "header_missing"
    COLUMN_MISSING = "column_missing"
    COLUMN_REPEATED = "column_repeated"
    COLUMN_AMBIGUOUS = "column_ambiguous"
    ROW_AS_HEADING = "row_as_heading"
    PACKING_UNREADABLE = "packing_unreadable"
    PACKING_TOO_DENSE = "packing_too_dense"
    MORE_THAN_ONE_MEMBER = "more_than_one_member"
    WORKBOOK_UNREADABLE = "workbook_unreadable"
    SHEET_MISSING = "sheet_missing"
    SHEET_HIDDEN = "sheet_hidden"
    TOO_MANY_CELLS = "too_many_cells"
    JSON_UNREADABLE = "json_unreadable"
    JSON_TOO_DEEP = "json_too_deep"
    ROWS_NOT_FOUND = "rows_not_found"
    AS_OF_NOT_IN_NAME = "as_of_not_in_name"
    AS_OF_IN_FUTURE = "as_of_in_future"


class FileFault(ValueError):
    """The file is refused whole: `cause` for machines, `detail` and `remedy` for people."""

    def __init__(self, cause: FileCause, *, detail: str, remedy: str) -> None:
        """Keep the parts, and join them for people."""
        super().__init__(f"{detail}; {remedy}")
        self.cause = cause
        self.detail = detail
        self.remedy = remedy
