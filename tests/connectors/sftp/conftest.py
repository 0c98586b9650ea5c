"""One partner with one feed, and a drop that listens for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .drop_rig import Drop, Partner, dropped_at


@pytest.fixture
def north() -> Partner:
    """A partner with one feed that takes every name."""
    return Partner("north")


@pytest.fixture
def drop(tmp_path: Path, north: Partner) -> Iterator[Drop]:
    """A drop that listens; the test carries the mark for it."""
    with dropped_at(Drop(tmp_path, [north])) as served:
        yield served
