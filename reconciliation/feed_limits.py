"""From where on a file waits for a person: declared per feed, never built in."""

from dataclasses import dataclass, replace
from enum import StrEnum


class HeaderRule(StrEnum):
    """What becomes of a file whose columns are not those of the last one."""

    NOTE = "note"
    """It counts, and the change is told: columns are found by their names, wherever they stand."""
    HOLD = "hold"
    """It waits for a person: right where columns are found by their places."""
    BY_COLUMNS = "by_columns"
    """As the feed tells its columns: hold by their places, note by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLimits:
    """From where on a file is held for a person. Shares are between 0 and 1.

    Each share has a count beside it, below which a share says nothing: one bad row of ten is
    no sign of a broken export. `units_moved_share_max` alone may be more than 1: goods for several
    months may come in one day.
    """

    bad_share_max: float = 0.01
    """Held above this share of refused rows..."""
    bad_rows_min: int = 5
    """...if there are at least so many of them."""
    kept_share_min: float = 0.70
    """Held below this share of the last file's number of rows."""
    zeroed_share_max: float = 0.20
    """Held above this share going to 0, of the rows that had units..."""
    zeroed_of_rows_min: int = 10
    """...if at least so many had any."""
    moved_share_max: float = 0.50
    """Held above this share of SKUs with other units than in the last file..."""
    units_moved_share_max: float = 1.0
    """...or if more units came and went together than this share of all that there were..."""
    moved_of_rows_min: int = 50
    """...if at least so many SKUs are in both files."""
    columns_moved: HeaderRule = HeaderRule.BY_COLUMNS
    """What becomes of a file with other columns than the last, or in another order."""

    def __post_init__(self) -> None:
        """Refuse what is no share and no count, all at once."""
        shares = ("bad_share_max", "kept_share_min", "zeroed_share_max", "moved_share_max")
        faults = [f"{name} must be from 0 to 1" for name in shares if not 0 <= self._of(name) <= 1]
        if not 0 <= self.units_moved_share_max < float("inf"):
            faults.append("units_moved_share_max must be 0 or more")
        counts = ("bad_rows_min", "zeroed_of_rows_min", "moved_of_rows_min")
        faults += [f"{name} must be at least 1" for name in counts if self._of(name) < 1]
        if faults:
            raise ValueError("; ".join(faults))

    def for_columns(self, *, by_place: bool) -> "GateLimits":
        """Return the limits of a feed whose columns are told by their places, or by their names.

        A column that has moved is read as another one there: units as weights, without a fault.
        """
        if self.columns_moved is not HeaderRule.BY_COLUMNS:
            return self
        return replace(self, columns_moved=HeaderRule.HOLD if by_place else HeaderRule.NOTE)

    def _of(self, name: str) -> float:
        return float(getattr(self, name))
