"""Processes that the entrypoint starts, each under watch, as a user without rights."""

import signal
import urllib.request
from collections.abc import Mapping
from urllib.error import URLError

from tests.support.plain_python import PlainPython
from tests.support.watched import WatchedServer


class StartedProcess(WatchedServer):
    """One process, by the command that starts it; its folder holds its log."""

    def __init__(
        self, plain: PlainPython, *command: str, environ: Mapping[str, str], asked: str = ""
    ) -> None:
        """Lay out the command. `asked` is a URL that it will answer, if there is one."""
        self._asked = asked
        variables = (f"{name}={value}" for name, value in {**plain.environ, **environ}.items())
        enter = ("/bin/sh", "-c", 'cd "$0" && exec "$@"', str(plain.root))
        super().__init__(
            ["/usr/bin/env", "-i", *variables, *enter, *command],
            folder=plain.user.make_folder(),
            user=plain.user,
            stop_signal=signal.SIGTERM,
            last_signal=signal.SIGTERM,
        )

    def answers(self) -> bool:
        """Tell whether the process answers; one that nobody can ask answers at once."""
        return not self._asked or self.status(self._asked) == 200

    def status(self, url: str) -> int:
        """Return the status with which a URL is answered, 0 if it is not."""
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own port
                return int(answer.status)
        except (URLError, ConnectionError):
            return 0

    @property
    def log(self) -> str:
        """What it said so far."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")
