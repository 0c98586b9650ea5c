"""Calls side by side: one that hangs or fails keeps nobody else waiting."""

from threading import Event

import pytest

from worker.side_by_side import side_by_side


def fail() -> int:
    """A call that goes wrong."""
    raise ValueError("no")


def test_all_answers_come_back_together() -> None:
    """What is answered at once is handed on in one group."""
    groups = list(side_by_side({"a": lambda: 1, "b": lambda: 2}, at_once=2))

    assert groups == [{"a": 1, "b": 2}]


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_call_that_fails_is_answered_by_its_error(at_once: int) -> None:
    """And the others by their answers."""
    (answers,) = side_by_side({"a": fail, "b": lambda: 2}, at_once=at_once)

    assert isinstance(answers["a"], ValueError)
    assert answers["b"] == 2


def test_a_call_that_hangs_keeps_no_other_answer_back() -> None:
    """The first group comes while the last call is still under way."""
    heard = Event()
    groups = side_by_side({"a": lambda: heard.wait(30.0), "b": lambda: True}, at_once=2)
    first = next(groups)
    heard.set()

    assert first == {"b": True}
    assert list(groups) == [{"a": True}]


def test_nothing_to_call_is_no_answer() -> None:
    """No group comes of no calls."""
    assert list(side_by_side({}, at_once=2)) == []
