"""A packed file is one file, whole, and never larger than was allowed."""

import pytest

from connectors.feeds.unpacking import RATIO_MAX
from reconciliation.feed import Compression, FileCause, TextForm

from .opening_rig import PACKED, PLAIN, dialect_of, fault_of, packed, read, units


STOCK = b"sku,qty\nTEE,5\nMUG,0\n"


def test_a_packed_file_says_what_is_in_it() -> None:
    """Its rows are those of the file inside."""
    assert read(packed(STOCK), PACKED).rows == read(STOCK, PLAIN).rows


def test_a_file_packed_anew_says_the_same() -> None:
    """Its bytes differ, so that only the hash of what is inside tells."""
    first, again = read(packed(STOCK, 1), PACKED), read(packed(STOCK, 2), PACKED)

    assert (first.sha256 != again.sha256, first.content_sha256) == (True, again.content_sha256)


def test_a_plain_file_is_known_by_its_own_hash() -> None:
    """Nothing was unpacked, so both are one."""
    parsed = read(STOCK, PLAIN)

    assert parsed.content_sha256 == parsed.sha256


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", FileCause.PACKING_UNREADABLE),
        (STOCK, FileCause.PACKING_UNREADABLE),
        (packed(STOCK)[:-1], FileCause.PACKING_UNREADABLE),
        (packed(STOCK)[:-9], FileCause.PACKING_UNREADABLE),
        (packed(STOCK)[:12] + b"\xff" + packed(STOCK)[13:], FileCause.PACKING_UNREADABLE),
        (packed(STOCK)[:-8] + b"\0" * 8, FileCause.PACKING_UNREADABLE),
        (packed(STOCK) + b"\0", FileCause.MORE_THAN_ONE_MEMBER),
        (packed(STOCK) + packed(b"CAP,9\n"), FileCause.MORE_THAN_ONE_MEMBER),
        (packed(b"sku,qty\n" + b"\n" * 1_000_000), FileCause.PACKING_TOO_DENSE),
    ],
    ids=["empty", "plain", "cut", "cut more", "bent", "checksum", "padded", "two", "bomb"],
)
def test_what_is_not_one_whole_packed_file_is_refused(content: bytes, cause: FileCause) -> None:
    """Nothing of it counts, and the cause is named."""
    assert fault_of(content, PACKED).cause is cause


def test_a_file_may_unpack_to_its_cap_and_no_further() -> None:
    """One byte more is refused."""
    at_cap, below = (
        dialect_of(TextForm(), compression=Compression.GZIP, bytes_max=size) for size in (100, 99)
    )
    content = packed(b"sku,qty\nTEE,5\n".ljust(100, b"\n"))

    assert units(read(content, at_cap)) == {"TEE": 5}
    assert fault_of(content, below).cause is FileCause.TOO_LARGE


def test_a_bomb_is_not_unpacked_beyond_its_ratio() -> None:
    """The message tells the limit, and the cause holds although the cap in bytes is far off."""
    assert str(RATIO_MAX) in fault_of(packed(b"\n" * 10_000_000), PACKED).detail
