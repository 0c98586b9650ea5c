"""How a new partner's file seems to be written: a proposal for a person, never for intake.

Intake reads by what was declared and guesses nothing. Here is guessed, once, beforehand: each
choice carries how sure it is, what speaks for it, and what else it could be. Where two readings
are possible the lower quantity is proposed, since too high a number oversells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from .feed_lines import Line


class Sureness(StrEnum):
    """How far a choice can be trusted."""

    SURE = "sure"
    """The file reads in no other way."""
    LIKELY = "likely"
    """What is usual speaks for it: look at it once."""
    DOUBTFUL = "doubtful"
    """The file does not tell: ask the partner."""


SettingValue: TypeAlias = str | int | float | Sequence[str] | Mapping[str, int]
"""What a setting may be, as TOML has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A setting of a feed as proposed, what speaks for it, and what it could be instead."""

    setting: str
    value: SettingValue
    sureness: Sureness
    evidence: str
    alternatives: tuple[SettingValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A file's lines that are not blank, cut into cells by one way of reading it.

    `choices` are those by which it was cut. `headed` tells that the first line holds keys, which
    are no line of the file.
    """

    lines: tuple[Line, ...]
    choices: tuple[Choice, ...] = ()
    headed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A proposal: its choices, and how many SKUs a reading by it must accept at least."""

    choices: tuple[Choice, ...]
    claimed_rows: int

    @property
    def sureness(self) -> Sureness:
        """How sure the least sure of its choices is."""
        told = {choice.sureness for choice in self.choices}
        order = (Sureness.DOUBTFUL, Sureness.LIKELY)
        return next((each for each in order if each in told), Sureness.SURE)
