"""What `feed check` and `feed suggest` say of a file, for people."""

from collections.abc import Iterator

from rich.console import RenderableType

from ..feed_check import Checked, Difference, Understood
from ..feed_suggestion import Suggested
from .printing import facts, table


def checked_view(checked: Checked) -> Iterator[RenderableType]:
    """Show the verdict first, then what was understood, the rows, the faults, the difference."""
    yield facts(
        f"{checked.file}: would be {_WORDS.get(checked.would_be, checked.would_be)}",
        [
            pair
            for each in checked.reasons
            for pair in (("because", each.cause), ("to do", each.remedy))
        ]
        + [("note", note) for note in checked.notes],
    )
    yield facts("Understood", _understood(checked.understood))
    if checked.rows is not None:
        yield facts("Read", _read(checked))
    if checked.first_rows:
        rows = ((each.row, each.sku, each.units, each.as_of) for each in checked.first_rows)
        yield table("First rows", ("line", "SKU", "units", "as of"), rows)
    if checked.first_faults:
        faults = ((f.row, f.column, f.cause, f.text, f.remedy) for f in checked.first_faults)
        yield table("First faults", ("line", "column", "cause", "text", "remedy"), faults)
    if checked.rows is None:
        yield "Nothing of it could be read, so that nothing is compared with the last file."
    else:
        yield from _difference(checked.difference)


_WORDS = {"quarantined": "quarantined: it would wait for the shop's decision"}


def _understood(understood: Understood) -> Iterator[tuple[str, object]]:
    packed = "" if understood.compression == "none" else f", packed by {understood.compression}"
    yield "form", f"{understood.format}{packed}"
    if understood.encoding is not None:
        yield "encoding", understood.encoding
    if understood.delimiter is not None:
        yield "columns parted by", repr(understood.delimiter)
    if understood.sheet is not None:
        yield "sheet", understood.sheet or "the first that is shown"
    if understood.rows_at is not None:
        yield "rows at", understood.rows_at or "the whole file"
    yield "SKU", understood.sku_column
    yield "quantity", understood.quantity_column
    yield "as of", understood.dated_by


def _read(checked: Checked) -> Iterator[tuple[str, object]]:
    yield "header", checked.header
    if checked.oldest_as_of == checked.newest_as_of:
        yield "as of", checked.oldest_as_of
    else:
        yield "as of", f"{checked.oldest_as_of} to {checked.newest_as_of}"
    if (rows := checked.rows) is not None:
        yield "rows", rows.read
        yield "good", rows.good
        yield "refused", rows.refused
        yield "merged into others", rows.merged
        yield "of other warehouses", rows.elsewhere
    if (unsold := checked.unsold) is not None:
        yield "that no listing sells", _counted(unsold.rows, unsold.first)


def _difference(difference: Difference | None) -> Iterator[RenderableType]:
    if difference is None:
        yield "There is no last accepted file to compare with."
        return
    yield facts(
        "Since the last accepted file",
        [
            ("rows in it", difference.last_rows),
            ("gone", _counted(difference.lost_rows, difference.lost)),
            ("at 0 now", _counted(difference.zeroed_rows, difference.zeroed)),
            ("new", _counted(difference.new_rows, difference.new)),
            ("with other units", difference.moved_rows),
        ],
    )
    if difference.largest:
        moves = ((each.sku, each.before_units, each.units) for each in difference.largest)
        yield table("Largest moves", ("SKU", "from", "to"), moves)


def _counted(rows: int, named: tuple[str, ...]) -> object:
    if not rows:
        return 0
    left = f" and {rows - len(named)} more" if rows > len(named) else ""
    return f"{rows}: {', '.join(named)}{left}"


def tried_view(suggested: Suggested) -> Iterator[str]:
    """Say how sure a proposal is, and what reading the file by it gave."""
    tried = suggested.tried
    yield f"{suggested.file}: the least sure of these choices is {suggested.sureness}"
    if tried.fault is not None:
        yield f"by this proposal the file cannot be read: {tried.fault}"
        return
    yield (
        f"read by this proposal: {tried.good} rows good, {tried.refused} refused, "
        f"{tried.merged} merged; at least {tried.claimed_rows} had to be good"
    )
    for fault in tried.first_faults:
        yield f"line {fault.row}: {fault.cause} {fault.text!r}; {fault.remedy}"
