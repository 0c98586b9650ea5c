"""What the `dramatiq` command runs: `dramatiq worker.entry:broker`."""

import os
import sys

import dramatiq

from .bootstrap import build_queue_process
from .cli.desk import log_to_stderr
from .cli.failures import failure_of
from .settings.loading import load_settings


def broker() -> dramatiq.Broker:
    """Make the broker of a queue process, and name it to dramatiq, which calls this once."""
    log_to_stderr()
    try:
        made = build_queue_process(load_settings(None, os.environ))
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
        for each in failure.causes:
            sys.stderr.write(f"error: {each.cause}\n  remedy: {each.remedy}\n")
        raise SystemExit(failure.code) from None
    dramatiq.set_broker(made)
    return made
