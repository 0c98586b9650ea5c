"""Who runs the servers of the tests: ourselves, or, as root, a user who may do nothing.

PostgreSQL refuses to run as root. No user is added and no mode or owner of a folder that is not
ours is changed: what a plain user cannot reach is copied to where it can.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any


NOBODY = 65_534
"""The id that systems agree on for nobody, where no user has that name."""

SOCKET_PATH_MAX = 90
"""Unix sockets know paths up to 104 letters, of which the folder's name and ours take the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainUser:
    """A user without rights; `None` for both ids if we are without rights ourselves."""

    user: int | None
    group: int | None

    @property
    def popen_arguments(self) -> dict[str, Any]:
        """What `subprocess` takes to run a command as this user."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": []}

    def owns(self, path: Path) -> None:
        """Give this user a file or folder that we made."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def can_run(self, *command: str | Path) -> bool:
        """Tell whether this user reaches a program and all that it loads."""
        try:
            done = subprocess.run(
                command,
                cwd="/",
                capture_output=True,
                check=False,
                timeout=30,
                **self.popen_arguments,
            )
        except PermissionError:
            return False
        return done.returncode == 0

    def make_folder(self) -> Path:
        """Make an own, private folder for this user under a short path.

        Raises `RuntimeError` if there is no place for temporary files that the user can reach.
        """
        for place in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - mkdtemp makes them private
            if len(place) > SOCKET_PATH_MAX - len("/oversell-guard-12345678"):
                continue
            folder = Path(tempfile.mkdtemp(prefix="oversell-guard-", dir=place))
            self.owns(folder)
            if self.can_run("/bin/sh", "-c", f'test -w "{folder}"'):
                return folder
            shutil.rmtree(folder)
        raise RuntimeError("the tests need a folder for temporary files: set TMPDIR to one")


def plain_user() -> PlainUser:
    """Return ourselves, or nobody if we are root."""
    if os.geteuid() != 0:
        return PlainUser(user=None, group=None)
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return PlainUser(user=NOBODY, group=NOBODY)
    return PlainUser(user=entry.pw_uid, group=entry.pw_gid)
