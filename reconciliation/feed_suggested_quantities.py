"""By which rule a column of quantities seems to be written: its marks, and its words."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import product

from .feed_faults import RowCause
from .feed_quantity import DIGITS_MAX, QuantityRule, read_units
from .feed_suggested_words import NONE_LEFT, SOME_LEFT
from .feed_suggestion import Choice, Sureness


WORDS_MAX = 12
"""A column with more words than this is no column of quantities."""

_THOUSANDS = ("", ",", ".", "'", "\u2019", " ", "\u00a0", "\u202f")
_DECIMALS = ("", ".", ",")

WORD_LETTERS_MAX = 40
"""A longer cell is no word for a quantity."""

_PLAIN = QuantityRule()


def share_read(cells: tuple[str, ...]) -> float:
    """Return which share of cells some rule reads as units."""
    if not cells:
        return 0.0
    return max(_reads(cells, rule) for rule in _rules()) / len(cells)


def rule_of(cells: tuple[str, ...]) -> QuantityRule:
    """Return the rule by which most cells are read, and of several the one that reads least."""
    words = _known_words(cells)
    return replace(_tied(cells)[0], words=tuple(words.items()))


def rule_choices(cells: tuple[str, ...]) -> Iterator[Choice]:
    """Yield the settings of the rule that differ from its defaults, and what is doubtful."""
    yield from _mark_choices(cells)
    yield from _word_choices(cells)
    negative = sum(read_units(c, _tied(cells)[0]) is RowCause.QUANTITY_NEGATIVE for c in cells)
    if negative:
        yield Choice(
            setting="negative",
            value="fault",
            sureness=Sureness.DOUBTFUL,
            evidence=f"{negative} quantities are below 0: ask whether none is left then",
            alternatives=("zero",),
        )


def _mark_choices(cells: tuple[str, ...]) -> Iterator[Choice]:
    chosen, *others = _tied(cells)
    doubtful = bool(others)
    unmarked = _reads(cells, _PLAIN)
    seen = f"{_reads(cells, chosen) - unmarked} of {len(cells)} quantities are read by this mark"
    for name in ("thousands_mark", "decimal_mark"):
        mark = getattr(chosen, name)
        instead = tuple(
            dict.fromkeys(getattr(o, name) for o in others if getattr(o, name) != mark)
        )
        if mark or (doubtful and any(instead)):
            yield Choice(
                setting=name,
                value=mark,
                sureness=Sureness.DOUBTFUL if doubtful else Sureness.LIKELY,
                evidence="the quantities read in two ways, and this is the lower one"
                if doubtful
                else seen,
                alternatives=instead,
            )


def _word_choices(cells: tuple[str, ...]) -> Iterator[Choice]:
    known, unknown = _known_words(cells), _unknown_words(cells)
    if not known and not unknown:
        return
    told = f"; nobody knows what {', '.join(map(repr, unknown))} means" if unknown else ""
    certain = not unknown and not any(known.values())
    yield Choice(
        setting="quantity_words",
        value=known,
        sureness=Sureness.LIKELY if certain else Sureness.DOUBTFUL,
        evidence=f"words stand in place of quantities: ask how many units each vouches for{told}",
        alternatives=({**known, **dict.fromkeys(unknown, 0)},) if unknown else (),
    )


# --- marks -----------------------------------------------------------------------------------


def _rules() -> Iterator[QuantityRule]:
    for thousands, decimal in product(_THOUSANDS, _DECIMALS):
        if not thousands or thousands != decimal:
            yield QuantityRule(thousands_mark=thousands, decimal_mark=decimal)


def _reads(cells: tuple[str, ...], rule: QuantityRule) -> int:
    return sum(isinstance(read_units(cell, rule), int) for cell in cells)


@lru_cache(maxsize=32)
def _tied(cells: tuple[str, ...]) -> tuple[QuantityRule, ...]:
    """Return the simplest rules that read the most, the one with the lowest units first.

    There are several only where they differ in what they read.
    """
    counted = [(_reads(cells, rule), rule) for rule in _rules()]
    most = max(count for count, _ in counted)
    by_reading: dict[tuple[int | RowCause, ...], QuantityRule] = {}
    best = (rule for count, rule in counted if count == most)
    for rule in sorted(best, key=lambda each: len(each.thousands_mark + each.decimal_mark)):
        by_reading.setdefault(tuple(read_units(cell, rule) for cell in cells), rule)
    return tuple(by_reading[reading] for reading in sorted(by_reading, key=_total))


def _total(reading: tuple[int | RowCause, ...]) -> int:
    return sum(units for units in reading if isinstance(units, int))


# --- words -----------------------------------------------------------------------------------


def _words(cells: tuple[str, ...]) -> list[str]:
    rule = _tied(cells)[0]
    unread = [cell.strip(" ") for cell in cells if read_units(cell, rule) in _WORDLIKE]
    return [word for word, _ in Counter(unread).most_common(WORDS_MAX)]


_WORDLIKE = (RowCause.QUANTITY_UNREADABLE,)


def _known_words(cells: tuple[str, ...]) -> dict[str, int]:
    found = {word: _units_of(word) for word in _words(cells)}
    known: dict[str, int] = {}
    for word, units in found.items():
        if units is not None and word.casefold() not in {each.casefold() for each in known}:
            known[word] = units
    return known


def _unknown_words(cells: tuple[str, ...]) -> list[str]:
    words = (word for word in _words(cells) if _units_of(word) is None)
    return [
        word for word in words if len(word) <= WORD_LETTERS_MAX and any(map(str.isalpha, word))
    ]


def _units_of(word: str) -> int | None:
    """Return the units that a known word vouches for; of a bound, the least."""
    plain = word.casefold()
    if plain in NONE_LEFT:
        return 0
    if plain in SOME_LEFT:
        return 1
    bound = plain.removesuffix("+").removeprefix(">").strip(" ")
    is_bound = (
        bound != plain and bound.isascii() and bound.isdecimal() and len(bound) <= DIGITS_MAX
    )
    return int(bound) if is_bound else None
