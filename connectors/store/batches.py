"""Many things, in runs that fit into one statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar


BATCH = 500
"""Keys per statement: a database takes some thousands of values in one."""

Thing = TypeVar("Thing")


def batches(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    """Yield the things in runs that fit into one statement."""
    for start in range(0, len(things), BATCH):
        yield things[start : start + BATCH]
