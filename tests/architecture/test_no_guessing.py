"""Intake reads by what was declared: what proposes a dialect is out of its reach."""

import subprocess
import sys


LOADED = """
import sys
import worker.steps.take_feed, worker.feed_desk, worker.ingest
print(*(name for name in sys.modules if "feed_sugg" in name or "feeds.suggest" in name))
"""


def test_intake_knows_nothing_of_guesses() -> None:
    """Neither the step, nor the desk, nor what is handed in loads a module that guesses."""
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, check=True)

    assert loaded.stdout.split() == []
