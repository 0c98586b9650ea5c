"""The formats that a feed's files may have, and which settings speak of which."""

from collections.abc import Collection
from enum import StrEnum


class FileFormat(StrEnum):
    """What a feed's files are."""

    TEXT = "text"
    XLSX = "xlsx"
    NDJSON = "ndjson"
    JSON = "json"


_SPEAK_OF = {
    "sheet": {FileFormat.XLSX},
    "sku_digits": {FileFormat.XLSX, FileFormat.NDJSON, FileFormat.JSON},
    "rows_at": {FileFormat.JSON},
    "delimiter": {FileFormat.TEXT},
    "quote": {FileFormat.TEXT},
    "line_letters_max": {FileFormat.TEXT},
    "encoding": {FileFormat.TEXT, FileFormat.NDJSON, FileFormat.JSON},
    "skip_lines": {FileFormat.TEXT, FileFormat.XLSX},
    "header_lines": {FileFormat.TEXT, FileFormat.XLSX},
}


def foreign_settings(changed: Collection[str], file_format: FileFormat) -> list[str]:
    """Return which of the settings say nothing of files in this format."""
    everywhere = set(FileFormat)
    return sorted(name for name in changed if file_format not in _SPEAK_OF.get(name, everywhere))
