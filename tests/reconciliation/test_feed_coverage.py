"""What a file says of the SKUs that it leaves out, by what was declared."""

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.feed import AsOfColumn, Dialect, ParsedFeed, parse
from reconciliation.feed_coverage import Coverage, FeedScope, MissingRows, stated_by_absence
from reconciliation.quantities import Instant, Sku


NOON = Instant(1_795_521_600.0)  # 2026-11-24T12:00:00Z
DIALECT = Dialect(sku_column="sku", quantity_column="qty", as_of=AsOfColumn(name="at"))

KEEP = Coverage()
ZERO = Coverage(missing_rows=MissingRows.ZERO)
AFTER_TWO = Coverage(missing_rows=MissingRows.ZERO_AFTER, zero_after_files=2)

IN_FORCE = {Sku("TEE"): 5, Sku("MUG"): 6, Sku("CAP"): 0}


def file(*rows: str) -> ParsedFeed:
    """A file with these rows of SKU and units, counted at ten, the last one at eleven."""
    lines = [f"{row},2026-11-24T1{at}:00:00Z" for at, row in zip([0] * 9, rows, strict=False)]
    lines[-1] = lines[-1].replace("T10", "T11")
    content = "\n".join(["sku,qty,at", *lines]).encode()
    return parse(content, DIALECT, file_name="stock.csv", arrived_at=NOON)


def zeroed(
    parsed: ParsedFeed, coverage: Coverage, *before: Collection[str]
) -> list[tuple[str, int]]:
    """The SKUs that a file states by absence, after files that had others."""
    skus = [{Sku(each) for each in skus} for skus in before]
    rows = stated_by_absence(parsed, IN_FORCE, skus, coverage)
    return [(row.sku, row.units) for row in rows]


def test_a_sku_that_is_left_out_keeps_its_number_unless_declared() -> None:
    """Half an export must not empty a warehouse."""
    assert zeroed(file("TEE,5"), KEEP) == []


def test_a_sku_that_is_left_out_may_be_declared_gone() -> None:
    """Only what had units: the others are at 0 already."""
    assert zeroed(file("TEE,5"), ZERO) == [("MUG", 0)]


def test_a_sku_whose_row_was_refused_is_not_left_out() -> None:
    """The file has it; what it says could not be read."""
    assert zeroed(file("TEE,5", "MUG,many"), ZERO) == []


def test_a_sku_that_is_stated_twice_is_not_left_out() -> None:
    """Its rows contradict each other, and neither says that none are left."""
    assert zeroed(file("TEE,5", "MUG,1", "MUG,2"), ZERO) == []


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([], []),
        ([{"TEE", "MUG"}], []),
        ([{"TEE"}], [("MUG", 0)]),
        ([{"TEE"}, {"TEE", "MUG"}], [("MUG", 0)]),
        ([{"TEE", "MUG"}, {"TEE"}], []),
    ],
    ids=["first file", "was there", "gone for two", "gone for two after all", "came back"],
)
def test_a_sku_may_have_to_be_left_out_several_times(
    before: list[set[str]], expected: list[tuple[str, int]]
) -> None:
    """In a row, this file counted."""
    assert zeroed(file("TEE,5"), AFTER_TWO, *before) == expected


def test_what_is_left_out_is_gone_as_of_the_newest_row() -> None:
    """The file was made no earlier, and it is that file which lacks the SKU."""
    [row] = stated_by_absence(file("TEE,5", "CAP,1"), IN_FORCE, [], ZERO)

    assert (row.sku, row.as_of) == ("MUG", NOON - 3600)


def test_a_file_without_rows_says_nothing() -> None:
    """No moment is told, so nobody knows as of when the SKUs would be gone."""
    assert zeroed(file("TEE,many"), ZERO) == []


@pytest.mark.parametrize(
    ("coverage", "files"),
    [(KEEP, 0), (ZERO, 0), (AFTER_TWO, 1), (Coverage(zero_after_files=9), 0)],
)
def test_as_many_files_are_looked_at_as_the_rule_needs(coverage: Coverage, files: int) -> None:
    """Whoever gathers them asks for no more."""
    assert coverage.files_before == files


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": FeedScope.DELTA, "missing_rows": MissingRows.ZERO},
        {"scope": FeedScope.DELTA, "missing_rows": MissingRows.ZERO_AFTER},
        {"zero_after_files": 0},
    ],
)
def test_a_coverage_that_contradicts_itself_is_never_made(wrong: dict[str, object]) -> None:
    """A delta leaves out what did not change."""
    with pytest.raises(ValueError, match=r"\w"):
        Coverage(**wrong)  # type: ignore[arg-type]  # wrong on purpose


SKUS = st.frozensets(st.sampled_from(["TEE", "MUG", "CAP", "BAG"]))


@given(now=SKUS, before=st.lists(SKUS, max_size=4), files=st.integers(1, 4))
def test_what_is_zeroed_was_in_none_of_the_files_that_count(
    now: frozenset[str], before: list[frozenset[str]], files: int
) -> None:
    """And what was in none of them is zeroed, if it had units and there were so many files."""
    rule = Coverage(missing_rows=MissingRows.ZERO_AFTER, zero_after_files=files)
    gone = {sku for sku, _ in zeroed(file("BOX,1", *(f"{sku},1" for sku in now)), rule, *before)}

    counted = [now, *before[: files - 1]]
    absent = {sku for sku in ("TEE", "MUG") if not any(sku in each for each in counted)}
    assert gone == (absent if len(counted) == files else set())
