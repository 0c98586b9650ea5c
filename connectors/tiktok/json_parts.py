"""Reads JSON that others wrote: every value is checked, and what is odd is named by its path."""

import json
import re
from dataclasses import dataclass, field
from typing import NoReturn

from connectors.errors import AnswerUnreadable
from reconciliation.quantities import Instant, Units


INSTANT_MAX = 10**11
"""Seconds of the year 5138: more is surely milliseconds."""

SHOWN_CHARACTERS_MAX = 1000
"""How much of an odd value an error shows; `wire.guarded` cuts further, once it has scrubbed."""

DIGITS = re.compile("[0-9]{1,40}")
"""A whole number as text. Python refuses to read one of thousands of digits; ids have twenty."""

_ABSENT = (None, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonPart:
    """One JSON object and the path at which it stood. Fields that nobody asks for are ignored.

    Every reader raises `AnswerUnreadable` with path and value. A field that is missing, null
    or the empty text is absent: an error, unless a default is given. Of a `secret` object no
    value is ever shown.
    """

    value: dict[str, object] = field(repr=False)
    path: str
    secret: bool = False

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text, without the blanks and line ends that TikTok's own samples have."""
        found = self._found(name, default)
        return found.strip() if isinstance(found, str) else self._odd(name, "is no text")

    def identity(self, name: str, default: str | None = None) -> str:
        """Return an id: a text, or a whole number made one (API page, section 3)."""
        found = self._found(name, default)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        if isinstance(found, str) and (found.strip() or default is not None):
            return found.strip()
        return self._odd(name, "is no id")

    def units(self, name: str, default: Units | None = None) -> Units:
        """Return a count: whole, and not negative."""
        count = self._whole(name, self._found(name, default))
        return count if count >= 0 else self._odd(name, "is negative")

    def number(self, name: str) -> int:
        """Return a whole number."""
        return self._whole(name, self._found(name, None))

    def flag(self, name: str) -> bool:
        """Return a truth; false where there is none."""
        found = self.value.get(name)
        if found is None:
            return False
        return found if isinstance(found, bool) else self._odd(name, "is neither true nor false")

    def instant(self, name: str) -> Instant:
        """Return a moment."""
        found = self.instant_if_any(name)
        return found if found is not None else self._odd(name, "is no time")

    def instant_if_any(self, name: str) -> Instant | None:
        """Return a moment, None where there is none; 0 is how TikTok says so too."""
        if self.value.get(name) in _ABSENT:
            return None
        seconds = self._whole(name, self.value[name])
        if not 0 <= seconds < INSTANT_MAX:
            self._odd(name, "is no time in seconds")
        return Instant(seconds) if seconds else None

    def part(self, name: str) -> "JsonPart":
        """Return the object under `name`; an empty one where there is none."""
        found = self.value.get(name)
        if found is None:
            found = {}
        if not isinstance(found, dict):
            self._odd(name, "is no object")
        return JsonPart(value=found, path=f"{self.path}.{name}", secret=self.secret)

    def parts(self, name: str) -> tuple["JsonPart", ...]:
        """Return the objects of a list; none where there is no list."""
        found = self.value.get(name)
        if found is None:
            return ()
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self._odd(name, "is no list of objects")
        return tuple(
            JsonPart(value=each, path=f"{self.path}.{name}[{place}]", secret=self.secret)
            for place, each in enumerate(found)
        )

    def words_if_any(self, name: str) -> frozenset[str] | None:
        """Return the texts of a list, None where there is no list."""
        found = self.value.get(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            self._odd(name, "is no list of texts")
        return frozenset(found)

    def _found(self, name: str, default: str | int | None) -> object:
        found = self.value.get(name)
        if found not in _ABSENT:
            return found
        return default if default is not None else self._odd(name, "is missing")

    def _whole(self, name: str, found: object) -> int:
        if isinstance(found, str) and DIGITS.fullmatch(found):
            return int(found)
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        return self._odd(name, "is no whole number")

    def _odd(self, name: str, fault: str) -> NoReturn:
        shown = "" if self.secret else f": {self.value.get(name)!r}"
        raise AnswerUnreadable(f"{self.path}.{name} {fault}{shown[:SHOWN_CHARACTERS_MAX]}")


def json_object(body: bytes) -> JsonPart:
    """Return the object that `body` is. Raises `AnswerUnreadable` where it is none."""
    fault = ""
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        fault = type(error).__name__
    if fault:  # raised out here and not chained: the error of `json` holds the whole text
        raise AnswerUnreadable(f"the answer is no JSON ({fault})")
    if not isinstance(value, dict):
        raise AnswerUnreadable("the answer is JSON, but no object")
    return JsonPart(value=value, path="$")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
