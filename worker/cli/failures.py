"""What each error of ours means on the command line: its causes, and an exit code."""

from ..causes import Kind
from ..failures import told
from .endings import ExitCode, Failure


_CODES = {
    Kind.UNKNOWN_NAME: ExitCode.BAD_USAGE,
    Kind.BAD_REQUEST: ExitCode.BAD_USAGE,
    Kind.FOUND_WRONG: ExitCode.FOUND_WRONG,
    Kind.BAD_CONFIGURATION: ExitCode.BAD_CONFIGURATION,
    Kind.TIKTOK_FAILED: ExitCode.OUTSIDE_FAILED,
    Kind.OUT_OF_TIME: ExitCode.OUTSIDE_FAILED,
    Kind.STORE_FAILED: ExitCode.OUTSIDE_FAILED,
}


def failure_of(error: BaseException) -> Failure | None:
    """Return what an error means to a person, None where it is a fault of the program."""
    if isinstance(error, Failure):
        return error
    meant = told(error)
    return None if meant is None else Failure(_CODES[meant.kind], meant.causes)
