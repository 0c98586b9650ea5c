"""What the runbook tells people to type is what the command line takes."""

import re
import shlex

import pytest
from typer.testing import CliRunner

from worker.cli.program import app

from .written import DEPLOY


RUNBOOK = (DEPLOY / "runbook.md").read_text(encoding="utf-8")
# A span of code that begins with a command of ours and goes on. The dots stand for more options.
TYPED = sorted(set(re.findall(r"`((?!python |dramatiq )[a-z]+ [^`]+)`", RUNBOOK)))


def test_the_runbook_names_commands() -> None:
    """The commands below are found in the text, or nothing would be tested."""
    assert "hold SKU --at-most 0 --expires 1d …" in TYPED


@pytest.mark.parametrize("typed", TYPED)
def test_a_command_of_the_runbook_is_one_of_ours(typed: str) -> None:
    """The command is there and knows these options: asked for help, it does not refuse them."""
    words = shlex.split(typed.replace("…", ""))

    assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


def test_a_command_with_a_strange_option_is_refused() -> None:
    """The check above can fail: an unknown option is refused although help is asked for."""
    assert CliRunner().invoke(app, ["explain", "SKU", "--of-old", "--help"]).exit_code == 2
