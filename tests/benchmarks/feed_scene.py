"""Two exports of a partner, a day apart, and the usual way of comparing them with Python's csv."""

import csv
import io
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connectors.sandbox.feed_files import HEADER, BadRow, as_of_text, bad_lines


CHANGED_SHARE, BAD_SHARE = 0.05, 0.001
UNITS_BELOW = 500
DAY_S = 86_400.0

_UNITS = re.compile("[0-9]{1,7}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """The bytes of an export, and of the one a day later in which some rows changed."""

    before: bytes
    after: bytes
    arrived_at: float


def exports(rows: int, *, arrived_at: float, quoted: bool = False) -> Exports:
    """Return two exports of so many SKUs; in the later one some rows are bad, of ten kinds."""
    rng = random.Random(1)
    units = [rng.randrange(UNITS_BELOW) for _ in range(rows)]
    stamps = [as_of_text(arrived_at - ago_s) for ago_s in (DAY_S, 60.0)]
    good = (_line(number, held, stamps[0]) for number, held in enumerate(units))
    return Exports(
        before=_bytes(good, quoted=quoted),
        after=_bytes(_a_day_later(units, stamps[1], rng), quoted=quoted),
        arrived_at=arrived_at,
    )


def _a_day_later(units: list[int], stamp: str, rng: random.Random) -> Iterator[str]:
    kinds = list(BadRow)
    for number, held in enumerate(units):
        chance = rng.random()
        if chance < BAD_SHARE:
            yield from bad_lines(rng.choice(kinds), _sku(number), stamp)
        else:
            yield _line(number, held + (chance < BAD_SHARE + CHANGED_SHARE), stamp)


def _sku(number: int) -> str:
    return f"SKU-{number:07d}"


def _line(number: int, units: int, stamp: str) -> str:
    return f"{_sku(number)},{units},{stamp}"


def _bytes(lines: Iterator[str], *, quoted: bool) -> bytes:
    if quoted:
        lines = (f'"{line}"'.replace(",", '","') for line in lines)
    return "\r\n".join([HEADER, *lines, ""]).encode()


# --- the baseline ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the baseline makes of two exports."""

    accepted: int
    faults: list[tuple[int, str]]
    changed: dict[str, int]
    lost: list[str]


def compare_with_csv(exported: Exports) -> Compared:
    """Read both exports by the csv module, check each row strictly, and compare two dicts."""
    before, _ = _read_with_csv(exported.before, exported.arrived_at)
    after, faults = _read_with_csv(exported.after, exported.arrived_at)
    return Compared(
        accepted=len(after),
        faults=faults,
        changed={
            sku: units
            for sku, (units, _) in after.items()
            if sku not in before or before[sku][0] != units
        },
        lost=[sku for sku in before if sku not in after],
    )


def _read_with_csv(
    content: bytes, arrived_at: float
) -> tuple[dict[str, tuple[int, float]], list[tuple[int, str]]]:
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    header = next(reader)
    places = [header.index(name) for name in HEADER.split(",")]
    rows: dict[str, tuple[int, float]] = {}
    twice = set()
    faults = []
    for number, cells in enumerate(reader, start=2):
        fault = _fault(cells, len(header), places)
        if fault:
            faults.append((number, fault))
            continue
        sku, units, as_of = (cells[place].strip() for place in places)
        moment = datetime.fromisoformat(as_of).timestamp()
        if moment > arrived_at:
            faults.append((number, "as_of"))
        elif sku in rows and rows[sku] != (int(units), moment):
            twice.add(sku)
            faults.append((number, "repeated"))
        else:
            rows[sku] = (int(units), moment)
    for sku in twice:
        del rows[sku]
    return rows, faults


def _fault(cells: list[str], width: int, places: list[int]) -> str:
    if len(cells) != width:
        return "columns"
    if not cells[places[0]].strip():
        return "sku"
    return "" if _UNITS.fullmatch(cells[places[1]].strip(" ")) else "quantity"
