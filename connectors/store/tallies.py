"""The tallies: how often something happened, added up by all processes in one place.

A tally is named by a metric and its labels, as canonical JSON. Each process adds what it has
counted since the last time, so that the sums hold over processes, machines and restarts.
"""

from collections.abc import Mapping
from typing import TypeAlias

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from .tables import TALLIES


TallyKey: TypeAlias = tuple[str, str]
"""The name of a tally and its labels as canonical JSON."""


def add(connection: Connection, differences: Mapping[TallyKey, float]) -> None:
    """Add to each tally, beginning those that are not there yet.

    In the order of the keys: two processes that add at once wait for each other at the same
    row first, and never each for the other.
    """
    if not differences:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(TALLIES)
    statement = statement.on_conflict_do_update(
        index_elements=["name", "labels"],
        set_={"value": TALLIES.c.value + statement.excluded.value},
    )
    rows = [
        {"name": name, "labels": labels, "value": value}
        for (name, labels), value in sorted(differences.items())
    ]
    connection.execute(statement, rows)


def load(connection: Connection) -> dict[TallyKey, float]:
    """Return every tally."""
    rows = connection.execute(select(TALLIES).order_by(TALLIES.c.name, TALLIES.c.labels))
    return {(row.name, row.labels): float(row.value) for row in rows}
