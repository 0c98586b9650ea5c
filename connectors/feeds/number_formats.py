"""Which number formats of a spreadsheet show a number as a day or a time.

The reader tells days by the formats it knows, within the years it knows. A number that is shown
as a day in the emperor's calendar, or past the year 9999, is a plain number to it, and no count of
units to whoever typed it.
"""

import re


BUILT_IN = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""ECMA-376 part 1, 18.8.30: those of all languages, and of the East Asian ones."""

_SPAN = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
# Quoted text, a sign taken as it is, a gap or filling, what stands in brackets, an exponent.
_SHOWN = re.compile(r'"[^"]*"?|[\\_*].?|\[[^\]]*\]|E[+-]|General', re.IGNORECASE | re.DOTALL)
# Year, month, day, hour, second; era (g, r), its year (e), Buddhist year (b), day of the week (a).
_MOMENT = re.compile(r"[ymdhsgrbea]", re.IGNORECASE)


def shows_moments(number: str, code: str | None) -> bool:
    """Tell whether a format does, by its number and, where the workbook states one, its code."""
    if code is None:
        return number.isdecimal() and int(number) in BUILT_IN
    return bool(_SPAN.search(code) or _MOMENT.search(_SHOWN.sub("", code)))
