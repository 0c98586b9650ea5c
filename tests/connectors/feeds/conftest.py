"""The folders of one feed, and its time."""

from pathlib import Path

import pytest

from connectors.feeds.inbox import Inbox

from .dropping import Clock


@pytest.fixture
def clock() -> Clock:
    """Time in the hands of the test."""
    return Clock()


@pytest.fixture
def inbox(tmp_path: Path, clock: Clock) -> Inbox:
    """The folders of one feed."""
    return Inbox(tmp_path / "feeds", "acme", clock=clock)
