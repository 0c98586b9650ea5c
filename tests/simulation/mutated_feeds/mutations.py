"""Damage, by seed and number: the same number is the same damage for ever.

Some of it is done to letters, as people and exports do it, and some to bytes, as wires do it. Of
a packed file the inside is damaged too, and packed again, so that no checksum hides the damage.
"""

import gzip
import io
import random
import zipfile
from collections.abc import Callable

from .seed import Seed


CODECS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "latin-1", "cp932", "gb18030")

# What a cell or a line may be hit by; the first line is structure, the rest looks like numbers.
SIGNS = (
    *('"', '""', "'", ",", ";", "\t", "\r", "\n", "\r\n", "\0", "\x1a", "\x85", "\u2028", " "),
    *(
        "\ufeff",
        "\u200b",
        "\u00ad",
        "\u0301",
        "\u00a0",
        "\u202f",
        "\ufffd",
        "\u0422",
        "\\",
        "\x1f",
    ),
    *("{", "}", "[", "]", ":", "null", "NaN", "\\u0000", "\\ud800", "true", '"sku"', "=", "#"),
    *("-", "\u2212", "+", "_", ".", ".0", ",0", "e3", "E+3", "0x", "\uff11", "\u0663", "\u00b2"),
    *("sku", "qty", "E1", "in stock", "Z", "+01:00", "+01:75", "-24:00", ":60", "T24", "2026"),
)
NUMBERS = (
    *("0", "-0", "00", "7", "007", "+7", "-7", "1_000", "1,000", "1.000", "12.0", "12,0", "1e3"),
    *("9999999", "10000000", "9" * 30, "9" * 5_000, "", " ", "NaN", "\uff17", "7\u00a0", "1 000"),
    *("9007199254740993", "0.1", "1.5", "--7", "0x7", "1.00.0", "1,00", ".5", "5."),
)
LETTERS_MAX = 20_000
"""Doubling may not run away: the oracle reads letter by letter."""


def mutated(seed: Seed, number: int) -> bytes:
    """The seed's file with the damage of a number."""
    rng = random.Random(f"{seed.name} {number}")
    if seed.content[:2] == b"PK":
        return _workbook(seed.content, rng)
    if seed.is_packed:
        return _packed(seed.content, rng)
    content = seed.content
    if rng.random() < 0.8:
        content = _respelled(content, seed, rng)
    if rng.random() < 0.35:
        content = _bytes_bent(content, rng)
    return content


def _respelled(content: bytes, seed: Seed, rng: random.Random) -> bytes:
    text = content.decode(seed.codec)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4))):
        text = rng.choice(BY_LETTERS)(text, seed.delimiter, rng)[:LETTERS_MAX]
    codec = rng.choice(CODECS) if rng.random() < 0.05 else seed.codec
    return text.encode(codec, "replace")


# --- letters ---------------------------------------------------------------------------------


def _sign_inserted(text: str, _: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice(SIGNS) + text[at:]


def _delimiter_inserted(text: str, delimiter: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + delimiter + text[at:]


def _letters_cut(text: str, _: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + text[at + rng.choice((1, 1, 2, 9)) :]


def _letters_doubled(text: str, _: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    to = at + rng.choice((1, 1, 3, 40))
    return text[:to] + text[at:to] + text[to:]


def _number_altered(text: str, _: str, rng: random.Random) -> str:
    digits = [at for at, letter in enumerate(text) if letter in "0123456789"]
    if not digits:
        return text
    start = end = rng.choice(digits)
    while text[end : end + 1] in set("0123456789"):
        end += 1
    return text[:start] + rng.choice(NUMBERS) + text[end:]


def _lines_moved(text: str, _: str, rng: random.Random) -> str:
    lines = text.split("\n")
    at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[at], lines[to] = lines[to], lines[at]
    return "\n".join(lines)


def _line_dropped_or_doubled(text: str, _: str, rng: random.Random) -> str:
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    lines[at : at + 1] = rng.choice(([], [lines[at]] * 2, [lines[at], ""], [lines[at] + " "]))
    lines.insert(rng.randint(0, len(lines)), lines[at - 1] if lines else "")
    return "\n".join(lines)


def _lines_joined(text: str, _: str, rng: random.Random) -> str:
    return text.replace(
        "\n", rng.choice(("", " ", "\r", "\n\n", "\r\n", "\n\r")), rng.choice((1, -1))
    )


def _cells_swapped(text: str, delimiter: str, rng: random.Random) -> str:
    lines = [line.split(delimiter) for line in text.split("\n")]
    one, two = rng.choice(lines), rng.choice(lines)
    at, to = rng.randrange(len(one)), rng.randrange(len(two))
    one[at], two[to] = two[to], one[at]
    return "\n".join(delimiter.join(cells) for cells in lines)


def _case_changed(text: str, _: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + text[at : at + 3].swapcase() + text[at + 3 :]


BY_LETTERS: tuple[Callable[[str, str, random.Random], str], ...] = (
    _sign_inserted,
    _sign_inserted,
    _delimiter_inserted,
    _letters_cut,
    _letters_doubled,
    _number_altered,
    _number_altered,
    _lines_moved,
    _line_dropped_or_doubled,
    _lines_joined,
    _cells_swapped,
    _cells_swapped,
    _case_changed,
)


# --- bytes -----------------------------------------------------------------------------------


def _bytes_bent(content: bytes, rng: random.Random) -> bytes:
    bent = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randint(0, len(bent))
        put = rng.choice((b"", rng.randbytes(1), rng.randbytes(1), bytes(bent[at : at + 9])))
        bent[at : at + rng.choice((0, 1, 1, 2))] = put
    return bytes(bent[: rng.randint(0, len(bent))] if rng.random() < 0.1 else bent)


def _packed(content: bytes, rng: random.Random) -> bytes:
    if rng.random() < 0.5:
        return _bytes_bent(content, rng)
    try:
        inside = gzip.decompress(content)
    except OSError:
        return _bytes_bent(content, rng)
    return gzip.compress(_bytes_bent(inside, rng), rng.choice((0, 6)), mtime=0)


def _workbook(content: bytes, rng: random.Random) -> bytes:
    if rng.random() < 0.2:
        return _bytes_bent(content, rng)
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(file, "w") as after,
    ):
        parts = [name for name in before.namelist() if name.startswith("xl/")]
        hit = "xl/worksheets/sheet1.xml" if rng.random() < 0.6 else rng.choice(parts)
        for name in before.namelist():
            part = before.read(name)
            after.writestr(name, _part_changed(part, rng) if name == hit else part)
    return file.getvalue()


def _part_changed(part: bytes, rng: random.Random) -> bytes:
    if rng.random() < 0.3:
        return _bytes_bent(part, rng)
    return _number_altered(part.decode(errors="replace"), ",", rng).encode()
