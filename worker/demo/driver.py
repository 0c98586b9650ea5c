"""Lets the shoppers and the partners of the demo act in their own time, beside the guard."""

import threading
import time
from pathlib import Path

from connectors.sandbox.story import DemoWorld


TICK_S = 0.05
"""How often shoppers and partner are let act."""

BAD_ROWS = 2
"""Bad rows in each file that the partner drops."""


class Driver:
    """A thread that plays the story; the partners drop their files into folders below `feeds`."""

    def __init__(self, story: DemoWorld, *, feeds: Path) -> None:
        """Keep the story; nobody acts yet."""
        self._story = story
        self._inboxes = {
            partner.code: feeds / partner.code.lower() / "inbox" for partner in story.partners
        }
        self._feeds_at = list(story.feeds_at)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shoppers", daemon=True)

    def start(self) -> None:
        """Let them act from now on."""
        for inbox in self._inboxes.values():
            inbox.mkdir(parents=True, exist_ok=True)
        self._thread.start()

    def stop(self) -> None:
        """Let nobody act any more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(TICK_S):
            now = time.time()
            if now < self._story.ends_at:
                self._story.step(now)
            while self._feeds_at and self._feeds_at[0] <= now:
                self._feeds_at.pop(0)
                for partner in self._story.partners:
                    partner.drop_feed(self._inboxes[partner.code], now, bad_rows=BAD_ROWS)
