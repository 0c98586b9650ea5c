"""The settings of a feed whose files are fetched: from where, how often, and how we come in."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr

from connectors.pull.over_https import LOOPBACK
from connectors.pull.over_sftp import fingerprint_of, read_key
from connectors.tiktok.access import require_visible

from .faults import SettingFault
from .section import Section


UNRESOLVED = "unresolved"
"""Stands for a secret that could not be had, and has its fault already."""

PULL_SECRETS = ("private_key", "password", "bearer_token")
"""The settings of a pull that are given by reference."""

URL_REMEDY = (
    "write sftp://host/folder, https://host/path/file.csv, file:///folder or s3://bucket/folder"
)


class Scheme(StrEnum):
    """The kinds of places that files are fetched from."""

    SFTP = "sftp"
    HTTPS = "https"
    HTTP = "http"
    FILE = "file"
    S3 = "s3"


def _known_place(url: str | None) -> str | None:
    """Let pass an address of a kind we know. Raises `SettingFault`, which does not quote it."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        is_whole = parts.port is None or parts.port > 0
    except ValueError:
        is_whole = False
    if not is_whole or parts.scheme not in set(Scheme):
        raise SettingFault("this is no address that files are fetched from", URL_REMEDY)
    if "@" in parts.netloc:
        raise SettingFault(
            "a login stands in the address", "take it out, and set user and a secret by reference"
        )
    if bool(parts.netloc) is (parts.scheme == Scheme.FILE):
        raise SettingFault("the address lacks its host, or has one too many", URL_REMEDY)
    return url


def _visible(secret: SecretStr) -> SecretStr:
    try:
        require_visible("secret", secret.get_secret_value())
    except ValueError as fault:
        raise SettingFault(str(fault), "look at where it is kept, and copy it again") from None
    return secret


class PullSettings(Section):
    """Where a feed's files are fetched from; without a `url` nothing is fetched."""

    url: Annotated[str | None, AfterValidator(_known_place)] = Field(
        None,
        description="the place: sftp://, https://, file:// or s3://; none: nothing is fetched",
    )
    every_s: float = Field(
        900.0, ge=10, le=86_400, description="how often it is looked whether there is a new file"
    )
    names: str = Field(
        "*",
        min_length=1,
        pattern=r"^[^/\\]+$",
        description="which files of a folder are fetched: a pattern such as east*.csv",
    )
    timeout_s: float = Field(
        120.0, gt=0, le=600, description="how long a listing, or one file, may take"
    )
    user: str = Field("", description="as whom we log in; for S3 the access key's id")
    host_key: str | None = Field(
        None, description="sftp: the server's own key, as SHA256:... or as its public key"
    )
    private_key: SecretStr | None = Field(None, description="sftp: the key that we log in by")
    password: SecretStr | None = Field(
        None, description="https: the user's password; for S3 the secret access key"
    )
    bearer_token: Annotated[SecretStr, AfterValidator(_visible)] | None = Field(
        None, description="https: the token that we come in with"
    )
    endpoint_url: str | None = Field(
        None,
        pattern=r"^https://|^http://(localhost|127\.0\.0\.1)[:/]",
        description="s3: where it is, if it is not Amazon's",
    )

    @property
    def scheme(self) -> Scheme:
        """The kind of place; asked only where there is one."""
        return Scheme(urlsplit(self.url or "").scheme)

    @property
    def path(self) -> str:
        """The path of the place, with its signs as they are."""
        return unquote(urlsplit(self.url or "").path)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullFault:
    """What is wrong between settings of one pull, and at which of them."""

    at: str
    problem: str
    remedy: str


NEEDED = {Scheme.SFTP: ("user", "private_key", "host_key")}
"""What a kind of place cannot be without."""

KNOWN = {
    Scheme.SFTP: ("user", "private_key", "host_key"),
    Scheme.HTTPS: ("user", "password", "bearer_token"),
    Scheme.HTTP: ("user", "password", "bearer_token"),
    Scheme.FILE: (),
    Scheme.S3: ("user", "password", "endpoint_url"),
}
"""The ways in that each kind of place knows."""

WAYS_IN = ("user", "host_key", "private_key", "password", "bearer_token", "endpoint_url")


def pull_faults(declared: PullSettings) -> Iterator[PullFault]:
    """Yield what is wrong between the settings of one pull."""
    if declared.url is None:
        yield from _faults_without_place(declared)
        return
    scheme = declared.scheme
    for name in NEEDED.get(scheme, ()):
        if not getattr(declared, name):
            yield PullFault(
                at=name, problem=f"is missing, and {scheme} needs it", remedy=_add(name)
            )
    for name in WAYS_IN:
        if getattr(declared, name) and name not in KNOWN[scheme]:
            yield PullFault(
                at=name,
                problem=f"is of no use for {scheme}",
                remedy=f"take it out; {scheme} knows {' and '.join(KNOWN[scheme]) or 'none'}",
            )
    yield from _faults_of_keys(declared)
    yield from _faults_of_web(declared)


def _faults_without_place(declared: PullSettings) -> Iterator[PullFault]:
    for name in WAYS_IN:
        if getattr(declared, name):
            yield PullFault(
                at=name, problem="is set, and no url is", remedy="add a url, or take it out"
            )


def _add(name: str) -> str:
    reference = '{ file = "secrets/partner_key" }' if name in PULL_SECRETS else '"..."'
    hint = "; `ssh-keyscan HOST | ssh-keygen -lf -` shows it" if name == "host_key" else ""
    return f"add {name} = {reference}{hint}"


def _faults_of_keys(declared: PullSettings) -> Iterator[PullFault]:
    try:
        if declared.host_key:
            fingerprint_of(declared.host_key)
    except ValueError as fault:
        yield PullFault(at="host_key", problem=str(fault), remedy=_add("host_key"))
    key = declared.private_key.get_secret_value() if declared.private_key else UNRESOLVED
    try:
        if key != UNRESOLVED:
            read_key(key)
    except ValueError as fault:
        remedy = "make one with `ssh-keygen -t ed25519 -N ''`, and refer to its file"
        yield PullFault(at="private_key", problem=str(fault), remedy=remedy)


def _faults_of_web(declared: PullSettings) -> Iterator[PullFault]:
    parts = urlsplit(declared.url or "")
    if declared.scheme is Scheme.HTTP and parts.hostname not in LOOPBACK:
        yield PullFault(
            at="url",
            problem="http to another machine can be read and changed on the way",
            remedy="write https://",
        )
    if declared.scheme in (Scheme.HTTP, Scheme.HTTPS) and not declared.path.rpartition("/")[2]:
        yield PullFault(at="url", problem="the address names no file", remedy=URL_REMEDY)
    if declared.bearer_token and declared.password:
        yield PullFault(
            at="bearer_token", problem="is set beside a password", remedy="keep one of the two"
        )
    if bool(declared.user) is not bool(declared.password) and Scheme.SFTP is not declared.scheme:
        yield PullFault(
            at="user", problem="user and password go together", remedy="set both, or neither"
        )
