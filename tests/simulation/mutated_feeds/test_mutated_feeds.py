"""However a feed is damaged, it is read as the oracle reads it, or refused with a cause.

One number is one file for ever: `check(seed, [number])` has a failure again.
"""

import pytest

from connectors.feeds.fast_way import read_fast
from reconciliation.feed import ParsedFeed, parse

from .checking import check
from .mutations import mutated
from .other_seeds import GZIP_SEEDS, JSON_SEEDS, SHEET_SEEDS
from .seed import NOON, Seed
from .text_seeds import TEXT_SEEDS


# Workbooks and packed files take longer, and most of their damage is seen at the first glance.
FILES_OF_TEXT, FILES_OF_JSON, FILES_PACKED, SHEETS = 1_500, 800, 250, 250
FILES_READ_FAST = 200

BATCHES = (
    *((seed, FILES_OF_TEXT) for seed in TEXT_SEEDS),
    *((seed, FILES_OF_JSON) for seed in JSON_SEEDS),
    *((seed, FILES_PACKED) for seed in GZIP_SEEDS),
    *((seed, SHEETS) for seed in SHEET_SEEDS),
)


@pytest.mark.parametrize(("seed", "files"), BATCHES, ids=[seed.name for seed, _ in BATCHES])
def test_a_damaged_feed_is_read_as_the_oracle_reads_it_or_refused(seed: Seed, files: int) -> None:
    """No crash, no hang, no row believed that is not there, no row lost without a cause."""
    findings = check(seed, range(files))

    assert findings.bad == []


@pytest.mark.parametrize("seed", TEXT_SEEDS, ids=[seed.name for seed in TEXT_SEEDS])
def test_the_fast_way_reads_a_damaged_feed_as_the_oracle_does(seed: Seed) -> None:
    """Small files take the careful way by themselves: here they are given to the fast one."""
    findings = check(seed, range(FILES_READ_FAST), reader=fast)

    assert findings.bad == []


def test_the_fast_way_reads_some_of_them_itself() -> None:
    """If it handed all over, it would prove nothing."""
    read = [_read_fast(seed, mutated(seed, number)) for seed in TEXT_SEEDS for number in range(4)]

    assert sum(each is not None for each in read) > len(read) / 4


def fast(seed: Seed, content: bytes) -> ParsedFeed:
    """The fast way, and the careful one for what that hands over."""
    read = _read_fast(seed, content)
    if read is not None:
        return read
    return parse(content, seed.dialect, file_name=seed.file_name, arrived_at=NOON)


def _read_fast(seed: Seed, content: bytes) -> ParsedFeed | None:
    return read_fast(content, seed.dialect, file_name=seed.file_name, arrived_at=NOON)


def test_there_are_as_many_traps_and_files_as_were_promised() -> None:
    """Each of at least 40 traps once, and a hundred thousand files in all."""
    names = {seed.name for seed, _ in BATCHES}
    files = sum(files for _, files in BATCHES)

    assert (len(names), len(names) >= 40, files >= 100_000) == (len(BATCHES), True, True)


@pytest.mark.parametrize("seeds", [TEXT_SEEDS, JSON_SEEDS, GZIP_SEEDS, SHEET_SEEDS])
def test_damage_leaves_something_to_be_read_and_something_to_be_refused(
    seeds: tuple[Seed, ...],
) -> None:
    """Files that were all refused, or all read, would prove little."""
    found = [check(seed, range(20)) for seed in seeds]
    files = 20 * len(seeds)
    refused = sum(each.refused for each in found)

    assert (sum(each.rows for each in found) > files / 4, 0 < refused < files) == (True, True)
