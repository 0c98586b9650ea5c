"""Waits until the database of the configuration takes connections, for so many seconds at most.

Run as `python deploy/wait_for_record.py SECONDS`.
"""

import os
import sys
import time

from sqlalchemy.exc import OperationalError

from connectors.store.engine import open_engine
from worker.settings.faults import ConfigFaults
from worker.settings.loading import load_settings


PAUSE_S = 0.5
"""Between two attempts."""


def wait(database_url: str, wait_s: float) -> str:
    """Return nothing once the database answers, or else what it said last."""
    until = time.monotonic() + wait_s
    engine = open_engine(database_url)
    while True:
        try:
            engine.connect().close()
        except OperationalError as error:
            said = str(error.orig).strip()
        else:
            return ""
        if time.monotonic() >= until:
            return said
        time.sleep(PAUSE_S)


def main(wait_s: float) -> None:
    """Wait, or end with 1 and the cause on standard error."""
    try:
        url = load_settings(None, os.environ).database_url
    except ConfigFaults as faults:
        sys.exit(f"error: the configuration is not in order\n{faults}")
    # A file is there or is made by the program: nothing starts it that could be waited for.
    if not url.startswith("sqlite") and (said := wait(url, wait_s)):
        sys.exit(f"error: the database does not answer within {wait_s:g} s: {said}")


if __name__ == "__main__":
    main(float(sys.argv[1]))
