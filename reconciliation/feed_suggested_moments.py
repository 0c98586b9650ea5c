"""As of when a new partner's file seems to speak: a column, the file's name, or its arrival."""

from collections.abc import Iterator, Sequence
from datetime import UTC

from .feed_suggested_names import Meaning, places_meaning
from .feed_suggestion import Choice, Sureness
from .feed_time import AsOfFileName, UnreadableTime, ZoneMissing, read_file_name, read_iso_8601


LAG_S = 3_600.0
"""How old a file is held to be that says nothing of it, until somebody has asked."""

_NAME_FORMS = (
    (r"(?P<as_of>[0-9]{8}[-_T][0-9]{6})", ("%Y%m%d-%H%M%S", "%Y%m%d_%H%M%S", "%Y%m%dT%H%M%S")),
    (r"(?P<as_of>[0-9]{8}[-_T][0-9]{4})(?![0-9])", ("%Y%m%d-%H%M", "%Y%m%d_%H%M", "%Y%m%dT%H%M")),
    (r"(?<![0-9])(?P<as_of>[0-9]{14})(?![0-9])", ("%Y%m%d%H%M%S",)),
    (r"(?<![0-9])(?P<as_of>[0-9]{12})(?![0-9])", ("%Y%m%d%H%M",)),
    (r"(?<![0-9])(?P<as_of>[0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])", ("%Y-%m-%d",)),
    (r"(?<![0-9])(?P<as_of>[0-9]{8})(?![0-9])", ("%Y%m%d",)),
)


def as_of_choices(
    header: tuple[str, ...], rows: Sequence[tuple[str, ...]], file_name: str
) -> Iterator[Choice]:
    """Yield how a file is dated: by exactly one of the three ways."""
    named = places_meaning(header, Meaning.AS_OF)
    for at in named:
        cells = [row[at].strip(" ") for row in rows]
        if cells and (zoned := _zoned(cells)) is not None:
            yield from _by_column(header[at], zoned=zoned)
            return
    by_name = list(_by_file_name(file_name))
    unread = [header[at] for at in named]
    told = f"; {', '.join(map(repr, unread))} is in no form of ISO 8601" if unread else ""
    if by_name:
        yield from by_name
    else:
        yield Choice(
            setting="as_of_lag_s",
            value=LAG_S,
            sureness=Sureness.DOUBTFUL,
            evidence="nothing tells when the units were counted: ask how old a file may be on "
            f"arrival{told}",
        )


def _zoned(cells: Sequence[str]) -> bool | None:
    """Tell whether all moments have a zone; None where most cells are no moments."""
    zoned = local = 0
    for cell in cells:
        try:
            read_iso_8601(cell)
            zoned += 1
        except ZoneMissing:
            local += 1
        except UnreadableTime:
            pass
    return None if 2 * (zoned + local) <= len(cells) else not local


def _by_column(name: str, *, zoned: bool) -> Iterator[Choice]:
    yield Choice(
        setting="as_of_column",
        value=name,
        sureness=Sureness.LIKELY,
        evidence="it is named like a moment, and its cells are ISO 8601",
    )
    if not zoned:
        yield _zone("the moments there have no zone")


def _by_file_name(file_name: str) -> Iterator[Choice]:
    for pattern, time_formats in _NAME_FORMS:
        for time_format in time_formats:
            source = AsOfFileName(pattern=pattern, time_format=time_format, zone=UTC)
            try:
                read_file_name(file_name, source)
            except UnreadableTime:
                continue
            yield from _by_name(pattern, time_format)
            return


def _by_name(pattern: str, time_format: str) -> Iterator[Choice]:
    yield Choice(
        setting="as_of_file_name",
        value=pattern,
        sureness=Sureness.LIKELY,
        evidence="the file's name holds a moment, and no column does",
    )
    yield Choice(
        setting="as_of_time_format",
        value=time_format,
        sureness=Sureness.LIKELY,
        evidence="so the digits of this name are a moment",
    )
    yield _zone("the moment in the name has no zone")


def _zone(why: str) -> Choice:
    return Choice(
        setting="as_of_zone",
        value="UTC",
        sureness=Sureness.DOUBTFUL,
        evidence=f"{why}: ask in which one the partner writes",
        alternatives=("Europe/Berlin", "America/New_York"),
    )
