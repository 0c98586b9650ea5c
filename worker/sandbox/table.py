"""The switches of the sandbox as people read them."""

from collections.abc import Iterable

from rich.table import Table

from connectors.sandbox.switch_table import SWITCHES, Answer, Switch


def switch_rows() -> list[dict[str, object]]:
    """Return the table of switches as plain values, for a program."""
    return [
        {
            "name": row.name,
            "asks": row.asks,
            "answers": list(row.answers),
            "bound_by": row.bound_by,
            "unsafe": list(row.unsafe),
            "why": row.why,
        }
        for row in SWITCHES
    ]


def switch_view() -> Iterable[Table | str]:
    """Return the same for a person: the usual answer first."""
    table = Table("switch", "what TikTok's documentation leaves open", "answers", box=None)
    for row in SWITCHES:
        table.add_row(row.name, row.asks, ", ".join(_shown(answer) for answer in row.answers))
    return [table, *(_warning(row) for row in SWITCHES if row.unsafe), *_bounds()]


def _warning(row: Switch) -> str:
    answers = " or ".join(_shown(answer) for answer in row.unsafe)
    return f"{row.name} = {answers}: no guard can keep from overselling, since {row.why}."


def _bounds() -> Iterable[str]:
    for row in SWITCHES:
        if row.bound_by:
            yield f"{row.name}: safe up to the guard's [assumptions] {row.bound_by}."


def _shown(answer: Answer) -> str:
    if answer is None:
        return "none"
    if isinstance(answer, float) and answer.is_integer():
        return str(int(answer))
    return str(answer).lower()
