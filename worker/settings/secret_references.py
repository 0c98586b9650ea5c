"""Secrets by reference: `{ env = "NAME" }` or `{ file = "path" }`, never in the file itself."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from .environment import Values
from .faults import Finding, Loc, SettingFault
from .pulls import PULL_SECRETS, UNRESOLVED


SECRET_BYTES_MAX = 16_384
"""Far above any token; a larger file is another file."""

URLS: tuple[Loc, ...] = (("database_url",), ("redis_url",))
"""Addresses in which a password may stand; without one they are no secrets."""

APP_SECRETS: tuple[Loc, ...] = (
    ("tiktok", "app_key"),
    ("tiktok", "app_secret"),
    ("tiktok", "previous_app_secret"),
    ("authorisation", "sealing_secret"),
    ("authorisation", "previous_sealing_secret"),
)
SHOP_SECRETS = ("access_token", "refresh_token")

# Stands in for what could not be had, so that the rest can be checked; it is never returned.
_STAND_IN: dict[Loc, str] = {("database_url",): "sqlite://", ("redis_url",): "redis://"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """Where references are looked up: the environment, and the folder of the file."""

    environ: Mapping[str, str]
    folder: Path

    def read(self, loc: Loc, reference: Mapping[str, object]) -> str:
        """Return the secret that a reference means. Raises `SettingFault`."""
        match reference:
            case {"env": str(name)} if len(reference) == 1:
                return self._variable(name)
            case {"file": str(path)} if len(reference) == 1:
                return self._file(self.folder / Path(path).expanduser())
            case _:
                raise SettingFault("is no reference to a secret", f"write {_reference_to(loc)}")

    def _variable(self, name: str) -> str:
        secret = self.environ.get(name, "").strip()
        if not secret:
            raise SettingFault(
                f"the environment variable {name} is not set",
                f"set {name}, or refer to another with {{ env = ... }} or {{ file = ... }}",
            )
        return secret

    def _file(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                content = file.read(SECRET_BYTES_MAX + 1)
            secret = content.decode().strip()
        except OSError as fault:
            raise SettingFault(
                f"the file {path} cannot be read: {fault.strerror}",
                "put the secret there, or refer to another file",
            ) from fault
        except UnicodeDecodeError:
            raise SettingFault(f"the file {path} is not text", "refer to another file") from None
        if not secret or len(content) > SECRET_BYTES_MAX:
            size = "too large" if secret else "empty"
            raise SettingFault(f"the file {path} is {size}", "put the secret there, alone")
        return secret


def resolve(values: Values, read: Callable[[Loc, object], str]) -> list[Finding]:
    """Replace what stands at each secret's place by the secret; return what could not be."""
    findings = []
    for loc, table in tuple(_places(values)):
        key = str(loc[-1])
        try:
            table[key] = read(loc, table[key])
        except SettingFault as fault:
            table[key] = _STAND_IN.get(loc, UNRESOLVED)
            findings.append(Finding(loc=loc, problem=fault.problem, remedy=fault.remedy))
    return findings


def reader_of_file(keyring: Keyring) -> Callable[[Loc, object], str]:
    """Return how secrets of the file are read: by reference only."""

    def read(loc: Loc, value: object) -> str:
        if isinstance(value, Mapping):
            return keyring.read(loc, value)
        if loc in URLS and isinstance(value, str) and not _has_password(value):
            return value
        raise SettingFault(
            "a secret stands in the file itself",
            f"take it out, and write {_reference_to(loc)}",
        )

    return read


def reader_of_environment(keyring: Keyring) -> Callable[[Loc, object], str]:
    """Return how secrets of the environment are read: as they are, or by reference."""

    def read(loc: Loc, value: object) -> str:
        return keyring.read(loc, value) if isinstance(value, Mapping) else str(value).strip()

    return read


def drop_overridden(values: Values, stronger: Values) -> None:
    """Take out references that a stronger source makes void: what they name may be missing."""
    void = {loc for loc, _ in _places(stronger)}
    for loc, table in tuple(_places(values)):
        if loc in void and isinstance(table[str(loc[-1])], Mapping):
            del table[str(loc[-1])]


def _places(values: Values) -> Iterator[tuple[Loc, Values]]:
    in_shops = [("shops", name, key) for name in _names(values, "shops") for key in SHOP_SECRETS]
    in_feeds = [
        ("feeds", name, "pull", key) for name in _names(values, "feeds") for key in PULL_SECRETS
    ]
    for loc in (*URLS, *APP_SECRETS, *in_shops, *in_feeds):
        table: object = values
        for part in loc[:-1]:
            table = table.get(part) if isinstance(table, dict) else None
        if isinstance(table, dict) and loc[-1] in table:
            yield loc, table


def _names(values: Values, section: str) -> tuple[str, ...]:
    tables = values.get(section)
    return tuple(tables) if isinstance(tables, dict) else ()


def _reference_to(loc: Loc) -> str:
    whose = "FEED" if loc[0] == "feeds" else "TIKTOK"
    words = "_".join((whose, *map(str, loc[1:])) if len(loc) > 1 else map(str, loc))
    name = re.sub(r"[^A-Z0-9_]", "_", words.upper())
    return f'{loc[-1]} = {{ env = "{name}" }} or {{ file = "secrets/{name.lower()}" }}'


def _has_password(url: str) -> bool:
    try:
        return bool(make_url(url).password)
    except (ArgumentError, ValueError):
        return False  # refused as a URL later, unquoted
