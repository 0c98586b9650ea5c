"""The settings of the partners' drop: where it listens, and how much it takes at once."""

from pathlib import Path

from pydantic import Field

from .section import Section


class SftpSettings(Section):
    """The partners' drop by SFTP."""

    enabled: bool = Field(
        default=False,
        description="whether `up` serves the drop too; `python -m worker sftp` always does",
    )
    host: str = Field("127.0.0.1", min_length=1, description="the address that is listened on")
    port: int = Field(2222, ge=0, le=65_535, description="the port; 0 takes a free one")
    host_key: Path | None = Field(
        None,
        description="the file of the server's own key; without it, `sftp/host_key` in data_dir",
    )
    login_timeout_s: float = Field(
        20.0, gt=0, le=300, description="how long a login may take from the first byte on"
    )
    keepalive_s: float = Field(
        15.0, gt=0, le=300, description="how often a silent client is asked for a sign of life"
    )
    files_waiting_max: int = Field(
        200, ge=1, le=10_000, description="the most files of one partner on the way or waiting"
    )
    bytes_waiting_max: int = Field(
        536_870_912, ge=1_024, description="the most bytes of one partner on the way or waiting"
    )
    sessions_per_partner_max: int = Field(
        8, ge=1, le=100, description="the most sessions that one partner has open"
    )
    sessions_max: int = Field(
        200, ge=1, le=2_000, description="the most sessions that are open together"
    )
    logins_waiting_max: int = Field(
        100, ge=1, le=2_000, description="the most connections that have not logged in yet"
    )
