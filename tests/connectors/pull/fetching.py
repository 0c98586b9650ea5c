"""Fetches the files of a source as the program does, into memory."""

import io

from connectors.pull.source import Fetched, Mark, RemoteFile, Source


STOCK = b"sku,quantity\nTEE,5\n"


def names(source: Source) -> list[str]:
    """Return what is listed, in its order."""
    return [each.name for each in source.listing()]


def only(source: Source) -> RemoteFile:
    """Return the one file that is listed."""
    (found,) = source.listing()
    return found


def content(source: Source, file: RemoteFile | None = None) -> bytes:
    """Return what a file holds, that of the only one where none is named."""
    into = io.BytesIO()
    source.fetch(file or only(source), into, known=Mark())
    return into.getvalue()


def fetched(source: Source, *, known: Mark | None = None) -> Fetched | None:
    """Return what is told of the only file, once it was fetched."""
    return source.fetch(only(source), io.BytesIO(), known=known or Mark())
