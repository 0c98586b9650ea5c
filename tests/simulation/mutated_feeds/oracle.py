"""The second reader of whole files: which rows may be believed, and what they say."""

import zlib

from .oracle_cells import Unsaid
from .oracle_json import state_json
from .oracle_rows import Stated, Told
from .oracle_sheet import state_sheet
from .oracle_text import state_text


RATIO_MAX = 100
BY_FORM = {"TextForm": state_text, "JsonForm": state_json, "SheetForm": state_sheet}


def oracle(content: bytes, told: Told) -> Stated:
    """What a file states, nothing where none of it may be believed."""
    try:
        return BY_FORM[type(told.dialect.form).__name__](_inside(content, told), told)
    except Unsaid:
        return {}


def _inside(content: bytes, told: Told) -> bytes:
    """What a file holds (RFC 1952, read by hand). Raises `Unsaid`."""
    if len(content) > told.dialect.bytes_max:
        raise Unsaid("too large")
    if told.dialect.compression.value == "none":
        return content
    if content[:3] != b"\x1f\x8b\x08" or len(content) < 18 or content[3] & 0xE0:
        raise Unsaid("not packed by gzip")
    deflated = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inside = deflated.decompress(content[_body_at(content) :], RATIO_MAX * len(content) + 1)
    except zlib.error as fault:
        raise Unsaid("damaged") from fault
    if len(inside) > min(told.dialect.bytes_max, RATIO_MAX * len(content)):
        raise Unsaid("too dense")
    # Exactly the checksum and the length follow, and nothing else.
    sums = zlib.crc32(inside).to_bytes(4, "little") + len(inside).to_bytes(4, "little")
    if not deflated.eof or deflated.unused_data != sums:
        raise Unsaid("cut, damaged, or followed by more")
    return inside


def _body_at(content: bytes) -> int:
    """Where the packed bytes begin, behind the optional parts of the head. Raises `Unsaid`."""
    at, flags = 10, content[3]
    if flags & 4:
        at += 2 + int.from_bytes(content[at : at + 2], "little")
    for flag in (8, 16):
        if flags & flag:
            at = content.find(b"\0", at) + 1
            if not at:
                raise Unsaid("a head left open")
    if flags & 2:
        if content[at : at + 2] != (zlib.crc32(content[:at]) & 0xFFFF).to_bytes(2, "little"):
            raise Unsaid("a damaged head")
        at += 2
    return at
