"""Which line of a new partner's file is its header, and which columns are what."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from .feed_columns import listed
from .feed_faults import FileCause, FileFault
from .feed_lines import CellKind, Line
from .feed_quantity import QuantityRule, read_units
from .feed_suggested_moments import as_of_choices
from .feed_suggested_names import COUNTS, Meaning, places_meaning
from .feed_suggested_quantities import rule_choices, rule_of, share_read
from .feed_suggestion import Choice, Grid, SettingValue, Suggestion, Sureness


HEADER_SOUGHT_LINES = 30
"""How far down a header is looked for."""
CELLS_LOOKED_AT = 2_000
"""How many different cells of a column are weighed."""
NAMED_SHARE_MIN = 0.5
"""Which share of cells must fit a column that is named like one."""
UNNAMED_SHARE_MIN = 0.9
"""And which share where nothing but the cells speaks for it."""
CODES_MAX = 50
"""A column with more values than this is no column of warehouses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """The header, blank names where there is none, and the rows below that are as long."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    choices: tuple[Choice, ...] = ()
    has_header: bool = True

    def cells(self, at: int) -> tuple[str, ...]:
        """Return the different cells of a column, as many as are weighed."""
        different = dict.fromkeys(row[at] for row in self.rows)
        return tuple(islice(different, CELLS_LOOKED_AT))

    def column(self, at: int) -> SettingValue:
        """Return how a column is told: by its name, where it has one of its own."""
        name = self.names[at]
        return name if self.has_header and name and self.names.count(name) == 1 else at + 1


def has_known_columns(grid: Grid) -> bool:
    """Tell whether SKU and quantity are known by name: such a reading fits best."""
    return _header_at(grid) is not None


def suggest_from(grid: Grid, *, file_name: str) -> Suggestion:
    """Return a proposal for a file that was cut into cells. Raises `FileFault` for no feed."""
    layout = _headed(grid) or _unheaded(grid)
    quantity = _quantity_at(layout)
    sku = _sku_at(layout, quantity) if quantity is not None else None
    if quantity is None or sku is None:
        raise _no_feed(layout)
    choices = [
        *grid.choices,
        *layout.choices,
        _column_choice(layout, sku, _SKU, _named_skus(layout, quantity)),
        _column_choice(layout, quantity, _QUANTITY, _counts(layout)),
        _kind_choice(layout, quantity),
        *rule_choices(layout.cells(quantity)),
        *_warehouse_choices(layout, {sku, quantity}),
        *as_of_choices(layout.names, layout.rows[:CELLS_LOOKED_AT], file_name),
    ]
    return Suggestion(
        choices=tuple(choices), claimed_rows=_claimed(layout, sku, quantity, choices)
    )


def _no_feed(layout: _Layout) -> FileFault:
    return FileFault(
        FileCause.HEADER_MISSING,
        detail="no two columns look like SKUs and units; "
        f"the first line has {listed(layout.names) or 'no cells'}",
        remedy="name a stock file: a line for each SKU, with its units in a column of their own",
    )


# --- the header ------------------------------------------------------------------------------


def _headed(grid: Grid) -> _Layout | None:
    """Return the layout below the first line that names a SKU and a quantity."""
    number = _header_at(grid)
    if number is None:
        return None
    line = grid.lines[number]
    above = 0 if grid.headed or not number else line.row - 1
    return _Layout(
        names=_stripped(line),
        rows=_rows(grid.lines[number + 1 :], len(line.cells)),
        choices=_skipping(above),
    )


def _header_at(grid: Grid) -> int | None:
    for number, line in enumerate(grid.lines[:HEADER_SOUGHT_LINES]):
        names = _stripped(line)
        if places_meaning(names, Meaning.SKU) and any(places_meaning(names, m) for m in COUNTS):
            return number
    return None


def _stripped(line: Line) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.cells)


def _skipping(lines: int) -> tuple[Choice, ...]:
    if not lines:
        return ()
    return (
        Choice(
            setting="skip_lines",
            value=lines,
            sureness=Sureness.LIKELY,
            evidence=f"the columns are named on line {lines + 1}: ask whether that is always so",
        ),
    )


def _unheaded(grid: Grid) -> _Layout:
    """Return the layout of a file whose columns are not named in any word that is known."""
    cut = [line for line in grid.lines if line.cells]
    if not cut:
        return _Layout(names=(), rows=())
    first = _stripped(cut[0])
    if grid.headed or not any(isinstance(read_units(c, QuantityRule()), int) for c in first):
        return _Layout(names=first, rows=_rows(cut[1:], len(first)))
    choice = Choice(
        setting="header_lines",
        value=0,
        sureness=Sureness.LIKELY,
        evidence="the first line has a number in it, as a row has",
    )
    return _Layout(
        names=("",) * len(first),
        rows=_rows(cut, len(first)),
        choices=(choice,),
        has_header=False,
    )


def _rows(lines: Sequence[Line], columns: int) -> tuple[tuple[str, ...], ...]:
    whole = (line for line in lines if len(line.cells) == columns)
    return tuple(
        tuple("" if line.kind(at) is CellKind.OTHER else c for at, c in enumerate(line.cells))
        for line in whole
    )


# --- the columns -----------------------------------------------------------------------------


def _counts(layout: _Layout) -> list[int]:
    """Return the columns named as units and written so, the surest first."""
    named = [at for meaning in COUNTS for at in places_meaning(layout.names, meaning)]
    return [at for at in named if not layout.rows or _like_units(layout, at)]


def _like_units(layout: _Layout, at: int) -> bool:
    return share_read(layout.cells(at)) + _known_share(layout, at) > NAMED_SHARE_MIN


def _known_share(layout: _Layout, at: int) -> float:
    """Return which share of cells are words in place of units."""
    cells = layout.cells(at)
    known = {word.casefold() for word, _ in rule_of(cells).words}
    return sum(cell.strip(" ").casefold() in known for cell in cells) / max(len(cells), 1)


def _quantity_at(layout: _Layout) -> int | None:
    if named := _counts(layout):
        return named[0]
    # SKUs may be numbers as well; they do not repeat, and units do.
    numbers = [
        at
        for at in range(len(layout.names))
        if layout.rows
        and at not in places_meaning(layout.names, Meaning.SKU)
        and share_read(layout.cells(at)) > UNNAMED_SHARE_MIN
    ]
    return min(numbers, key=lambda at: len(layout.cells(at)), default=None)


def _named_skus(layout: _Layout, quantity: int) -> list[int]:
    return [at for at in places_meaning(layout.names, Meaning.SKU) if at != quantity]


def _sku_at(layout: _Layout, quantity: int) -> int | None:
    if named := _named_skus(layout, quantity):
        return named[0]
    different = [
        at
        for at in range(len(layout.names))
        if at != quantity
        and len(layout.cells(at)) >= UNNAMED_SHARE_MIN * min(len(layout.rows), CELLS_LOOKED_AT)
    ]
    return next(iter(different), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sought:
    """A column that is sought: its setting, what tells it by its name and what without one.

    `beside_others` is how sure a name is where other columns are named so too.
    """

    setting: str
    named: str
    unnamed: str
    beside_others: Sureness


_SKU = _Sought(
    setting="sku_column",
    named="it is named {!r}",
    unnamed="its cells do not repeat, and no name is known as that of a SKU",
    beside_others=Sureness.LIKELY,
)

_QUANTITY = _Sought(
    setting="quantity_column",
    named="it is named {!r}, and its cells are units",
    unnamed="its cells are whole numbers, and no name is known as that of a quantity",
    beside_others=Sureness.DOUBTFUL,
)


def _column_choice(layout: _Layout, at: int, sought: _Sought, named: Sequence[int]) -> Choice:
    """Return the choice of a column, of those that are named as what is sought."""
    others = [each for each in named if each != at]
    if at in named:
        evidence = sought.named.format(layout.names[at])
        sureness = sought.beside_others if others else Sureness.SURE
    else:
        evidence, sureness = sought.unnamed, Sureness.DOUBTFUL
    return Choice(
        setting=sought.setting,
        value=layout.column(at),
        sureness=sureness,
        evidence=evidence,
        alternatives=tuple(layout.column(each) for each in others),
    )


def _kind_choice(layout: _Layout, at: int) -> Choice:
    name = (layout.names[at],)
    available = bool(places_meaning(name, Meaning.AVAILABLE))
    clear = available or bool(places_meaning(name, Meaning.ON_HAND))
    return Choice(
        setting="kind",
        value="available" if available else "on_hand",
        sureness=Sureness.LIKELY if clear else Sureness.DOUBTFUL,
        evidence=f"the column is named {layout.names[at]!r}"
        if clear
        else "nothing tells whether units already ordered are still counted: ask the partner",
        alternatives=("on_hand" if available else "available",),
    )


# --- warehouses ------------------------------------------------------------------------------


def _warehouse_choices(layout: _Layout, taken: set[int]) -> Iterator[Choice]:
    for at in places_meaning(layout.names, Meaning.WAREHOUSE):
        codes = [
            code for code, _ in Counter(row[at].strip(" ") for row in layout.rows).most_common()
        ]
        if at in taken or "" in codes or not 1 < len(codes) <= CODES_MAX:
            continue
        yield Choice(
            setting="warehouse_column",
            value=layout.column(at),
            sureness=Sureness.LIKELY,
            evidence=f"{len(codes)} different codes stand in {layout.names[at]!r}",
        )
        yield Choice(
            setting="warehouse_codes",
            value=(codes[0],),
            sureness=Sureness.DOUBTFUL,
            evidence="most rows have it: put in what stands for this feed's warehouse",
            alternatives=tuple((code,) for code in codes[1:4]),
        )
        yield Choice(
            setting="other_warehouse_codes",
            value=tuple(codes[1:]),
            sureness=Sureness.DOUBTFUL,
            evidence="the codes of other warehouses in the same file",
        )
        return


# --- what it claims --------------------------------------------------------------------------


def _claimed(layout: _Layout, sku: int, quantity: int, choices: Sequence[Choice]) -> int:
    """Return how many SKUs have units that the proposed rule reads, and stand there once."""
    ours = {choice.setting: choice.value for choice in choices}.get("warehouse_codes")
    whose = next(iter(places_meaning(layout.names, Meaning.WAREHOUSE)), 0)
    rule = rule_of(layout.cells(quantity))
    rows = [
        row
        for row in dict.fromkeys(layout.rows)
        if not isinstance(ours, tuple) or row[whose].strip(" ") in ours
    ]
    counts = Counter(row[sku].strip() for row in rows)
    return sum(
        bool(row[sku].strip())
        and counts[row[sku].strip()] == 1
        and isinstance(read_units(row[quantity], rule), int)
        for row in rows
    )
