"""Python looks for circles of values seldom, and still finds them."""

import gc
from collections.abc import Iterator

import pytest

from worker.garbage import NEW_OBJECTS, collect_seldom


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave the collector as it was."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_the_collector_looks_seldom() -> None:
    """A large file makes millions of objects, none of them in a circle."""
    collect_seldom()

    assert gc.get_threshold()[0] == NEW_OBJECTS


def test_the_collector_goes_on_looking() -> None:
    """What libraries leave in circles must not stay for ever."""
    collect_seldom()

    assert gc.isenabled()
