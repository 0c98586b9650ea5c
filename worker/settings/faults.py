"""What is wrong with a configuration: where, what, and what to do about it, all at once."""

import difflib
from collections.abc import Collection
from dataclasses import dataclass


Loc = tuple[str | int, ...]
"""The way to a setting: the keys of tables, and positions in lists from 0."""

ALIKE = 0.5
"""How alike two names must be, of 1: `pause` and `pause_at_units` still are."""

KEYS_NAMED_MAX = 30
"""How many known keys a remedy lists; no section but the guard's has more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fault at a setting, before it is known which line or variable that setting came from."""

    loc: Loc
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFault:
    """One fault of the configuration. `place` is a setting, a variable or a file."""

    place: str
    problem: str
    remedy: str
    line: int | None = None

    def __str__(self) -> str:
        """Return place, problem and remedy on one line."""
        at = self.place if self.line is None else f"{self.place} (line {self.line})"
        return " ".join(f"{at}: {self.problem}; {self.remedy}".split())


class ConfigFaults(Exception):
    """A configuration that cannot be used; `faults` holds everything that is wrong with it."""

    def __init__(self, faults: Collection[ConfigFault]) -> None:
        """Keep the faults, and print one on each line."""
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class SettingFault(ValueError):
    """A setting that cannot be used, and the remedy. Its text never quotes a secret."""

    def __init__(self, problem: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy


def place_of(loc: Loc) -> str:
    """Return a place as people write it: `feeds.north.kind`, `overrides[1].shop` (from 1)."""
    parts = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc]
    return "".join(parts).removeprefix(".")


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return a remedy for a name that is not among the known ones."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=ALIKE)
    if near:
        return f"did you mean {near[0]!r}?"
    if not known:
        return "take it out"
    listed = ", ".join(list(known)[:KEYS_NAMED_MAX])
    return f"known here: {listed}"
