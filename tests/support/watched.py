"""A server under watch: stopped, killed and started again at will, and gone when we are gone."""

import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from .plain_user import PlainUser


START_S_MAX = 30.0
"""How long a server may take to answer; it takes a second."""

RETRY_S_MAX = 10.0
"""How long a start is tried again after a kill: PostgreSQL waits for its last child to go."""


class ServerFailed(RuntimeError):
    """Raised when a server does not start, with the end of what it logged."""


class WatchedServer(ABC):
    """A server in a folder of its own, run by a watchdog process that outlives us by a moment."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        user: PlainUser,
        stop_signal: signal.Signals,
        last_signal: signal.Signals,
    ) -> None:
        """Start the watchdog; the server itself waits for `start`.

        `stop_signal` is an orderly end; `last_signal` one that waits for nobody.
        """
        self.folder = folder
        self.pid = 0
        self._killed = False
        self._stop_signal = stop_signal
        script = Path(__file__).with_name("watchdog.py")
        ids = [str(-1 if each is None else each) for each in (user.user, user.group)]
        self._watchdog = subprocess.Popen(
            [
                sys.executable,
                "-I",
                str(script),
                str(folder),
                *ids,
                str(int(last_signal)),
                *command,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @abstractmethod
    def answers(self) -> bool:
        """Tell whether the server takes connections."""

    def start(self) -> None:
        """Start the server and wait until it answers. Raises `ServerFailed`."""
        began = time.monotonic()
        self.pid = int(self._ask("start"))
        while not self.answers():
            waited_s = time.monotonic() - began
            if (returned := self._ask("poll")) != "-":
                if not self._killed or waited_s > RETRY_S_MAX:
                    raise ServerFailed(f"ended with {returned}: {self._log_end()}")
                self.pid = int(self._ask("start"))
            if waited_s > START_S_MAX:
                raise ServerFailed(f"does not answer after {waited_s:.0f} s: {self._log_end()}")
            time.sleep(0.02)

    def stop(self) -> int:
        """End the server in an orderly way; return its exit code."""
        return int(self._ask(f"end {int(self._stop_signal)}"))

    def kill(self) -> int:
        """End the server with `kill -9`; return its exit code, which is -9."""
        self._killed = True
        return int(self._ask(f"end {int(signal.SIGKILL)}"))

    def close(self) -> None:
        """End the server for good and remove its folder."""
        for pipe in (self._watchdog.stdin, self._watchdog.stdout):
            if pipe is not None:
                pipe.close()
        self._watchdog.wait()

    def _ask(self, line: str) -> str:
        if self._watchdog.stdin is None or self._watchdog.stdout is None:
            raise ServerFailed("its watchdog does not listen")
        self._watchdog.stdin.write(f"{line}\n")
        self._watchdog.stdin.flush()
        answer: str = self._watchdog.stdout.readline().strip()
        if not answer:
            raise ServerFailed("its watchdog is gone")
        return answer

    def _log_end(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-2_000:]
