"""What one cell states, told a second time from the specification: letter by letter, slowly.

The oracle shares with the product the declared `Dialect`, which is data, and no code: neither a
function nor a pattern of it. Where both are wrong in one way, nothing here will tell.
"""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any


class Unsaid(Exception):
    """What is asked about states nothing that may be believed."""


DIGITS = "0123456789"
UNITS_DIGITS_MAX = 7
ZEROS_MAX = 6
SKU_LETTERS_MAX = 255
INVISIBLE = ("Cc", "Cf", "Cs")
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - as the wall's clock has it
DAY = timedelta(days=1)
FIRST_DAY, LAST_DAY = datetime.min + DAY, datetime.max - DAY  # noqa: DTZ901 - as above


def sku_of(cell: str, *, upper: bool) -> str:
    """The SKU in a cell: trimmed, composed, visible, undamaged. Raises `Unsaid`."""
    if len(cell.strip()) > SKU_LETTERS_MAX:
        raise Unsaid("too long")
    sku = unicodedata.normalize("NFC", (cell.upper() if upper else cell).strip())
    if not sku or "\ufffd" in sku:
        raise Unsaid("blank or damaged")
    for letter in sku:
        if unicodedata.category(letter) in INVISIBLE:
            raise Unsaid("invisible")
    return sku


def units_of(cell: str, rule: Any) -> int:  # noqa: ANN401 - any value with the rule's fields
    """The units in a cell, by the declared rule and no other. Raises `Unsaid`."""
    text = cell
    while text[:1] == " ":
        text = text[1:]
    while text[-1:] == " ":
        text = text[:-1]
    for word, units in rule.words:
        if word.casefold() == text.casefold():
            return int(units)
    if rule.negative.value == "zero" and text[:1] in ("-", "\u2212"):
        _number(text[1:], rule.thousands_mark, rule.decimal_mark)
        return 0
    return _number(text, rule.thousands_mark, rule.decimal_mark)


def _number(text: str, thousands: str, decimal: str) -> int:
    whole = text
    if decimal and decimal in text:
        whole, _, zeros = text.partition(decimal)
        if not 1 <= len(zeros) <= ZEROS_MAX or zeros.strip("0"):
            raise Unsaid("a fraction")
    if thousands and thousands in whole:
        first, *groups = whole.split(thousands)
        if not 1 <= len(first) <= 3 or first[0] == "0" or any(len(each) != 3 for each in groups):
            raise Unsaid("thousands parted where they are not")
        whole = first + "".join(groups)
    if not 1 <= len(whole) <= UNITS_DIGITS_MAX:
        raise Unsaid("too many digits, or none")
    units = 0
    for digit in whole:
        if digit not in DIGITS:
            raise Unsaid("no digit")
        units = 10 * units + DIGITS.index(digit)
    return units


# --- moments ---------------------------------------------------------------------------------


def moment_of(cell: str, zone: tzinfo | None) -> float:
    """The moment in a cell, in ISO 8601 as RFC 3339 has it. Raises `Unsaid`."""
    text = cell.strip(" ")
    if len(text) < len("2026-11-24T12:00"):
        raise Unsaid("too short for a moment")
    year, month, day = (_digits(text[at:to]) for at, to in ((0, 4), (5, 7), (8, 10)))
    hour, minute = (_digits(text[at:to]) for at, to in ((11, 13), (14, 16)))
    signs = (text[4], text[7], text[10], text[13])
    if signs not in {("-", "-", "T", ":"), ("-", "-", " ", ":")} or hour > 23 or minute > 59:
        raise Unsaid("no moment")
    seconds, rest = _seconds(text[16:])
    local = _day(year, month, day) + timedelta(hours=hour, minutes=minute) + seconds
    if rest == "Z":
        return _since_1970(local) / timedelta(seconds=1)
    if rest:
        return (_since_1970(local) - _offset(rest)) / timedelta(seconds=1)
    if zone is None:
        raise Unsaid("no zone")
    return earliest(local, zone)


def _seconds(text: str) -> tuple[timedelta, str]:
    if text[:1] != ":":
        return timedelta(), text
    whole = _digits(text[1:3])
    if whole > 59 or len(text) < len(":00"):
        raise Unsaid("no second")
    if text[3:4] != ".":
        return timedelta(seconds=whole), text[3:]
    digits = 0
    while text[4 + digits : 5 + digits] and text[4 + digits] in DIGITS:
        digits += 1
    if not 1 <= digits <= 6:
        raise Unsaid("no fraction of a second")
    micro = _digits(text[4 : 4 + digits]) * 10 ** (6 - digits)
    return timedelta(seconds=whole, microseconds=micro), text[4 + digits :]


def _offset(text: str) -> timedelta:
    if text[0] not in "+-":
        raise Unsaid("no offset")
    digits = text[1:3] + (text[4:] if text[3:4] == ":" else text[3:])
    if len(digits) != 4:
        raise Unsaid("no offset")
    hours, minutes = _digits(digits[:2]), _digits(digits[2:])
    if hours > 23 or minutes > 59:
        raise Unsaid("no offset")
    size = timedelta(hours=hours, minutes=minutes)
    return -size if text[0] == "-" else size


def earliest(local: datetime, zone: tzinfo) -> float:
    """The earliest moment at which clocks of a zone may have shown `local`."""
    tried = [_since_1970(local) - offset for offset in _offsets_around(local, zone)]
    # In the hour that clocks skip no moment shows it: the earlier of both readings, again.
    shown = [each for each in tried if _shown(each, zone) == _since_1970(local)]
    return min(shown or tried) / timedelta(seconds=1)


def _offsets_around(local: datetime, zone: tzinfo) -> list[timedelta]:
    """What clocks were set to the day before and the day after."""
    days = (max(local, FIRST_DAY) - DAY, min(local, LAST_DAY) + DAY)
    return [day.replace(tzinfo=zone).utcoffset() or timedelta() for day in days]


def _shown(moment: timedelta, zone: tzinfo) -> timedelta | None:
    try:
        shown = (EPOCH.replace(tzinfo=UTC) + moment).astimezone(zone)
    except OverflowError:
        return None
    return _since_1970(shown.replace(tzinfo=None))


def _day(year: int, month: int, day: int) -> datetime:
    try:
        return datetime(year, month, day)  # noqa: DTZ001 - as the wall's clock has it
    except ValueError as fault:
        raise Unsaid("no day") from fault


def _digits(text: str) -> int:
    if not text or any(letter not in DIGITS for letter in text):
        raise Unsaid("no number")
    return int(text)


def _since_1970(moment: datetime) -> timedelta:
    return moment - EPOCH


def stamp_of(name: str, zone: tzinfo) -> float:
    """The moment in the first twelve digits together of a file's name. Raises `Unsaid`."""
    for stamp in _runs(name):
        year, month, day = _digits(stamp[:4]), _digits(stamp[4:6]), _digits(stamp[6:8])
        hour, minute = _digits(stamp[8:10]), _digits(stamp[10:])
        if hour > 23 or minute > 59:
            raise Unsaid("no time of day")
        local = _day(year, month, day) + timedelta(hours=hour, minutes=minute)
        return earliest(local, zone)
    raise Unsaid("no stamp in the name")


def _runs(name: str) -> Iterator[str]:
    for at in range(len(name) - 11):
        if all(letter in DIGITS for letter in name[at : at + 12]):
            yield name[at : at + 12]
