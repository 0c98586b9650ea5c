"""A slow look that is never made twice at once, and for which nobody has to wait for ever."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Generic, TypeVar


Seen = TypeVar("Seen")


class OneAtATime(Generic[Seen]):
    """Makes a look in a thread of its own, whoever asks for it and however many ask.

    A database that hangs holds that one thread, and no thread of those who ask.
    """

    def __init__(self, look: Callable[[], Seen]) -> None:
        """Keep the look; nothing is looked at yet."""
        self._look = look
        self._lock = Lock()
        self._under_way: Future[Seen] | None = None

    def ask(self, *, wait_s: float) -> Seen:
        """Return what a look sees: the one under way, or else a new one.

        Raises `TimeoutError` if it has not ended in time, and whatever the look raises.
        """
        with self._lock:
            look = self._under_way
            if look is None or look.done():
                look = self._under_way = Future()
                try:
                    Thread(target=self._run, args=(look,), name="look", daemon=True).start()
                except RuntimeError as error:
                    # There are too many threads: the next that asks tries again.
                    look.set_exception(error)
        return look.result(wait_s)

    def _run(self, look: "Future[Seen]") -> None:
        try:
            look.set_result(self._look())
        except Exception as error:  # noqa: BLE001 - it is raised again where it was asked for
            look.set_exception(error)
