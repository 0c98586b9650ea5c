"""Which texts state a number of units, by the rule that a partner declared, and no others.

A text is taken as it stands or not at all: nothing is rounded, and a mark counts only where it
was declared and stands where it must. What is not taken is named, so that it can be mended.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from .feed_faults import RowCause
from .quantities import Units


DIGITS_MAX = 7
"""Ten million units of one item are no stock, but an EAN in the wrong column."""
MARKS = frozenset(".,'\u2019 \u00a0\u202f")
"""What languages part thousands with: among them three kinds of space and two of apostrophe."""
DECIMAL_MARKS = frozenset(".,")

_PLAIN = re.compile(rf"[0-9]{{1,{DIGITS_MAX}}}")
_MINUS = "-\u2212"
_LIKE_A_NUMBER = re.compile(rf"[{_MINUS}+]?[0-9.,]*[0-9][0-9.,]*")

# Tried in this order; they only name what is wrong, none of them accepts anything.
_BAD_UNITS = (
    (re.compile(r""), RowCause.QUANTITY_BLANK),
    (re.compile(r"[0-9]{8,}"), RowCause.QUANTITY_TOO_LARGE),
    (re.compile(rf"[{_MINUS}][0-9.,]+"), RowCause.QUANTITY_NEGATIVE),
    (re.compile(r"[0-9]*[.,][0-9.,]*"), RowCause.QUANTITY_FRACTIONAL),
)


class Negative(StrEnum):
    """What a number below zero means."""

    FAULT = "fault"
    """Nobody knows: the row is refused."""
    ZERO = "zero"
    """The partner has promised more than it has, so nothing is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityRule:
    """How a partner writes a number of units; by default in the digits 0 to 9 alone.

    `words` are whole cells, in any letter case, and the units that each stands for; the word ""
    is an empty cell. A decimal mark may only be followed by zeros.
    """

    thousands_mark: str = ""
    decimal_mark: str = ""
    words: tuple[tuple[str, Units], ...] = ()
    negative: Negative = Negative.FAULT

    def __post_init__(self) -> None:
        """Refuse contradictions, all at once."""
        faults = [*_mark_faults(self), *_word_faults(self)]
        if faults:
            raise ValueError("; ".join(faults))


def read_units(text: str, rule: QuantityRule) -> Units | RowCause:
    """Return the units that a cell states, or why it states none."""
    cell = text.strip(" ")
    if _PLAIN.fullmatch(cell):
        return int(cell)
    word = cell.casefold()
    for known, units in rule.words:
        if known.casefold() == word:
            return units
    if (units_marked := _marked(cell, rule)) is not None:
        return units_marked
    if rule.negative is Negative.ZERO and cell[:1] in _MINUS and _number(cell[1:], rule):
        return 0
    return _bad(cell, rule)


def _number(cell: str, rule: QuantityRule) -> bool:
    return bool(_PLAIN.fullmatch(cell)) or _marked(cell, rule) is not None


def _marked(cell: str, rule: QuantityRule) -> Units | None:
    matched = _marked_pattern(rule.thousands_mark, rule.decimal_mark).fullmatch(cell)
    digits = matched["whole"].replace(rule.thousands_mark or ",", "") if matched else ""
    return int(digits) if 1 <= len(digits) <= DIGITS_MAX else None


@lru_cache(maxsize=64)
def _marked_pattern(thousands_mark: str, decimal_mark: str) -> re.Pattern[str]:
    # No group begins with 0: "0.123" is no 123, whatever part thousands.
    grouped = rf"[1-9][0-9]{{0,2}}(?:{re.escape(thousands_mark)}[0-9]{{3}})+"
    whole = rf"[0-9]+|{grouped}" if thousands_mark else "[0-9]+"
    zeros = rf"(?:{re.escape(decimal_mark)}0{{1,6}})?" if decimal_mark else ""
    return re.compile(rf"(?P<whole>{whole}){zeros}")


def _bad(cell: str, rule: QuantityRule) -> RowCause:
    if _marked_pattern(rule.thousands_mark, rule.decimal_mark).fullmatch(cell):
        return RowCause.QUANTITY_TOO_LARGE
    causes = (cause for pattern, cause in _BAD_UNITS if pattern.fullmatch(cell))
    return next(causes, RowCause.QUANTITY_UNREADABLE)


# --- what a rule may say ---------------------------------------------------------------------


def _mark_faults(rule: QuantityRule) -> list[str]:
    faults = []
    if rule.thousands_mark and rule.thousands_mark not in MARKS:
        faults.append(f"thousands_mark must be one of {sorted(MARKS)}")
    if rule.decimal_mark and rule.decimal_mark not in DECIMAL_MARKS:
        faults.append(f"decimal_mark must be one of {sorted(DECIMAL_MARKS)}")
    if rule.thousands_mark and rule.thousands_mark == rule.decimal_mark:
        faults.append("thousands_mark and decimal_mark must differ")
    return faults


def _word_faults(rule: QuantityRule) -> list[str]:
    faults = []
    words = [word.casefold() for word, _ in rule.words]
    if len(set(words)) < len(words):
        faults.append("each word for a quantity may be given once, in whatever letter case")
    for word, units in rule.words:
        if word != word.strip(" "):
            faults.append(f"the word {word!r} must be without spaces around it")
        if _LIKE_A_NUMBER.fullmatch(word):
            faults.append(f"the word {word!r} is a number, and numbers mean what they say")
        if not 0 <= units < 10**DIGITS_MAX:
            faults.append(f"the word {word!r} must stand for 0 to {10**DIGITS_MAX - 1} units")
    return faults
