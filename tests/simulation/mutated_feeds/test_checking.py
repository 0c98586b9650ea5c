"""The check finds what it is there for: each kind of careless reader is caught by it."""

import csv
import io

import pytest

from reconciliation.feed import (
    AsOfArrival,
    FeedRow,
    FileCause,
    FileFault,
    ParsedFeed,
    TextForm,
)
from reconciliation.quantities import Sku

from .checking import check, ours
from .oracle import oracle
from .oracle_rows import Told
from .seed import NOON, Seed
from .text_seeds import TEXT_SEEDS


FILES = range(40)
SEEDS = {seed.name: seed for seed in TEXT_SEEDS}
PLAIN = SEEDS["plain lines"]


def of(rows: dict[int, tuple[str, int]]) -> ParsedFeed:
    """A feed of these rows."""
    return ParsedFeed(
        file_name="stock",
        sha256="",
        dated_by=AsOfArrival(),
        header=("sku", "qty"),
        rows=tuple(
            FeedRow(sku=Sku(sku), units=units, as_of=NOON, row=row)
            for row, (sku, units) in rows.items()
        ),
    )


def careless(seed: Seed, content: bytes) -> ParsedFeed:
    """What is easily written: the csv module, and `int` for a rule."""
    assert isinstance(seed.dialect.form, TextForm)
    text = io.StringIO(content.decode(seed.dialect.form.encoding, "ignore"), newline="")
    reader = csv.DictReader(text, delimiter=seed.dialect.form.delimiter)
    rows = {}
    for line in reader:
        try:
            rows[reader.line_num] = (line["sku"], int(line["qty"]))
        except (KeyError, TypeError, ValueError):
            continue
    return of(rows)


def last_wins(seed: Seed, content: bytes) -> ParsedFeed:
    """Right in all but one: of rows that differ, the last is believed."""
    parsed = ours(seed, content)
    stated = {row.row: (row.sku, row.units) for row in parsed.rows}
    repeated = {fault.row: (fault.sku, 6) for fault in parsed.faults if fault.sku}
    return of({**stated, **repeated})


def crashing(_: Seed, content: bytes) -> ParsedFeed:
    """Does not know that bytes may be no text."""
    content.decode("ascii")
    return of({})


def endless(_: Seed, __: bytes) -> ParsedFeed:
    """Never comes back."""
    while True:
        pass


def timid(seed: Seed, content: bytes) -> ParsedFeed:
    """Loses the first row without a word."""
    return of({row.row: (row.sku, row.units) for row in [*ours(seed, content).rows][1:]})


@pytest.mark.parametrize(
    "trap",
    [
        "digits of other scripts",
        "underscores",
        "signs",
        "huge numbers",
        "a row twice, once unreadable",
        "ragged rows",
        "a column twice",
        "a quote left open",
        "control characters",
        "letters that look alike",
        "a letter lost on the way",
        "rows twice",
        "no numbers",
        "moments with zones",
        "rows of several warehouses",
        "Latin-1 declared as UTF-8",
        "more bytes than taken",
        "a long line",
    ],
)
def test_a_careless_reader_falls_into_each_trap(trap: str) -> None:
    """`int` and the csv module believe what is not there."""
    findings = check(SEEDS[trap], FILES, reader=careless)

    assert findings.believed


def test_believing_one_of_two_rows_that_differ_is_caught() -> None:
    """The oracle believes neither."""
    assert check(SEEDS["a row twice, once unreadable"], FILES, reader=last_wins).believed


def test_a_crash_is_caught() -> None:
    """Any exception but those that a reader may raise."""
    assert check(SEEDS["Latin-1"], FILES, reader=crashing).crashed


def test_a_reader_that_never_comes_back_is_caught() -> None:
    """It is stopped after so much work, and named."""
    assert check(PLAIN, [0], reader=endless, hang_s=0.05).hung == ["plain lines #0"]


def test_a_row_lost_without_a_cause_is_caught() -> None:
    """Believing too little is a finding as well."""
    assert check(PLAIN, FILES, reader=timid).alone


def test_a_refusal_of_what_the_oracle_takes_is_caught() -> None:
    """Whatever cause it names: somebody must explain it."""

    def refusing(_: Seed, __: bytes) -> ParsedFeed:
        raise FileFault(FileCause.EMPTY, detail="no", remedy="none")

    assert check(PLAIN, FILES, reader=refusing).alone


@pytest.mark.parametrize("seed", TEXT_SEEDS, ids=SEEDS)
def test_the_oracle_reads_each_whole_seed_as_we_do(seed: Seed) -> None:
    """Before any damage, so that a seed is what its name says."""
    told = Told(seed.dialect, file_name=seed.file_name, arrived_at=NOON)
    try:
        rows = ours(seed, seed.content).rows
    except FileFault:
        rows = ()

    assert {row.row: (row.sku, row.units, row.as_of) for row in rows} == oracle(seed.content, told)
