"""What became of a feed's files, for the partner that sends them and sees no outbox."""

from dataclasses import dataclass

from connectors.feeds.outbox_reading import RefusedRow, read_receipts, read_refused
from connectors.feeds.receipts import Receipt

from ..services import Services


REFUSED_ROWS_MAX = 10_000
"""Refused rows in one answer: whoever has more has one fault in all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """Receipts, the newest first; `refused_rows` are told where one file was asked for."""

    receipts: tuple[Receipt, ...]
    refused_rows: tuple[RefusedRow, ...] | None = None


def receipts(services: Services, feed: str, *, file: str | None, most: int) -> Receipts:
    """Return the receipts of a feed that are still in its outbox. Raises `FoldersUnavailable`."""
    outbox = services.inboxes[feed].outbox
    found = read_receipts(outbox, file=file, most=most)
    if file is None:
        return Receipts(receipts=found)
    refused = read_refused(outbox, file, most=REFUSED_ROWS_MAX)
    return Receipts(receipts=found, refused_rows=refused)
