"""Takes a packed file apart, under caps that hold before the memory is used.

A few bytes can unpack to more than a machine holds, so nothing is unpacked further than to one
byte past its cap. A file is one member: what stands behind it would be a second file, of which
nobody knows whether it was meant.
"""

import zlib

from reconciliation.feed import Compression, Dialect, FileCause, FileFault


RATIO_MAX = 100
"""How many bytes one packed byte may become. Stock files reach 20, made of zeros 50."""

_GZIP = 16 + zlib.MAX_WBITS
"""What tells zlib to expect gzip's header and checksum."""


def unpacked(content: bytes, dialect: Dialect) -> bytes:
    """Return what a file holds, itself where it is not packed. Raises `FileFault`."""
    if dialect.compression is Compression.NONE:
        return content
    inside_max = min(dialect.bytes_max, RATIO_MAX * len(content))
    member = zlib.decompressobj(_GZIP)
    try:
        inside = member.decompress(content, inside_max + 1)
    except zlib.error as fault:
        raise _unreadable(str(fault)) from fault
    if len(inside) > inside_max:
        raise _too_much(inside_max, dialect)
    if not member.eof:
        raise _unreadable("it ends too early")
    if member.unused_data:
        raise FileFault(
            FileCause.MORE_THAN_ONE_MEMBER,
            detail=f"{len(member.unused_data)} bytes follow the end of the packed file",
            remedy="pack one file, and add nothing to it afterwards",
        )
    return inside


def _too_much(inside_max: int, dialect: Dialect) -> FileFault:
    if inside_max == dialect.bytes_max:
        return FileFault(
            FileCause.TOO_LARGE,
            detail=f"unpacked, the file has more than {dialect.bytes_max} bytes",
            remedy="split the export, or raise bytes_max of the dialect",
        )
    return FileFault(
        FileCause.PACKING_TOO_DENSE,
        detail=f"unpacked, the file has more than {RATIO_MAX} times its bytes",
        remedy="send it unpacked",
    )


def _unreadable(why: str) -> FileFault:
    return FileFault(
        FileCause.PACKING_UNREADABLE,
        detail=f"the file cannot be unpacked as gzip ({why})",
        remedy="pack it by gzip and send it whole, or declare that it comes unpacked",
    )
