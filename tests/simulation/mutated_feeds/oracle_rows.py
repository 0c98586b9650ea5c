"""What the rows of a file state together, told a second time from the specification."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from .oracle_cells import Unsaid, moment_of, sku_of, stamp_of, units_of


Stated: TypeAlias = dict[int, tuple[str, int, float]]
"""What each accepted row says: the line, and its SKU, units and as-of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """One row's cells: those that are read, each a text or None where it is no text.

    `as_of` and `code` are None as well where the dialect declares no such column. `beside` is
    anything that tells apart rows which are equal but for it.
    """

    row: int
    sku: str | None
    units: str | None
    as_of: str | None = None
    code: str | None = None
    beside: object = ()


@dataclass(frozen=True, slots=True)
class Told:
    """The dialect beside one file's name and arrival."""

    dialect: Any
    file_name: str
    arrived_at: float

    @property
    def latest(self) -> float:
        """No as-of may be later."""
        return float(self.arrived_at + self.dialect.clock_tolerance_s)

    def file_as_of(self) -> float:
        """The moment of all rows, unless each has its own. Raises `Unsaid`."""
        source = self.dialect.as_of
        if hasattr(source, "lag_s"):
            return float(self.arrived_at - source.lag_s)
        if not hasattr(source, "pattern"):
            return self.arrived_at
        return not_after(stamp_of(self.file_name, source.zone), self.latest)


def not_after(moment: float, latest: float) -> float:
    """The moment, unless it has not come yet. Raises `Unsaid`."""
    if moment > latest:
        raise Unsaid("in the future")
    return moment


def state(rows: Sequence[Cells], told: Told) -> Stated:
    """Which rows may be believed, and what they say. Raises `Unsaid`."""
    file_as_of = told.file_as_of()
    groups: dict[str, list[tuple[Cells, tuple[str, int, float] | None]]] = {}
    for cells in rows:
        if _is_elsewhere(cells, told):
            continue
        try:
            sku = sku_in(cells, told)
        except Unsaid:
            continue
        try:
            said = (sku, units_in(cells, told), _as_of_in(cells, told, file_as_of))
            _require_whose(cells, told)
        except Unsaid:
            groups.setdefault(sku, []).append((cells, None))
        else:
            groups.setdefault(sku, []).append((cells, said))
    return dict(_agreed(groups))


def _agreed(
    groups: Mapping[str, Sequence[tuple[Cells, tuple[str, int, float] | None]]],
) -> list[tuple[int, tuple[str, int, float]]]:
    """The first of each SKU's rows, where all of them say the same."""
    agreed = []
    for group in groups.values():
        first, said = group[0]
        alike = all(each == said and cells.beside == first.beside for cells, each in group)
        if said is not None and alike:
            agreed.append((first.row, said))
    return agreed


def sku_in(cells: Cells, told: Told) -> str:
    """The SKU of a row. Raises `Unsaid`."""
    if cells.sku is None:
        raise Unsaid("no text")
    return sku_of(cells.sku, upper=told.dialect.sku_case.value == "upper")


def units_in(cells: Cells, told: Told) -> int:
    """The units of a row. Raises `Unsaid`."""
    if cells.units is None:
        raise Unsaid("no text")
    return units_of(cells.units, told.dialect.quantity)


def _as_of_in(cells: Cells, told: Told, file_as_of: float) -> float:
    source = told.dialect.as_of
    if not hasattr(source, "name"):
        return file_as_of
    if cells.as_of is None:
        raise Unsaid("no text")
    return not_after(moment_of(cells.as_of, source.zone), told.latest)


def _is_elsewhere(cells: Cells, told: Told) -> bool:
    try:
        code = _whose(cells, told)
    except Unsaid:
        return False
    return code is not None and code not in told.dialect.warehouse.codes


def _require_whose(cells: Cells, told: Told) -> None:
    _whose(cells, told)


def _whose(cells: Cells, told: Told) -> str | None:
    if told.dialect.warehouse is None:
        return None
    if cells.code is None or "\ufffd" in cells.code or not cells.code.strip(" "):
        raise Unsaid("nobody's row")
    return cells.code.strip(" ")
