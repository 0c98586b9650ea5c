"""Makes calls side by side, and hands back together what comes back together.

A service that hangs keeps its own call waiting and nobody else's answer.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar


TOGETHER_S = 0.05
"""How long answers are collected before they are handed on."""

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


def side_by_side(
    calls: Mapping[Key, Callable[[], Answer]], *, at_once: int
) -> Iterator[dict[Key, Answer | Exception]]:
    """Make all calls, at most `at_once` at a time, and yield their answers in groups.

    A call that fails is answered by its error, and spoils no other.
    """
    if at_once == 1 or len(calls) == 1:
        yield {key: _answer(call) for key, call in calls.items()}
        return
    if calls:
        with ThreadPoolExecutor(min(at_once, len(calls)), thread_name_prefix="call") as threads:
            yield from _as_they_come({threads.submit(_answer, calls[key]): key for key in calls})


def _as_they_come(
    waiting: dict[Future[Answer | Exception], Key],
) -> Iterator[dict[Key, Answer | Exception]]:
    while waiting:
        done, _ = wait(waiting, timeout=TOGETHER_S)
        if not done:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        yield {waiting.pop(each): each.result() for each in done}


def _answer(call: Callable[[], Answer]) -> Answer | Exception:
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - whoever asked for the answers sorts errors too
        return error
