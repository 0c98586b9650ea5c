"""How a command ends: the exit codes, and failures that say their cause and their remedy."""

from collections.abc import Iterable
from enum import IntEnum

from ..causes import Cause


class ExitCode(IntEnum):
    """What the process returns; each is named at the foot of every `--help`."""

    OK = 0
    FOUND_WRONG = 1
    """The command did its work, and what it looked at is not as it should be."""
    BAD_USAGE = 2
    BAD_CONFIGURATION = 3
    OUTSIDE_FAILED = 4
    """TikTok, the store or the disk failed; nothing is wrong with what was asked."""


MEANINGS = {
    ExitCode.OK: "all is well",
    ExitCode.FOUND_WRONG: "what was found is wrong: a listing not brought to what was "
    "decided, a refused file, a pool sold beyond its goods, a shop on its way beyond its limit",
    ExitCode.BAD_USAGE: "the command or a name in it is wrong; nothing was changed",
    ExitCode.BAD_CONFIGURATION: "the configuration, the mapping file or the store's schema is "
    "wrong; nothing was changed",
    ExitCode.OUTSIDE_FAILED: "TikTok, the store or the disk failed; try again",
}

# \b keeps the lines below it apart.
EXIT_CODES = "\b\nExit codes:\n" + "\n".join(
    f"{code.value}  {meaning}" for code, meaning in MEANINGS.items()
)
"""The foot of every help page."""


class Failure(Exception):
    """A command that could not do its work; never shown with a traceback."""

    def __init__(self, code: ExitCode, causes: Iterable[Cause]) -> None:
        """Keep the causes, and join them for people."""
        self.code = code
        self.causes = tuple(causes)
        super().__init__("\n".join(f"{each.cause}; {each.remedy}" for each in self.causes))
