"""The settings of a feed that is fetched: each contradiction is named, with what helps."""

from pathlib import Path

import asyncssh
import pytest

from connectors.pull.bucket import BucketSource
from connectors.pull.folder import FolderSource
from connectors.pull.over_https import WebSource
from connectors.pull.over_sftp import SftpSource
from worker.pull_sources import sources_of

from .settings_rig import SECRETS, Change, faults, load


KEY = asyncssh.generate_private_key("ssh-ed25519")
PIN = KEY.get_fingerprint()
ENVIRON = {**SECRETS, "PULL_KEY": KEY.export_private_key().decode(), "PULL_PW": "canary"}

SFTP = f"""url = "sftp://partner.test/out"
user = "guard"
private_key = {{ env = "PULL_KEY" }}
host_key = "{PIN}"
"""


def pull(text: str) -> Change:
    """Have the feed fetched as told."""
    return ("[guard]", f"[feeds.east.pull]\n{text}\n[guard]")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (SFTP, SftpSource),
        ('url = "https://partner.test/a.csv"\nbearer_token = { env = "PULL_PW" }', WebSource),
        ('url = "http://localhost:8000/a.csv"', WebSource),
        ('url = "file:///mnt/partner"', FolderSource),
        (
            'url = "s3://bucket/out"\nuser = "id"\npassword = { env = "PULL_PW" }',
            BucketSource,
        ),
    ],
)
def test_each_kind_of_place_becomes_its_source(tmp_path: Path, text: str, kind: type) -> None:
    """By the beginning of its address."""
    settings = load(tmp_path, pull(text), environ=ENVIRON)

    found = sources_of(settings, clock=lambda: 0.0)

    assert {name: type(each) for name, each in found.items()} == {"east": kind}


def test_a_feed_without_an_address_is_not_fetched(tmp_path: Path) -> None:
    """It is dropped."""
    assert sources_of(load(tmp_path), clock=lambda: 0.0) == {}


BOTH = """url = "https://partner.test/a.csv"
user = "a"
password = { env = "PULL_PW" }
bearer_token = { env = "PULL_PW" }
"""

BAD = {
    "no kind": ('url = "ftp://partner.test/a"', "no address that files are fetched from"),
    "login in address": (
        'url = "https://a:b@partner.test/a.csv"',
        "a login stands in the address",
    ),
    "http": ('url = "http://partner.test/a.csv"', "read and changed on the way; write https://"),
    "no file": ('url = "https://partner.test/"', "names no file"),
    "no pin": (
        SFTP.replace(f'host_key = "{PIN}"', ""),
        "is missing, and sftp needs it; add host_key",
    ),
    "bad pin": (SFTP.replace(PIN, "MD5:00"), "a host key is pinned by SHA256"),
    "bad key": (SFTP.replace("PULL_KEY", "PULL_PW"), "this is no private key"),
    "key for https": (
        'url = "https://partner.test/a.csv"\nprivate_key = { env = "PULL_KEY" }',
        "is of no use for https; take it out",
    ),
    "both": (
        BOTH,
        "is set beside a password; keep one of the two",
    ),
    "half a login": (
        'url = "https://partner.test/a.csv"\nuser = "a"',
        "user and password go together; set both, or neither",
    ),
    "no address": ('user = "a"', "is set, and no url is; add a url, or take it out"),
    "literal secret": (
        'url = "https://partner.test/a.csv"\nbearer_token = "canary"',
        'write bearer_token = { env = "FEED_EAST_PULL_BEARER_TOKEN" }',
    ),
}


@pytest.mark.parametrize(("text", "fault"), BAD.values(), ids=BAD)
def test_a_contradiction_is_named(tmp_path: Path, text: str, fault: str) -> None:
    """Where it stands, what it is, and what helps; no secret is in it."""
    found = "\n".join(faults(tmp_path, pull(text), environ=ENVIRON))

    assert fault in found
    assert "canary" not in found


def test_a_secret_that_is_missing_is_told_once(tmp_path: Path) -> None:
    """What stands in for it is no second fault."""
    environ = {name: value for name, value in ENVIRON.items() if name != "PULL_KEY"}

    (found,) = faults(tmp_path, pull(SFTP), environ=environ)

    assert "the environment variable PULL_KEY is not set" in found


def test_no_secret_is_shown(tmp_path: Path) -> None:
    """Neither key nor password, in any form."""
    settings = load(tmp_path, pull(SFTP), environ=ENVIRON)

    assert "PRIVATE KEY" not in f"{settings!r}{settings.model_dump_json()}"
