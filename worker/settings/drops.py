"""What the settings say of the partners' drop: whose feeds are whose, and which get no file."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from .faults import ConfigFault
from .model import Settings


def feeds_of(settings: Settings, partner: str) -> tuple[str, ...]:
    """Return a partner's feeds, in the order in which they choose their files."""
    return tuple(
        feed
        for feed, declared in settings.feeds.items()
        if settings.warehouses[declared.warehouse].partner == partner
    )


def host_key_path(settings: Settings) -> Path:
    """Return where the drop's own key is."""
    return settings.sftp.host_key or settings.data_dir / "sftp" / "host_key"


def left_out(file_names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each feed of one partner that gets no file, and the one before it that takes them.

    Only a feed that takes every name, or the very same names, is found: whether one pattern is
    within another is for a person to say.
    """
    before: dict[str, str] = {}
    for feed, pattern in file_names.items():
        folded = pattern.casefold()
        taker = before.get("*") or before.get(folded)
        if taker is not None:
            yield feed, taker
        before.setdefault(folded, feed)


def drop_faults(settings: Settings) -> list[ConfigFault]:
    """Return why a drop for these settings would leave feeds without files."""
    return [
        ConfigFault(place=f"feeds.{feed}.file_names", problem=problem(taker), remedy=REMEDY)
        for partner in settings.partners
        for feed, taker in left_out(
            {feed: settings.feeds[feed].file_names for feed in feeds_of(settings, partner)}
        )
    ]


REMEDY = "give each feed of a partner file_names of its own, such as east*.csv"


def problem(taker: str) -> str:
    """Say why a feed gets nothing from the drop."""
    return f"feed {taker} of the same partner takes all of these names by SFTP"
