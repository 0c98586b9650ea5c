"""Secrets come by reference, and nothing that is printed ever shows one."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from worker.settings.model import Settings
from worker.settings.secret_references import SECRET_BYTES_MAX

from .settings_rig import SECRETS, Change, faults, load


CANARY = "canary-4711"
APP_SECRET = 'app_secret = { env = "SECRET" }'
FROM_FILE = (APP_SECRET, 'app_secret = { file = "app-secret" }')
HOW = 'app_secret = { env = "TIKTOK_APP_SECRET" } or { file = "secrets/tiktok_app_secret" }'


def app_secret(settings: Settings) -> str:
    """The app's secret, as it is."""
    return settings.tiktok.app_secret.get_secret_value()


def test_a_secret_is_read_from_a_variable(tmp_path: Path) -> None:
    """`{ env = ... }` names a variable of any name."""
    assert app_secret(load(tmp_path)) == "secret-canary"


def test_a_secret_is_read_from_a_file(tmp_path: Path) -> None:
    """`{ file = ... }` begins at the configuration's folder; a last line end does not count."""
    (tmp_path / "app-secret").write_text(f"{CANARY}\n", encoding="utf-8")

    assert app_secret(load(tmp_path, FROM_FILE)) == CANARY


def test_the_environment_may_give_a_secret_itself(tmp_path: Path) -> None:
    """A variable with our prefix wins, and the void reference need not lead anywhere."""
    environ = {"KEY": "k", "TOKEN": "t", "OVERSELL_GUARD_TIKTOK__APP_SECRET": CANARY}

    assert app_secret(load(tmp_path, environ=environ)) == CANARY


def test_the_environment_may_give_a_reference(tmp_path: Path) -> None:
    """`__FILE` is how container platforms hand over secrets."""
    (tmp_path / "app-secret").write_text(CANARY, encoding="utf-8")
    environ = {**SECRETS, "OVERSELL_GUARD_TIKTOK__APP_SECRET__FILE": "app-secret"}

    assert app_secret(load(tmp_path, environ=environ)) == CANARY


def test_a_database_url_may_be_a_secret(tmp_path: Path) -> None:
    """A URL with a password is referred to like any other secret."""
    url = f"postgresql+psycopg://guard:{CANARY}@host/db"
    change = ("[tiktok]", 'database_url = { env = "DB" }\n[tiktok]')

    assert load(tmp_path, change, environ={**SECRETS, "DB": url}).database_url == url


def database(url: str) -> Change:
    """The record kept elsewhere."""
    return ("[tiktok]", f'database_url = "{url}"\n[tiktok]')


BAD = {
    "literal": (
        (APP_SECRET, f'app_secret = "{CANARY}"'),
        (
            f"tiktok.app_secret (line 3): a secret stands in the file itself; take it out, "
            f"and write {HOW}"
        ),
    ),
    "literal token": (
        ('access_token = { env = "TOKEN" }', f'access_token = "{CANARY}"'),
        (
            "shops.us.access_token (line 7): a secret stands in the file itself; take it out, and "
            'write access_token = { env = "TIKTOK_US_ACCESS_TOKEN" } '
            'or { file = "secrets/tiktok_us_access_token" }'
        ),
    ),
    "literal number": (
        (APP_SECRET, "app_secret = 4711"),
        (
            f"tiktok.app_secret (line 3): a secret stands in the file itself; take it out, "
            f"and write {HOW}"
        ),
    ),
    "literal database password": (
        database(f"postgresql+psycopg://guard:{CANARY}@host/db"),
        (
            "database_url (line 1): a secret stands in the file itself; take it out, and write "
            'database_url = { env = "DATABASE_URL" } or { file = "secrets/database_url" }'
        ),
    ),
    "variable not set": (
        (APP_SECRET, 'app_secret = { env = "NOWHERE" }'),
        (
            "tiktok.app_secret (line 3): the environment variable NOWHERE is not set; "
            "set NOWHERE, or refer to another with { env = ... } or { file = ... }"
        ),
    ),
    "reference with both": (
        (APP_SECRET, 'app_secret = { env = "SECRET", file = "x" }'),
        f"tiktok.app_secret (line 3): is no reference to a secret; write {HOW}",
    ),
    "reference with another key": (
        (APP_SECRET, 'app_secret = { environment = "SECRET" }'),
        f"tiktok.app_secret (line 3): is no reference to a secret; write {HOW}",
    ),
    "misspelt, in the clear": (
        (APP_SECRET, f'{APP_SECRET}\napp_secert = "{CANARY}"'),
        "tiktok.app_secert (line 4): is not a setting; did you mean 'app_secret'?",
    ),
    "instead of a table": (
        ("[partners.lumen]", f'[partners]\nlumen = "{CANARY}"'),
        "partners.lumen (line 13): cannot be read; write a table",
    ),
}


@pytest.mark.parametrize(("change", "fault"), BAD.values(), ids=BAD)
def test_a_secret_that_cannot_be_had_is_named(tmp_path: Path, change: Change, fault: str) -> None:
    """The fault says how to refer to a secret, and does not show it."""
    assert faults(tmp_path, change) == [fault]


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path) -> None:
    """The fault names the file as it was looked for."""
    assert faults(tmp_path, FROM_FILE) == [
        (
            f"tiktok.app_secret (line 3): the file {tmp_path / 'app-secret'} cannot be read: "
            "No such file or directory; put the secret there, or refer to another file"
        )
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\n", "is empty; put the secret there, alone"),
        (b"x" * (SECRET_BYTES_MAX + 1), "is too large; put the secret there, alone"),
        (b"\xff\xfe", "is not text; refer to another file"),
    ],
    ids=["empty", "huge", "binary"],
)
def test_a_secret_file_without_a_secret_is_named(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    """A file that holds nothing, or something else, is no secret."""
    (tmp_path / "app-secret").write_bytes(content)

    assert faults(tmp_path, FROM_FILE) == [
        f"tiktok.app_secret (line 3): the file {tmp_path / 'app-secret'} {problem}"
    ]


def test_a_secret_that_could_never_work_is_named(tmp_path: Path) -> None:
    """A secret with a blank in it was badly copied; it is not shown all the same."""
    found = faults(tmp_path, environ={**SECRETS, "SECRET": f"{CANARY} x"})

    assert found == [
        (
            "tiktok.app_secret (line 3): the secret must be printable ASCII without spaces, "
            "and not empty; look at where it is kept, and copy it again"
        )
    ]


def test_nothing_printed_shows_a_secret(tmp_path: Path) -> None:
    """Texts and dumps of the settings, in every form, keep secrets to themselves."""
    environ = dict.fromkeys(SECRETS, CANARY)
    environ["OVERSELL_GUARD_DATABASE_URL"] = f"postgresql+psycopg://guard:{CANARY}@host/db"
    settings = load(tmp_path, environ=environ)

    printed = (
        repr(settings),
        str(settings),
        repr(settings.shops["us"]),
        repr(settings.model_dump()),
        settings.model_dump_json(),
    )
    assert CANARY not in "".join(printed)


def test_a_raw_error_shows_no_secret() -> None:
    """Even the library's own message, which nobody should see, keeps secrets to itself."""
    with pytest.raises(ValidationError) as error:
        Settings.model_validate({"tiktok": {"app_key": f"{CANARY} x", "app_secert": CANARY}})

    assert CANARY not in str(error.value)
