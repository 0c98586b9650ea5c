"""What must hold of every file whatsoever, searched for by hypothesis."""

import contextlib
import re
import time

from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciliation.feed import (
    AsOfArrival,
    AsOfColumn,
    AsOfFileName,
    Dialect,
    Encoding,
    FileFault,
    Negative,
    ParsedFeed,
    QuantityRule,
    TextForm,
    parse,
)
from reconciliation.quantities import Instant


NOON = Instant(1_795_521_600.0)  # 2026-11-24T12:00:00Z

FORMS = st.builds(
    TextForm,
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quote=st.sampled_from(['"', "'"]),
    encoding=st.sampled_from(list(Encoding)),
    line_letters_max=st.sampled_from([20, 10_000]),
)

DIALECTS = st.builds(
    Dialect,
    sku_column=st.just("sku"),
    quantity_column=st.just("qty"),
    as_of=st.sampled_from(
        [
            AsOfArrival(lag_s=60.0),
            AsOfColumn(name="at"),
            AsOfFileName(pattern=r"(?P<as_of>[0-9]{8})", time_format="%Y%m%d"),
        ]
    ),
    form=FORMS,
    rows_max=st.sampled_from([1, 1_000]),
    skip_lines=st.sampled_from([0, 0, 1, 3]),
    header_lines=st.sampled_from([1, 1, 2]),
    quantity=st.builds(
        QuantityRule,
        thousands_mark=st.sampled_from(["", "."]),
        decimal_mark=st.sampled_from(["", ","]),
        words=st.sampled_from([(), (("", 0), ("in stock", 5))]),
        negative=st.sampled_from(list(Negative)),
    ),
)

# Cells and joints that are likely to hurt, in any order.
PIECES = st.sampled_from(
    [
        *("sku", "qty", "at", ",", ";", "\t", "|", '"', "'", "\n", "\r\n", "\r", " ", "", "\0"),
        *("TEE", "tee", "MUG", "\ufeff", "\u200b", "\ufffd", "\u2028", "\x1c", "\x85", "=1+1"),
        *("0", "7", "007", "10", "-1", "+5", "1_000", "1e3", "NaN", "12.0", "99999999", "\uff11"),
        *("2026-11-24T10:00:00Z", "2026-11-24T10:00:00", "2027-01-01T00:00:00Z"),
        *("sku,qty\n", "sku,qty,at\n", "TEE,5\n", "TEE,5\n", "MUG,x\n", 'CAP,"6"\n'),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)

PLAIN = Dialect(sku_column="sku", quantity_column="qty")


def read(content: bytes, dialect: Dialect = PLAIN, name: str = "20261124.csv") -> ParsedFeed:
    """Parse a file that arrived at noon."""
    return parse(content, dialect, file_name=name, arrived_at=NOON)


@given(content=st.binary(max_size=400), dialect=DIALECTS, name=st.text(max_size=30))
@example(content=b"\xff\xfe", dialect=PLAIN, name="")
def test_no_bytes_raise_anything_but_a_file_fault(
    content: bytes, dialect: Dialect, name: str
) -> None:
    """A file is read, or refused by its one exception."""
    with contextlib.suppress(FileFault):
        read(content, dialect, name)


@settings(max_examples=400)
@given(text=TEXTS, dialect=DIALECTS)
def test_no_nearly_right_file_raises_anything_but_a_file_fault(
    text: str, dialect: Dialect
) -> None:
    """The same of files that are almost feeds, in every encoding that can write them."""
    assert isinstance(dialect.form, TextForm)
    content = text.encode(dialect.form.encoding, "ignore")

    with contextlib.suppress(FileFault):
        assert read(content, dialect) == read(content, dialect)


@settings(max_examples=400)
@given(cells=st.lists(st.tuples(st.sampled_from(["TEE", "MUG", "", "C\u200bP"]), st.text())))
def test_every_accepted_quantity_is_one_that_an_oracle_accepts(
    cells: list[tuple[str, str]],
) -> None:
    """What counts is spelt in the line that it came from, as digits and nothing else."""
    lines = ["sku,qty", *(f"{sku},{text}" for sku, text in cells)]
    content = "\n".join(lines).encode("utf-8", "replace")
    physical = content.decode().split("\n")

    with contextlib.suppress(FileFault):
        for row in read(content).rows:
            spelt = re.fullmatch(r'"?(TEE|MUG)"?, *"? *([0-9]{1,7}) *"?\r?', physical[row.row - 1])
            assert spelt is not None
            assert (row.sku, row.units) == (spelt[1], int(spelt[2]))


QUANTITIES = st.one_of(
    st.integers(min_value=-5, max_value=10**8).map(str), st.text(st.characters(codec="utf-8"))
)


@settings(max_examples=400)
@given(text=QUANTITIES)
@example(text=" 5 ")
@example(text="\u0665")
def test_a_quantity_is_accepted_exactly_if_an_oracle_accepts_it(text: str) -> None:
    """Written quoted, so that any text is one cell: nothing good is refused, nothing bad taken."""
    quoted = '"' + text.replace('"', '""') + '"'
    good = re.fullmatch("[0-9]{1,7}", text.strip(" "), re.ASCII) is not None
    accepted = None

    with contextlib.suppress(FileFault):
        accepted = [row.units for row in read(f"sku,qty\nTEE,{quoted}\n".encode()).rows]

    assert bool(accepted) == good
    assert not accepted or accepted == [int(text)]


@settings(max_examples=400)
@given(text=TEXTS)
def test_every_data_row_ends_in_exactly_one_place(text: str) -> None:
    """Accepted, faulted and merged rows are together the lines below the header."""
    content = "sku,qty\n" + text
    with contextlib.suppress(FileFault):
        parsed = read(content.encode())

        accepted = [row.row for row in parsed.rows]
        merged = [each.row for each in parsed.merged]
        faulted = sorted({fault.row for fault in parsed.faults})
        lines = [line.removesuffix("\r").strip(" \t") for line in content.split("\n")]
        below = [row for row, line in enumerate(lines, start=1) if line]
        assert sorted(accepted + merged + faulted) == below[1:]
        assert parsed.data_rows == len(below) - 1


@given(text=TEXTS)
def test_no_two_accepted_rows_share_a_sku(text: str) -> None:
    """One item has one number."""
    with contextlib.suppress(FileFault):
        skus = [row.sku for row in read(("sku,qty\n" + text).encode()).rows]

        assert len(set(skus)) == len(skus)


@given(
    stock=st.dictionaries(
        st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1),
        st.integers(min_value=0, max_value=9_999_999),
        max_size=20,
    )
)
def test_a_file_written_by_the_rules_is_read_back(stock: dict[str, int]) -> None:
    """What a partner writes properly quoted is taken, all of it."""
    rows = "".join(
        f'"{sku.replace(chr(34), 2 * chr(34))}",{units}\n' for sku, units in stock.items()
    )

    parsed = read(f"sku,qty\n{rows}".encode())

    damaged = {sku for sku in stock if "\ufffd" in sku}
    assert len(parsed.rows) + parsed.bad_rows == len(stock)
    assert parsed.bad_rows >= len(damaged)
    assert parsed.bad_rows == 0 or damaged or _same_when_normal(stock)


def _same_when_normal(stock: dict[str, int]) -> bool:
    joined = [read(f'sku,qty\n"{sku}",1\n'.encode()).rows for sku in stock if '"' not in sku]
    skus = [row.sku for rows in joined for row in rows]
    return len(set(skus)) < len(skus)


def test_a_large_file_is_read_in_linear_time() -> None:
    """A hundred thousand rows, quoted and dated, take seconds; long hostile lines do not hang."""
    rows = "".join(
        f'"SKU-{number}",{number % 500},2026-11-24T10:00:00Z\n' for number in range(100_000)
    )
    dated = Dialect(sku_column="sku", quantity_column="qty", as_of=AsOfColumn(name="at"))
    began = time.perf_counter()

    parsed = read(f"sku,qty,at\n{rows}".encode(), dated)
    for hostile in ("," * 65_536, "e" + "\u0301" * 60_000 + ",1", "TEE," + "1." * 30_000):
        read(f"sku,qty\n{hostile}\n".encode())
    with contextlib.suppress(FileFault):
        read(("a," * 32_000).encode())

    assert len(parsed.rows) == 100_000
    assert time.perf_counter() - began < 20.0
