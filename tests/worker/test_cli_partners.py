"""partner add, list, key add, key revoke: who may drop files, told and undone at once."""

from pathlib import Path

import asyncssh
import pytest

from worker.cli.endings import ExitCode
from worker.partners import keys_of

from .cli_rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Two shops to command; their goods lie with the partner lumen."""
    return Rig(tmp_path)


def key_file(rig: Rig, kind: str = "ssh-ed25519") -> tuple[str, str]:
    """A public key in a file, and its fingerprint."""
    key = asyncssh.generate_private_key(kind, comment="ann@lumen")
    path = rig.folder / "ann.pub"
    key.write_public_key(path)
    return str(path), key.get_fingerprint()


def open_keys(rig: Rig) -> list[str]:
    """The fingerprints that the drop would let in."""
    with rig.services() as services:
        return [each.fingerprint for each in keys_of(services, "lumen")]


def test_a_partner_is_told_what_it_needs(rig: Rig) -> None:
    """Where, as whom, what, and by what to know the server."""
    told = rig.run("partner", "add", "lumen", "--json").document

    fingerprint = rig.run("sftp", "--fingerprint", "--json").document["fingerprint"]
    assert (told["host_key"], told["port"]) == (fingerprint, 2222)
    assert told["partner"]["feeds"] == [{"feed": "east", "warehouse": "EAST", "file_names": "*"}]


def test_a_person_is_told_that_a_key_is_missing(rig: Rig) -> None:
    """With the command that adds one."""
    answer = rig.run("partner", "add", "lumen")

    assert answer.code == ExitCode.OK
    assert "/inbox" in answer.out
    assert "partner key add lumen KEYFILE" in answer.err


def test_a_person_is_told_that_what_runs_may_not_know_the_partner(rig: Rig) -> None:
    """The drop keeps the configuration with which it began; only keys are looked up anew."""
    assert "restart `sftp`, `up`" in rig.run("partner", "add", "lumen").err


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("lumem", "did you mean lumen?"), ("harbour", 'partner = "harbour"')],
)
def test_a_partner_that_is_not_in_the_configuration_is_explained(
    rig: Rig, name: str, remedy: str
) -> None:
    """Partners come to be there, and nowhere else."""
    answer = rig.run("partner", "add", name)

    assert answer.code == ExitCode.BAD_USAGE
    assert remedy in answer.err


def test_a_partner_without_a_feed_is_explained(rig: Rig) -> None:
    """Whatever it sent would be for nobody."""
    rig.configure("\n[partners.idle]\n")

    answer = rig.run("partner", "add", "idle")

    assert answer.code == ExitCode.BAD_USAGE
    assert "has no feed" in answer.err


def test_a_key_that_was_added_lets_in(rig: Rig) -> None:
    """At once, with its terms and who said so."""
    path, fingerprint = key_file(rig)
    words = ("--expires", "90d", "--from", "203.0.113.7", "--who", "bob", "--json")

    key = rig.run("partner", "key", "add", "lumen", path, *words).document["key"]

    assert open_keys(rig) == [fingerprint]
    assert key == {
        "partner": "lumen",
        "fingerprint": fingerprint,
        "label": "ann@lumen",
        "state": "valid",
        "added_at": "2023-11-14T22:13:20Z",
        "added_by": "bob",
        "expires_at": "2024-02-12T22:13:20Z",
        "addresses": ["203.0.113.7/32"],
        "revoked_at": None,
    }


def test_a_key_that_was_revoked_lets_nobody_in(rig: Rig) -> None:
    """It stays in the list, as revoked."""
    path, fingerprint = key_file(rig)
    rig.run("partner", "key", "add", "lumen", path)

    rig.run("partner", "key", "revoke", "lumen", fingerprint)

    (partner,) = rig.run("partner", "list", "--json").document["partners"]
    assert open_keys(rig) == []
    assert [each["state"] for each in partner["keys"]] == ["revoked"]


def test_a_revoked_key_is_not_added_again(rig: Rig) -> None:
    """Somebody had a reason."""
    path, fingerprint = key_file(rig)
    rig.run("partner", "key", "add", "lumen", path)
    rig.run("partner", "key", "revoke", "lumen", fingerprint)

    answer = rig.run("partner", "key", "add", "lumen", path)

    assert answer.code == ExitCode.BAD_USAGE
    assert open_keys(rig) == []


def test_a_key_that_is_too_weak_is_not_added(rig: Rig) -> None:
    """The partner is told what to make instead."""
    weak = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    path = rig.folder / "weak.pub"
    weak.write_public_key(path)

    answer = rig.run("partner", "key", "add", "lumen", str(path))

    assert answer.code == ExitCode.BAD_USAGE
    assert "ssh-keygen -t ed25519" in answer.err


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("nowhere.pub",), "cannot be read"),
        (("ann.pub", "--from", "here"), "neither an address nor a network"),
        (("ann.pub", "--expires", "soon"), "'soon'"),
        (("ann.pub", "--who", " "), "must not be blank"),
        (("ann.pub", "--label", "a\nb"), "no control signs"),
    ],
)
def test_a_key_with_wrong_words_is_not_added(rig: Rig, words: tuple[str, ...], cause: str) -> None:
    """Each is refused with its cause, and none is stored."""
    key_file(rig)
    path, *rest = words

    answer = rig.run("partner", "key", "add", "lumen", str(rig.folder / path), *rest)

    assert answer.code == ExitCode.BAD_USAGE
    assert cause in answer.err
    assert open_keys(rig) == []


def test_what_was_never_a_key_is_not_revoked(rig: Rig) -> None:
    """And it is said where the fingerprints are."""
    answer = rig.run("partner", "key", "revoke", "lumen", "SHA256:none")

    assert answer.code == ExitCode.BAD_USAGE
    assert "partner list" in answer.err


def test_people_read_the_list(rig: Rig) -> None:
    """Feeds and keys."""
    path, fingerprint = key_file(rig)
    rig.run("partner", "key", "add", "lumen", path)

    shown = rig.run("partner", "list").out

    assert fingerprint in shown
    assert "anywhere" in shown
