"""JSON, read a second time from its specification (RFC 8259): a reader of its own.

What our reader is known to take beyond JSON, the words NaN and Infinity and half a surrogate, is
taken here too, as a value that is never a SKU or a quantity.
"""

from dataclasses import dataclass
from typing import TypeAlias

from .oracle_cells import DIGITS, Unsaid
from .oracle_rows import Cells, Stated, Told, state
from .oracle_text import text_of


BLANK = " \t\n\r"
DEPTH_MAX = 32
DEEPEST = 200
"""Far above the depth at which a row is refused, far below Python's own limit."""
WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
NUMBER_LETTERS_MAX = 30


@dataclass(frozen=True, slots=True)
class Written:
    """A number or a word as written: never equal to a text of the same letters."""

    text: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """An object: all of its pairs, so that a key given twice is there twice."""

    pairs: "tuple[tuple[str, Value], ...]" = ()

    @property
    def keys(self) -> set[str]:
        """Its keys, each once."""
        return {key for key, _ in self.pairs}

    @property
    def repeats(self) -> bool:
        """Whether a key is given twice."""
        return len(self.keys) < len(self.pairs)

    def get(self, key: str) -> "Value":
        """The value of a key, null where there is none."""
        return dict(self.pairs).get(key, NULL)


Value: TypeAlias = "str | Written | Pairs | list[Value]"
NULL = Written("null")


class Document:
    """One JSON text, read from the left."""

    def __init__(self, text: str) -> None:
        """Begin at the first letter."""
        self.text = text
        self.at = 0
        self.deepest = 0

    def whole(self) -> Value:
        """The one value of the text. Raises `Unsaid`."""
        value = self._value(0)
        if self._next():
            raise Unsaid("more than one value")
        return value

    def _next(self) -> str:
        while self.text[self.at : self.at + 1] and self.text[self.at] in BLANK:
            self.at += 1
        return self.text[self.at : self.at + 1]

    def _take(self, wanted: str) -> None:
        if self._next() != wanted:
            raise Unsaid(f"no {wanted}")
        self.at += 1

    def _value(self, depth: int) -> Value:
        if depth > DEEPEST:
            raise Unsaid("too deep")
        first = self._next()
        if first == '"':
            return self._string()
        if first in ("{", "["):
            self.deepest = max(self.deepest, depth + 1)
            return self._object(depth) if first == "{" else self._array(depth)
        for word in WORDS:
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return Written(word)
        return self._number()

    def _object(self, depth: int) -> Pairs:
        self._take("{")
        pairs: list[tuple[str, Value]] = []
        while self._next() != "}":
            if pairs:
                self._take(",")
            if self._next() != '"':
                raise Unsaid("no key")
            key = self._string()
            self._take(":")
            pairs.append((key, self._value(depth + 1)))
        self.at += 1
        return Pairs(tuple(pairs))

    def _array(self, depth: int) -> list[Value]:
        self._take("[")
        values: list[Value] = []
        while self._next() != "]":
            if values:
                self._take(",")
            values.append(self._value(depth + 1))
        self.at += 1
        return values

    def _string(self) -> str:
        self.at += 1
        letters = ""
        while (letter := self.text[self.at : self.at + 1]) != '"':
            if not letter or ord(letter) < 32:
                raise Unsaid("a string left open, or a control character in it")
            self.at += 1
            letters += self._escaped() if letter == "\\" else letter
        self.at += 1
        return _joined(letters)

    def _escaped(self) -> str:
        letter = self.text[self.at : self.at + 1]
        self.at += 1
        if letter != "u":
            if letter not in ESCAPES:
                raise Unsaid("an escape that is none")
            return ESCAPES[letter]
        code = self.text[self.at : self.at + 4]
        if len(code) < 4 or any(each not in "0123456789abcdefABCDEF" for each in code):
            raise Unsaid("an escape that is none")
        self.at += 4
        return chr(int(code, 16))

    def _number(self) -> Written:
        start = self.at
        self._skip("-", at_most=1)
        whole_at = self.at
        whole = self._skip(DIGITS)
        if not whole or (whole > 1 and self.text[whole_at] == "0"):
            raise Unsaid("no number")
        if self._skip(".", at_most=1) and not self._skip(DIGITS):
            raise Unsaid("no number")
        if self._skip("eE", at_most=1):
            self._skip("+-", at_most=1)
            if not self._skip(DIGITS):
                raise Unsaid("no number")
        return Written(self.text[start : self.at])

    def _skip(self, letters: str, *, at_most: int = 1_000_000) -> int:
        start = self.at
        while self.at - start < at_most and self.text[self.at : self.at + 1]:
            if self.text[self.at] not in letters:
                break
            self.at += 1
        return self.at - start


def _joined(letters: str) -> str:
    """The letters, with the two halves of a letter made one."""
    return letters.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


# --- rows ------------------------------------------------------------------------------------


Items: TypeAlias = list[tuple[int, Pairs | None]]
"""The number of each row, and its object, None where it is none that may be read."""


def state_json(content: bytes, told: Told) -> Stated:
    """What a file of JSON states. Raises `Unsaid` where nothing in it may be believed."""
    form = told.dialect.form
    if len(content) > told.dialect.bytes_max:
        raise Unsaid("too large")
    text = text_of(content, form.encoding.value)
    items = _lines(text) if form.layout.value == "lines" else _array(text, form.rows_at)
    if len(items) > told.dialect.rows_max:
        raise Unsaid("too many rows")
    objects = [pairs for _, pairs in items if pairs is not None]
    seen = {key for pairs in objects for key in pairs.keys}
    names = [_name(column, seen) for column in told.dialect.columns] if objects else []
    # An object with a key twice names columns, and is no row.
    good = [(row, pairs) for row, pairs in items if pairs is not None and not pairs.repeats]
    return state([_cells(row, pairs, names, told) for row, pairs in good], told)


def _lines(text: str) -> Items:
    items: Items = []
    for row, line in enumerate(text.split("\n"), start=1):
        if line.strip(" \t\r"):
            try:
                document = Document(line)
                items.append((row, _object(document.whole(), document.deepest)))
            except Unsaid:
                items.append((row, None))
    return items


def _array(text: str, rows_at: str) -> Items:
    value = Document(text).whole()
    for key in rows_at.split(".") if rows_at else ():
        if not isinstance(value, Pairs) or value.repeats:
            raise Unsaid("no way to the rows")
        value = value.get(key)
    if not isinstance(value, list):
        raise Unsaid("no rows")
    return [(row, _object(each, _depth(each))) for row, each in enumerate(value, start=1)]


def _depth(value: Value) -> int:
    if isinstance(value, Pairs):
        return 1 + max((_depth(each) for _, each in value.pairs), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def _object(value: Value, depth: int) -> Pairs | None:
    return value if isinstance(value, Pairs) and depth <= DEPTH_MAX else None


def _name(column: str | tuple[str, ...], seen: set[str]) -> str:
    wanted = {column} if isinstance(column, str) else set(column)
    if len(wanted & seen) != 1:
        raise Unsaid("no such key, or two")
    return next(iter(wanted & seen))


def _cells(row: int, pairs: Pairs, names: list[str], told: Told) -> Cells:
    dated = hasattr(told.dialect.as_of, "name")
    texts = [_text(pairs.get(name)) for name in names]
    return Cells(
        row=row,
        sku=texts[0],
        units=texts[1],
        # A number is no moment, and reads as none.
        as_of=texts[2] if dated else None,
        code=texts[-1] if told.dialect.warehouse is not None else None,
        beside=(
            texts[-1] if told.dialect.warehouse is not None else None,
            sorted((key, repr(value)) for key, value in pairs.pairs if key not in names),
        ),
    )


def _text(value: Value) -> str | None:
    """What a value says as a cell, None where it is no text and no whole number."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Written):
        return None
    if value.text == "null":
        return ""
    digits = value.text.removeprefix("-")
    if digits.strip(DIGITS) or len(value.text) > NUMBER_LETTERS_MAX:
        return None
    return "0" if digits == "0" else value.text
