"""The settings that say how a feed's files are written, in the words of `Dialect`."""

from dataclasses import MISSING, fields
from typing import Annotated, Any, Self, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator, model_validator

from reconciliation.feed import Column, Compression, Dialect, Encoding, Negative, TextForm
from reconciliation.feed_dialect import SKU_DIGITS_MAX

from .faults import SettingFault
from .formats import FileFormat, foreign_settings
from .section import Section


def default_of(dataclass_type: type, name: str) -> Any:  # noqa: ANN401 - as the field is declared
    """Return the default that a value of ours has, so that it is written once."""
    default = next(each.default for each in fields(dataclass_type) if each.name == name)
    if default is MISSING:
        raise LookupError(f"{dataclass_type.__name__}.{name} has no default")
    return default


def _column(value: object) -> Column:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    names = tuple(value) if isinstance(value, list | tuple) else ()
    if names and all(isinstance(name, str) for name in names):
        return names
    raise SettingFault(
        "a column is told by its name, by a list of names, or by its position",
        'write "sku", ["sku", "item"] or 1',
    )


ColumnSetting: TypeAlias = Annotated[str | int | tuple[str, ...], PlainValidator(_column)]
"""A column as TOML has it: a union would have each of its faults reported three times."""


class DialectSettings(Section):
    """How a feed's files are written."""

    format: FileFormat = Field(
        FileFormat.TEXT,
        description="text (CSV and the like), xlsx, ndjson (an object on each line) or json "
        "(objects in an array)",
    )
    compression: Compression = Field(
        default_of(Dialect, "compression"), description="none or gzip: how the file is packed"
    )
    sheet: str = Field("", description="xlsx: the sheet's name; empty for the first to be seen")
    rows_at: str = Field(
        "", description="json: the keys to the array, such as data.items; empty for the whole file"
    )
    skip_lines: int = Field(
        default_of(Dialect, "skip_lines"), description="how many lines stand above the header"
    )
    header_lines: int = Field(
        default_of(Dialect, "header_lines"),
        description="how many lines the header has, of which the first names the columns; 0 for "
        "none, with columns told by position",
    )

    sku_column: ColumnSetting = Field(
        description="the column with the SKU: its name, a list of names, or its position from 1"
    )
    quantity_column: ColumnSetting = Field(
        description="the column with the units, told likewise; where each warehouse has a column "
        "of its own, the one of this feed's"
    )
    sku_digits: int = Field(
        default_of(Dialect, "sku_digits"),
        ge=0,
        le=SKU_DIGITS_MAX,
        description="xlsx and json: how many digits a SKU has at least that is kept as a number, "
        "which has lost the zeros before it",
    )
    warehouse_column: ColumnSetting | None = Field(
        None,
        description="the column that says whose a row is, where a file has several warehouses",
    )
    warehouse_codes: tuple[str, ...] = Field(
        (), description="what stands there in the rows of this feed's warehouse"
    )
    other_warehouse_codes: tuple[str, ...] = Field(
        (), description="what may stand there besides; any other code is reported as unknown"
    )

    as_of_column: ColumnSetting | None = Field(
        None, description="the column with the moment, told likewise"
    )
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

    thousands_mark: str = Field(
        "", description="what parts thousands in a quantity; empty where nothing may"
    )
    decimal_mark: str = Field(
        "", description="what may precede zeros in a quantity, as in 12.0; empty where nothing may"
    )
    quantity_words: dict[str, int] = Field(
        default_factory=dict,
        description="words in place of a quantity, in any letter case, and the units that each "
        'stands for; "" is an empty cell',
    )
    negative: Negative = Field(
        Negative.FAULT, description="fault or zero: what a quantity below 0 means"
    )

    delimiter: str = Field(
        default_of(TextForm, "delimiter"), description="text: what parts the columns"
    )
    quote: str = Field(
        default_of(TextForm, "quote"), description="text: what a cell is quoted with"
    )
    encoding: Encoding = Field(
        default_of(TextForm, "encoding"), description="how letters become bytes"
    )
    bytes_max: int = Field(
        default_of(Dialect, "bytes_max"), description="the largest file taken, packed or unpacked"
    )
    line_letters_max: int = Field(
        default_of(TextForm, "line_letters_max"), description="text: the longest line taken"
    )
    rows_max: int = Field(default_of(Dialect, "rows_max"), description="the most rows taken")

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

    @model_validator(mode="after")
    def _whose_by_codes(self) -> Self:
        codes = self.warehouse_codes or self.other_warehouse_codes
        if self.warehouse_column is None and codes:
            raise SettingFault(
                "warehouse codes say nothing without the column that they stand in",
                "add warehouse_column, or take the codes out",
            )
        if self.warehouse_column is not None and not self.warehouse_codes:
            raise SettingFault(
                "warehouse_column says whose a row is, and nothing says which rows are ours",
                'add warehouse_codes = ["..."], as the partner writes them',
            )
        return self

    @model_validator(mode="after")
    def _of_its_format(self) -> Self:
        changed = {
            name
            for name in self.model_fields_set
            if getattr(self, name) != type(self).model_fields[name].get_default()
        }
        if foreign := foreign_settings(changed, self.format):
            raise SettingFault(
                f"{foreign[0]} says nothing of a file whose format is {self.format.value}",
                f"take {foreign[0]} out, or change format",
            )
        return self
