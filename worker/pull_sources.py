"""The places from which feeds' files are fetched, as the settings declare them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from connectors.pull.bucket import BucketAccess, BucketSource, open_s3
from connectors.pull.folder import FolderSource
from connectors.pull.over_https import WebPlace, WebSource
from connectors.pull.over_sftp import SftpPlace, SftpSource
from connectors.pull.source import Source

from .settings.model import Settings
from .settings.pulls import PullSettings, Scheme


SSH_PORT = 22


def sources_of(settings: Settings, *, clock: Callable[[], float]) -> dict[str, Source]:
    """Return the source of each feed that has one. Nothing is called; `clock` measures spans."""
    return {
        feed: source_of(declared.pull, bytes_max=declared.bytes_max, clock=clock)
        for feed, declared in settings.feeds.items()
        if declared.pull.url is not None
    }


def source_of(declared: PullSettings, *, bytes_max: int, clock: Callable[[], float]) -> Source:
    """Return one source. The settings were checked: see `settings.pulls`."""
    match declared.scheme:
        case Scheme.SFTP:
            return SftpSource(_sftp_place(declared), bytes_max=bytes_max)
        case Scheme.FILE:
            return FolderSource(Path(declared.path), bytes_max=bytes_max)
        case Scheme.S3:
            return _bucket(declared, bytes_max)
        case Scheme.HTTPS | Scheme.HTTP:
            return WebSource(_web_place(declared), bytes_max=bytes_max, clock=clock)


def _sftp_place(declared: PullSettings) -> SftpPlace:
    parts = urlsplit(declared.url or "")
    return SftpPlace(
        host=parts.hostname or "",
        port=parts.port or SSH_PORT,
        folder=declared.path or ".",
        user=declared.user,
        private_key=_text(declared.private_key),
        host_key=declared.host_key or "",
        call_s=declared.timeout_s,
    )


def _web_place(declared: PullSettings) -> WebPlace:
    return WebPlace(
        url=declared.url or "",
        bearer=_text(declared.bearer_token),
        user=declared.user,
        password=_text(declared.password),
        call_s=declared.timeout_s,
    )


def _bucket(declared: PullSettings, bytes_max: int) -> BucketSource:
    access = BucketAccess(
        key_id=declared.user,
        secret_key=_text(declared.password),
        endpoint_url=declared.endpoint_url or "",
    )
    bucket = urlsplit(declared.url or "").netloc
    return BucketSource(partial(open_s3, access), f"{bucket}{declared.path}", bytes_max=bytes_max)


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
