"""Proposes the table of a new partner's feed, and tries it as it would be pasted.

The proposal is written as TOML, loaded again by the settings' own rules, and the file is read by
it with the reader that intake uses. So what is shown is what was tried.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.feeds.opening import open_feed
from connectors.feeds.receipts import Fault, told_faults
from connectors.feeds.suggesting import suggest
from reconciliation.feed import FileFault, ParsedFeed
from reconciliation.feed_suggestion import Choice, SettingValue, Suggestion, Sureness
from reconciliation.quantities import Instant, SkuCase

from .ingest import read_handed_in
from .settings.feeds import FeedSettings
from .settings.values import dialect_of


CLOCK_TOLERANCE_S = 2.0
"""As a dialect has it by itself: there may be no configuration yet."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A setting as proposed; `value` and `alternatives` are written as TOML has them."""

    setting: str
    value: str
    sureness: str
    evidence: str
    alternatives: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What reading the file by the proposal gave; `fault` is why it could not be read at all.

    `claimed_rows` is how many SKUs had to be accepted at least.
    """

    claimed_rows: int
    good: int = 0
    refused: int = 0
    merged: int = 0
    first_faults: tuple[Fault, ...] = ()
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A proposal for a partner's file, as TOML to paste, and what came of trying it."""

    file: str
    sureness: str
    toml: str
    choices: tuple[Proposed, ...]
    tried: Tried

    @property
    def well(self) -> bool:
        """Tell whether the proposal reads what it claims to, and each row."""
        tried = self.tried
        holds = tried.fault is None and tried.good >= tried.claimed_rows > 0
        return holds and not tried.refused


def suggest_file(path: Path, *, feed: str, warehouse: str, now: Instant) -> Suggested:
    """Return a proposal for a file. Raises `FileNotTaken`, and `FileFault` for no stock file."""
    content, changed_at = read_handed_in(path)
    found = suggest(content, file_name=path.name)
    toml = toml_of(found, feed=feed, warehouse=warehouse)
    return Suggested(
        file=path.name,
        sureness=found.sureness.value,
        toml=toml,
        choices=tuple(_proposed(choice) for choice in found.choices),
        tried=_tried(
            content,
            toml,
            found.claimed_rows,
            file_name=path.name,
            arrived_at=Instant(min(changed_at, now)),
        ),
    )


def _proposed(choice: Choice) -> Proposed:
    return Proposed(
        setting=choice.setting,
        value=written(choice.value),
        sureness=choice.sureness.value,
        evidence=choice.evidence,
        alternatives=tuple(written(each) for each in choice.alternatives),
    )


def _tried(
    content: bytes, toml: str, claimed_rows: int, *, file_name: str, arrived_at: Instant
) -> Tried:
    (table,) = tomllib.loads(toml)["feeds"].values()
    declared = dialect_of(
        FeedSettings.model_validate(table),
        sku_case=SkuCase.KEEP,
        clock_tolerance_s=CLOCK_TOLERANCE_S,
    )
    try:
        parsed = open_feed(content, declared, file_name=file_name, arrived_at=arrived_at)
    except FileFault as fault:
        return Tried(claimed_rows=claimed_rows, fault=str(fault))
    return _read(parsed, claimed_rows)


def _read(parsed: ParsedFeed, claimed_rows: int) -> Tried:
    return Tried(
        claimed_rows=claimed_rows,
        good=len(parsed.rows),
        refused=parsed.bad_rows,
        merged=len(parsed.merged),
        first_faults=told_faults(parsed.faults),
    )


# --- as TOML ---------------------------------------------------------------------------------


def toml_of(found: Suggestion, *, feed: str, warehouse: str) -> str:
    """Return a proposal as a table to paste, with a comment on each choice."""
    return "\n".join([f"[feeds.{_key(feed)}]", *_lines(found.choices, warehouse), ""])


def _lines(choices: Sequence[Choice], warehouse: str) -> Iterator[str]:
    yield "# to fill in: the code of your warehouse that this feed counts"
    yield f"warehouse = {written(warehouse)}"
    for choice in choices:
        yield f"# {choice.sureness.value}: {_inert(choice.evidence)}"
        yield f"{choice.setting} = {written(choice.value)}"
        if choice.sureness is not Sureness.SURE:
            yield from (f"#{choice.setting} = {written(each)}" for each in choice.alternatives)


def written(value: SettingValue) -> str:
    """Return a value as TOML on one line."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        pairs = (f"{_string(key)} = {each}" for key, each in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_string, value))}]"
    return repr(value)


def _string(text: str) -> str:
    # JSON escapes what TOML must have escaped but for DEL; the rest is for whoever prints it.
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in quoted)


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _string(name)


def _inert(text: str) -> str:
    """Return a partner's words so that they stay within a comment."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
