"""token add, list, revoke: shown once, listed without a secret, ended at once."""

from pathlib import Path

import pytest

from worker.access import caller_of
from worker.cli.endings import ExitCode

from .cli_rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Two shops to command."""
    return Rig(tmp_path)


def test_the_token_that_is_printed_opens_the_door(rig: Rig) -> None:
    """With the role and the shops that were said."""
    words = ("--role", "operator", "--shop", "alpha", "--shop", "beta", "--json")
    text = rig.run("token", "add", "console", *words).document["text"]

    with rig.services() as services:
        caller = caller_of(services, text)

    assert caller is not None
    assert (caller.name, caller.role.value, caller.shops) == (
        "console",
        "operator",
        frozenset({"alpha", "beta"}),
    )


def test_a_person_sees_the_token_once(rig: Rig) -> None:
    """On standard output, on a line of its own."""
    answer = rig.run("token", "add", "console", "--role", "reader")

    assert answer.code == ExitCode.OK
    assert "osg_" in answer.out
    assert "not shown again" in answer.err


def test_a_token_is_good_for_90_days_unless_told(rig: Rig) -> None:
    """Every token ends."""
    made = rig.run("token", "add", "console", "--role", "reader", "--json").document["token"]

    assert (made["created_at"], made["expires_at"]) == (
        "2023-11-14T22:13:20Z",
        "2024-02-12T22:13:20Z",
    )


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("console", "--role", "emperor"), "no role 'emperor'"),
        (("console", "--role", "reader", "--shop", "alpa"), "no shop 'alpa'"),
        (("console", "--role", "reader", "--expires", "367d"), "more than a year"),
        (("console", "--role", "reader", "--expires", "soon"), "'soon'"),
        (("con\nsole", "--role", "reader"), "no name for a token"),
        (("console", "--role", "reader", "--who", " "), "must not be blank"),
    ],
)
def test_a_bad_token_is_not_made(rig: Rig, words: tuple[str, ...], cause: str) -> None:
    """Each is refused with its cause and a remedy, and none is stored."""
    answer = rig.run("token", "add", *words)

    assert answer.code == ExitCode.BAD_USAGE
    assert cause in answer.err
    assert rig.run("token", "list", "--json").document == {"tokens": []}


def test_the_list_shows_no_secret(rig: Rig) -> None:
    """Neither for people nor for programs."""
    text = rig.run("token", "add", "console", "--role", "reader", "--json").document["text"]
    secret = text.split("_", 2)[2]

    shown = rig.run("token", "list").out + rig.run("token", "list", "--json").out

    assert "console" in shown
    assert secret not in shown


def test_a_revoked_token_is_listed_as_such(rig: Rig) -> None:
    """It stays in the list: who had access is a question for later."""
    made = rig.run("token", "add", "console", "--role", "reader", "--json").document["token"]
    rig.run("token", "revoke", made["token_id"], "--who", "ann", "--why", "lost")

    (listed,) = rig.run("token", "list", "--json").document["tokens"]

    assert listed["state"] == "revoked"


def test_revoking_what_is_not_there_is_bad_usage(rig: Rig) -> None:
    """And says where the ids are."""
    answer = rig.run("token", "revoke", "0123")

    assert answer.code == ExitCode.BAD_USAGE
    assert "token list" in answer.err
