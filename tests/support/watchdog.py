"""Runs one server for a test process, and ends it when that process is gone, however it went.

Started as a file of its own, by path. It reads one word a line from its standard input: `start`,
`poll`, or `end` with the number of a signal; and answers each with one line: the server's process
id, or what it returned, or `-` while it runs. When its standard input is closed, which the kernel
does even for a process that was killed, it ends the server, removes the folder and is gone.

    watchdog.py FOLDER USER GROUP LAST_SIGNAL COMMAND...

A user of -1 stands for whoever runs this.
"""

import shutil
import subprocess
import sys
from pathlib import Path


GRACE_S = 20.0
"""How long a server may take to end before it is killed; ours take a tenth of a second."""


def _start(folder: Path, user: int, group: int, command: list[str]) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=user if user >= 0 else None,
            group=group if user >= 0 else None,
            extra_groups=[] if user >= 0 else None,
        )


def _end(server: subprocess.Popen[bytes], signal_number: int) -> int:
    if server.poll() is None:
        server.send_signal(signal_number)
    try:
        return server.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        server.kill()
        return server.wait()


def watch(folder: Path, user: int, group: int, last_signal: int, command: list[str]) -> None:
    """Do as the lines of standard input say, and clear up when there are no more."""
    server = None
    for line in sys.stdin:
        match line.split():
            case ["start"]:
                server = _start(folder, user, group, command)
                answer = str(server.pid)
            case ["poll"] if server is not None:
                answer = "-" if server.poll() is None else str(server.returncode)
            case ["end", number] if server is not None:
                answer = str(_end(server, int(number)))
            case _:
                answer = "?"
        print(answer, flush=True)  # noqa: T201 - standard output is where it answers
    if server is not None:
        _end(server, last_signal)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    watch(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
